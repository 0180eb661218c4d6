/** Gestures on the map: mouse, touch, pen, wheel and trackpad. */
/** @import {Vector} from "../data/plane.js" */
/** @import {Explorer} from "./actions.js" */
/** @import {MapView} from "./map_view.js" */

import { offPlane, pickItem, place, select } from "./actions.js";

/** @typedef {{x: number, y: number}} Spot CSS pixels of the map */
/** @typedef {{move: (at: Spot) => void, end?: () => void}} Drag */
/** @typedef {{centre: Spot, apart: number}} Pinch */
/** @typedef {{hover?: Hover, places?: boolean}} Options `places`: whether its places are the explorer's */
/** What finds the item near a spot, and is told where the pointer is.
 * @typedef {object} Hover
 * @property {(x: number, y: number, kind?: string) => number} find returns an item's id, or -1
 * @property {(x: number, y: number) => void} over
 * @property {() => void} leave */

const CLICK = 4; // CSS pixels that a click may wander
/** @type {Record<string, number>} */
const GRIP = { mouse: 16, pen: 20, touch: 30 }; // CSS pixels around a handle
const MOST_CORNERS = 60; // of a lasso, so that it fits into an address
/** @type {Hover} */
const NO_HOVER = { find: () => -1, over: () => undefined, leave: () => undefined };

/** Tell a wheel's notch from a trackpad's two fingers, which pan. @param {WheelEvent} event */
function isNotch(event) {
  if (event.deltaMode !== 0) return true;
  const legacy = Math.abs(/** @type {any} */ (event).wheelDeltaY ?? 0);
  return event.deltaX === 0 && legacy !== 0 && legacy % 120 === 0;
}

/** Drop corners evenly until few enough are left. @param {number[]} path */
function simplify(path) {
  const step = Math.ceil(path.length / 2 / MOST_CORNERS);
  return path.filter((_, k) => Math.floor(k / 2) % step === 0);
}

/** The gestures on one map, which is the explorer's or another that shows the same place. */
class Gestures {
  /** @type {Map<number, Spot>} */
  #pointers = new Map();
  /** @type {(Drag & {start: Spot, moved: boolean}) | null} */
  #drag = null;
  /** @type {Partial<Pinch> | null} */
  #pinch = null;

  /** @param {Explorer} explorer @param {MapView} map @param {Required<Options>} options */
  constructor(explorer, map, { hover, places }) {
    this.explorer = explorer;
    this.map = map;
    this.hover = hover;
    this.places = places;
  }

