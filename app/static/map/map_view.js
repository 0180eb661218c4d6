/** The map: a view of a plane, its canvases, and one frame for whatever changed. */
/** @import {Bounds, Place} from "../data/plane.js" */

/** @typedef {Place & {scale: number}} View centre, and CSS pixels a unit of the plane */
/** What is drawn on a canvas of its own; `context` chooses another kind of context than 2d.
 * @typedef {object} Layer
 * @property {(context: any, map: MapView) => void} draw
 * @property {(canvas: HTMLCanvasElement) => RenderingContext} [context] */

const MOST_PIXELS_A_POINT = 2; // finer screens gain nothing and cost four times the fill
const FARTHEST = 12; // times what is worth seeing
const ALL = "all layers";

export class MapView extends EventTarget {
  #due = 0;
  #stale = new Set();
  /** What is shown whole, and by which view. @type {{box: Bounds, view: View} | null} */
  #whole = null;
  /** @type {{name: string, layer: Layer, canvas: HTMLCanvasElement, context: any}[]} */
  #layers = [];
  #room = { top: 60, right: 64, bottom: 80, left: 14 }; // CSS pixels that buttons and texts take
  width = 1; // CSS pixels
  height = 1;
  ratio = 1; // canvas pixels a CSS pixel
  /** @type {View} */
  view = { a: 0, b: 0, scale: 100 };

  /** Fill `host` with canvases, in the order in which layers are added.
   * @param {HTMLElement} host
   * @param {{extent: number, largest: number}} limits units of the plane that are worth seeing, which
   *   take a twelfth of the map at least; the largest scale */
  constructor(host, limits) {
    super();
    this.host = host;
    this.limits = limits;
    new ResizeObserver(() => this.#resize()).observe(host);
    this.#resize();
  }

  /** Add a layer above those added before, or below the one named.
   * @param {string} name @param {Layer} layer @param {string} [below] */
  add(name, layer, below) {
    const canvas = document.createElement("canvas");
    canvas.className = `layer layer-${name}`;
    canvas.setAttribute("aria-hidden", "true");
    const above = this.#layers.find((entry) => entry.name === below)?.canvas ?? null;
    this.host.insertBefore(canvas, above);
    const context = layer.context ? layer.context(canvas) : canvas.getContext("2d");
    this.#layers.push({ name, layer, canvas, context });
    this.#fit(canvas);
    this.invalidate();
  }

  /** Put another layer in the place of the one named. @param {string} name @param {Layer} layer */
  replace(name, layer) {
    const place = this.#layers.find((entry) => entry.name === name);
    if (!place) return;
    // A canvas keeps its first kind of context for ever.
    const canvas = /** @type {HTMLCanvasElement} */ (place.canvas.cloneNode());
    place.canvas.replaceWith(canvas);
    Object.assign(place, { layer, canvas, context: canvas.getContext("2d") });
    this.#fit(canvas);
    this.invalidate();
  }

  /** @param {number} a */
  x(a) {
    return (a - this.view.a) * this.view.scale + this.width / 2;
  }

  /** @param {number} b */
  y(b) {
    return this.height / 2 - (b - this.view.b) * this.view.scale;
  }

  /** The place under a point of the host, CSS pixels. @param {number} x @param {number} y */
  at(x, y) {
    const a = this.view.a + (x - this.width / 2) / this.view.scale;
    return { a, b: this.view.b - (y - this.height / 2) / this.view.scale };
  }

  /** @returns {Bounds} of what is in view */
  get bounds() {
    const low = this.at(0, this.height);
    const high = this.at(this.width, 0);
    return { left: low.a, bottom: low.b, right: high.a, top: high.b };
  }

  /** Look elsewhere; `quiet` keeps a linked map from answering back.
   * @param {Partial<View>} view @param {{quiet?: boolean}} [options] */
  look(view, { quiet = false } = {}) {
    const scale = this.#within(view.scale ?? this.view.scale);
    const next = { ...this.view, ...view, scale };
    if (!Object.values(next).every(Number.isFinite)) return;
    this.view = next;
    this.invalidate();
    if (!quiet) this.dispatchEvent(new Event("look"));
  }

  /** Show all of a box, between the buttons; until someone looks elsewhere, at any window size.
   * @param {Bounds} box */
  show(box) {
    const { left, right, bottom } = box;
    const room = this.#room;
    const width = Math.max(this.width - room.left - room.right, 1);
    const top = Math.min(room.top, this.height / 5); // buttons may lie over a little of a small map
    const height = Math.max(this.height - top - room.bottom, 1);
    const scale = Math.min(width / (right - left || 1), height / (box.top - bottom || 1));
    const [a, b] = [(left + right) / 2, (bottom + box.top) / 2];
    this.look({ a, b: b + (top - room.bottom) / 2 / scale, scale }, { quiet: true });
    this.#whole = { box, view: this.view };
    this.dispatchEvent(new Event("look"));
  }

  /** Keep what `show` shows clear of so many CSS pixels at the lower border. @param {number} bottom */
  keepClear(bottom) {
    if (bottom === this.#room.bottom) return;
    this.#room.bottom = bottom;
    if (this.#whole && this.showsAll) this.show(this.#whole.box);
  }

  /** Whether nobody has looked elsewhere since `show`. */
  get showsAll() {
    return this.#whole?.view === this.view;
  }

  /** @param {number} dx CSS pixels @param {number} dy CSS pixels */
  pan(dx, dy) {
    const { a, b, scale } = this.view;
    this.look({ a: a - dx / scale, b: b + dy / scale });
  }

  /** Zoom by a factor around a point of the host that stays where it is. @param {number} factor */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = this.#within(this.view.scale * factor);
    const { a, b } = this.at(x, y);
    this.look({
      a: a - (x - this.width / 2) / scale,
      b: b + (y - this.height / 2) / scale,
      scale,
    });
  }

  /** @param {number} scale */
  #within(scale) {
    const smallest = Math.min(this.width, this.height) / FARTHEST / this.limits.extent;
    return Math.min(this.limits.largest, Math.max(smallest, scale));
  }

  /** Draw once, in the next frame: the named layer, or all. */
  invalidate(name = ALL) {
    this.#stale.add(name);
    if (this.#due) return;
    this.#due = requestAnimationFrame(() => {
      this.#due = 0;
      this.draw(this.#stale);
      this.#stale.clear();
    });
  }

  draw(names = new Set([ALL])) {
    for (const { name, layer, context, canvas } of this.#layers) {
      if (!names.has(ALL) && !names.has(name)) continue;
      context.clearRect?.(0, 0, canvas.width, canvas.height);
      layer.draw(context, this);
    }
    this.dispatchEvent(new Event("draw"));
  }

  #resize() {
    const box = this.host.getBoundingClientRect();
    this.width = Math.max(1, box.width);
    this.height = Math.max(1, box.height);
    this.ratio = Math.min(devicePixelRatio || 1, MOST_PIXELS_A_POINT);
    for (const { canvas } of this.#layers) this.#fit(canvas);
    if (this.#whole?.view === this.view) this.show(this.#whole.box);
    if (this.#layers.length) this.draw(); // in the same frame: a resized canvas is blank
    this.dispatchEvent(new Event("resize"));
  }

  /** @param {HTMLCanvasElement} canvas */
  #fit(canvas) {
    canvas.width = Math.round(this.width * this.ratio);
    canvas.height = Math.round(this.height * this.ratio);
  }
}

/** The context that draws on a canvas.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas @param {CanvasRenderingContext2DSettings} [settings] */
export function context2d(canvas, settings) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));
}
