/** Gestures on the map: mouse, touch, pen, wheel and trackpad. */

const CLICK = 4; // CSS pixels that a click may wander
const GRIP = { mouse: 16, pen: 20, touch: 30 }; // CSS pixels around a handle
const MOST_CORNERS = 60; // of a lasso, so that it fits into an address

/** Tell a wheel's notch from a trackpad's two fingers, which pan. */
function isNotch(event) {
  if (event.deltaMode !== 0) return true;
  const legacy = Math.abs(event.wheelDeltaY ?? 0);
  return event.deltaX === 0 && legacy !== 0 && legacy % 120 === 0;
}

/** Gestures of one pointer: each takes where it starts and returns `{move(at), end?()}`. */
function gestures(atlas) {
  const { map } = atlas;

  const pan = (start) => {
    let last = start;
    return {
      move: (at) => {
        map.pan(at.x - last.x, at.y - last.y);
        last = at;
      },
    };
  };

  const probe = (start) => {
    const move = (at) => {
      const { a, b } = map.at(at.x, at.y);
      atlas.place(a, b);
    };
    move(start);
    return { move };
  };

  /** Drag z from where it is by as much as the pointer moves. */
  const dragFrom = (z, start) => {
    const from = map.at(start.x, start.y);
    const { a, b } = atlas.plane.project(z);
    const off = atlas.offPlane(z);
    const move = (at) => {
      const to = map.at(at.x, at.y);
      atlas.place(a + to.a - from.a, b + to.b - from.b, { off });
    };
    return { move };
  };

  const lasso = (start) => {
    const first = map.at(start.x, start.y);
    const path = [first.a, first.b];
    const move = (at) => {
      const { a, b } = map.at(at.x, at.y);
      path.push(a, b);
      atlas.drawing = path;
      map.invalidate();
    };
    const end = () => {
      atlas.drawing = null;
      if (path.length >= 6) atlas.select(simplify(path));
    };
    return { move, end };
  };
  return { pan, probe, dragFrom, lasso };
}

/** Drop corners evenly until few enough are left. */
function simplify(path) {
  const step = Math.ceil(path.length / 2 / MOST_CORNERS);
  return path.filter((_, k) => Math.floor(k / 2) % step === 0);
}

class Hands {
  #pointers = new Map();
  #gesture = null;

  constructor(atlas, hover) {
    Object.assign(this, { atlas, hover, map: atlas.map, by: gestures(atlas) });
  }

  position(event) {
    const box = this.map.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #near(z, { x, y }, grip) {
    const { a, b } = this.atlas.plane.project(z);
    return Math.hypot(this.map.x(a) - x, this.map.y(b) - y) <= grip;
  }

  /** What a press means: it depends on the tool, and on what lies under it. */
  #begin(event) {
    const { atlas, by } = this;
    const start = this.position(event);
    const grip = GRIP[event.pointerType] ?? GRIP.mouse;
    if (atlas.tool === "lasso") return by.lasso(start);
    const handle = [atlas.state.get("z"), atlas.own?.zMean].find(
      (z) => z && this.#near(z, start, grip),
    );
    if (handle) return by.dragFrom(handle, start);
    return atlas.tool === "probe" ? by.probe(start) : by.pan(start);
  }

  down(event) {
    if (event.button > 0) return;
    this.map.host.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.position(event));
    this.hover.leave();
    if (this.#pointers.size === 2) this.#gesture = { pinch: true };
    if (this.#pointers.size !== 1) return;
    this.#gesture = { ...this.#begin(event), start: this.position(event), moved: false };
  }

  move(event) {
    const at = this.position(event);
    if (!this.#pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch") this.hover.over(at.x, at.y);
      return;
    }
    this.#pointers.set(event.pointerId, at);
    const gesture = this.#gesture;
    if (gesture?.pinch) this.#pinch(gesture);
    if (!gesture?.move) return;
    gesture.moved ||= Math.hypot(at.x - gesture.start.x, at.y - gesture.start.y) > CLICK;
    if (gesture.moved) gesture.move(at);
  }

  #pinch(gesture) {
    const [p, q] = [...this.#pointers.values()];
    if (!q) return;
    const centre = { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    const apart = Math.max(1, Math.hypot(p.x - q.x, p.y - q.y));
    if (gesture.centre) {
      this.map.pan(centre.x - gesture.centre.x, centre.y - gesture.centre.y);
      this.map.zoom(apart / gesture.apart, centre.x, centre.y);
    }
    Object.assign(gesture, { centre, apart });
  }

  up(event) {
    if (!this.#pointers.delete(event.pointerId) || !this.#gesture) return;
    if (this.#pointers.size) return; // the other finger of a pinch is still down
    const gesture = this.#gesture;
    this.#gesture = null;
    gesture.end?.();
    if (event.type === "pointerup" && !gesture.pinch && !gesture.moved) this.#click(event);
    else this.atlas.state.write();
  }

  #click(event) {
    const { atlas, map } = this;
    const { x, y } = this.position(event);
    const id = this.hover.find(x, y, event.pointerType);
    const { a, b } = map.at(x, y);
    if (atlas.tool === "lasso") atlas.select(null);
    else if (event.shiftKey && id >= 0) atlas.pickItem(id);
    else atlas.place(a, b, { push: true });
  }

  wheel(event) {
    event.preventDefault();
    const { x, y } = this.position(event);
    const lines = event.deltaMode === 1 ? 33 : 1;
    if (event.ctrlKey) this.map.zoom(2 ** (-event.deltaY / 100), x, y);
    else if (isNotch(event)) this.map.zoom(2 ** (-(event.deltaY * lines) / 200), x, y);
    else this.map.pan(-event.deltaX, -event.deltaY);
  }
}

/** Let a person work the map by pointers; `hover` is told what is under one. */
export function handleInput(atlas, hover) {
  const hands = new Hands(atlas, hover);
  const { host } = atlas.map;
  host.addEventListener("pointerdown", (event) => hands.down(event));
  host.addEventListener("pointermove", (event) => hands.move(event));
  host.addEventListener("pointerup", (event) => hands.up(event));
  host.addEventListener("pointercancel", (event) => hands.up(event));
  host.addEventListener("pointerleave", () => hover.leave());
  host.addEventListener("wheel", (event) => hands.wheel(event), { passive: false });
  host.addEventListener("dblclick", (event) => {
    const { x, y } = hands.position(event);
    atlas.map.zoom(event.shiftKey ? 0.5 : 2, x, y);
  });
}