  /** @param {MouseEvent} event @returns {Spot} */
  #spot(event) {
    const box = this.map.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {Spot} last @returns {Drag} */
  #pan({ x, y }) {
    let [lastX, lastY] = [x, y];
    const move = (/** @type {Spot} */ at) => {
      this.map.pan(at.x - lastX, at.y - lastY);
      [lastX, lastY] = [at.x, at.y];
    };
    return { move };
  }

  /** Drag z, or where an image was encoded, by as much as the pointer moves.
   * @param {Vector} z @param {Spot} start @returns {Drag} */
  #dragFrom(z, start) {
    const from = this.map.at(start.x, start.y);
    const { a, b } = this.explorer.state.get("shownPlane").project(z);
    const off = offPlane(this.explorer, z);
    const move = (/** @type {Spot} */ at) => {
      const to = this.map.at(at.x, at.y);
      place(this.explorer, a + to.a - from.a, b + to.b - from.b, { off });
    };
    return { move };
  }

  /** @param {Spot} start @returns {Drag} */
  #probe(start) {
    const move = (/** @type {Spot} */ at) => {
      const { a, b } = this.map.at(at.x, at.y);
      place(this.explorer, a, b);
    };
    move(start);
    return { move };
  }

  /** @param {Spot} start @returns {Drag} */
  #lasso(start) {
    const { state } = this.explorer;
    const first = this.map.at(start.x, start.y);
    let path = [first.a, first.b];
    const move = (/** @type {Spot} */ at) => {
      const { a, b } = this.map.at(at.x, at.y);
      path = [...path, a, b];
      state.set({ lassoDrawn: path });
    };
    const end = () => {
      state.set({ lassoDrawn: null });
      if (path.length >= 6) select(this.explorer, simplify(path));
    };
    return { move, end };
  }

  /** What a press means: it depends on the tool, and on what lies under it.
   * @param {PointerEvent} event */
  #begin(event) {
    const { state } = this.explorer;
    const start = this.#spot(event);
    if (!this.places) return this.#pan(start);
    const near = (/** @type {Vector} */ z) => {
      const { a, b } = state.get("shownPlane").project(z);
      const away = Math.hypot(this.map.x(a) - start.x, this.map.y(b) - start.y);
      return away <= (GRIP[event.pointerType] ?? GRIP.mouse);
    };
    if (state.get("tool") === "lasso") return this.#lasso(start);
    const handle = [state.get("z"), state.get("ownImage")?.zMean].find((z) => z && near(z));
    if (handle) return this.#dragFrom(handle, start);
    return state.get("tool") === "probe" ? this.#probe(start) : this.#pan(start);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button > 0) return;
    this.map.host.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#spot(event));
    this.hover.leave();
    if (this.#pointers.size === 2) {
      this.#pinch = {};
      this.explorer.state.set({ lassoDrawn: null });
    }
    if (this.#pointers.size !== 1) return;
    this.#drag = { ...this.#begin(event), start: this.#spot(event), moved: false };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const at = this.#spot(event);
    if (!this.#pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch") this.hover.over(at.x, at.y);
      return;
    }
    this.#pointers.set(event.pointerId, at);
    if (this.#pinch) return this.#pinched(this.#pinch);
    const drag = this.#drag;
    if (!drag) return;
    drag.moved ||= Math.hypot(at.x - drag.start.x, at.y - drag.start.y) > CLICK;
    if (drag.moved) drag.move(at);
  }

  /** @param {Partial<Pinch>} last */
  #pinched(last) {
    const [p, q] = this.#pointers.values();
    if (!q) return;
    const centre = { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    const apart = Math.max(1, Math.hypot(p.x - q.x, p.y - q.y));
    if (last.centre && last.apart) {
      this.map.pan(centre.x - last.centre.x, centre.y - last.centre.y);
      this.map.zoom(apart / last.apart, centre.x, centre.y);
    }
    Object.assign(last, { centre, apart });
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.#pointers.delete(event.pointerId) || !this.#drag) return;
    if (this.#pointers.size) return; // the other finger of a pinch is still down
    const [drag, pinch] = [this.#drag, this.#pinch];
    this.#drag = this.#pinch = null;
    if (!pinch) drag.end?.();
    if (event.type === "pointerup" && !pinch && !drag.moved) this.#click(event);
  }

  /** @param {PointerEvent} event */
  #click(event) {
    const { explorer, map } = this;
    const { x, y } = this.#spot(event);
    const id = this.hover.find(x, y, event.pointerType);
    if (!this.places) {
      if (id >= 0) pickItem(explorer, id);
      return;
    }
    const { a, b } = map.at(x, y);
    if (explorer.state.get("tool") === "lasso") select(explorer);
    else if (id >= 0 && !event.shiftKey && explorer.state.get("tool") === "move") {
      pickItem(explorer, id, { panel: "point" });
    } else place(explorer, a, b, { push: true });
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const { x, y } = this.#spot(event);
    const lines = event.deltaMode === 1 ? 33 : 1;
    if (event.ctrlKey) this.map.zoom(2 ** (-event.deltaY / 100), x, y);
    else if (isNotch(event)) this.map.zoom(2 ** (-(event.deltaY * lines) / 200), x, y);
    else this.map.pan(-event.deltaX, -event.deltaY);
  }

  /** @param {MouseEvent} event */
  doubleClick(event) {
    const { x, y } = this.#spot(event);
    this.map.zoom(event.shiftKey ? 0.5 : 2, x, y);
  }
}

/** Let a person work a map by pointers.
 * @param {Explorer} explorer @param {MapView} map @param {Options} [options] */
export function handleGestures(explorer, map, { hover = NO_HOVER, places = true } = {}) {
  const gestures = new Gestures(explorer, map, { hover, places });
  const { host } = map;
  host.addEventListener("pointerdown", (event) => gestures.down(event));
  host.addEventListener("pointermove", (event) => gestures.move(event));
  host.addEventListener("pointerup", (event) => gestures.up(event));
  host.addEventListener("pointercancel", (event) => gestures.up(event));
  host.addEventListener("pointerleave", () => hover.leave());
  host.addEventListener("wheel", (event) => gestures.wheel(event), { passive: false });
  host.addEventListener("dblclick", (event) => gestures.doubleClick(event));
}
