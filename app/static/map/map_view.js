/** The map: a view of a plane, its canvases, and one frame for whatever changed. */

const MOST_PIXELS_A_POINT = 2; // finer screens gain nothing and cost four times the fill

const ALL = "all layers";

export class MapView extends EventTarget {
  #due = 0;
  #stale = new Set();

  /** Fill `host` with canvases; `layers` are drawn in their order, each `{draw(context, map)}`. */
  constructor(host, limits) {
    super();
    this.host = host;
    this.limits = limits;
    this.layers = [];
    this.view = { a: 0, b: 0, scale: 100 };
    new ResizeObserver(() => this.#resize()).observe(host);
    this.#resize();
  }

  /** Add a layer with a canvas of its own, above those added before. */
  add(name, layer, canvas = document.createElement("canvas")) {
    canvas.className = `layer layer-${name}`;
    canvas.setAttribute("aria-hidden", "true");
    this.host.append(canvas);
    const context = layer.context ? layer.context(canvas) : canvas.getContext("2d");
    this.layers.push({ name, layer, canvas, context });
    this.#fit(canvas);
    this.invalidate();
  }

  /** Put another layer in the place of the one named. */
  replace(name, layer) {
    const place = this.layers.find((entry) => entry.name === name);
    const canvas = place.canvas.cloneNode(); // a canvas keeps its first kind of context for ever
    place.canvas.replaceWith(canvas);
    Object.assign(place, { layer, canvas, context: canvas.getContext("2d") });
    this.#fit(canvas);
    this.invalidate();
  }

  x(a) {
    return (a - this.view.a) * this.view.scale + this.width / 2;
  }

  y(b) {
    return this.height / 2 - (b - this.view.b) * this.view.scale;
  }

  /** The plane's coordinates under a point of the host, CSS pixels. */
  at(x, y) {
    const a = this.view.a + (x - this.width / 2) / this.view.scale;
    return { a, b: this.view.b - (y - this.height / 2) / this.view.scale };
  }

  get bounds() {
    const low = this.at(0, this.height);
    const high = this.at(this.width, 0);
    return { left: low.a, bottom: low.b, right: high.a, top: high.b };
  }

  /** Look elsewhere; `quiet` keeps a linked map from answering back. */
  look(view, { quiet = false } = {}) {
    const { smallest, largest } = this.limits;
    const scale = Math.min(largest, Math.max(smallest, view.scale ?? this.view.scale));
    const next = { ...this.view, ...view, scale };
    if (!Object.values(next).every(Number.isFinite)) return;
    this.view = next;
    this.invalidate();
    if (!quiet) this.dispatchEvent(new Event("look"));
  }

  pan(dx, dy) {
    const { a, b, scale } = this.view;
    this.look({ a: a - dx / scale, b: b + dy / scale });
  }

  /** Zoom by a factor around a point of the host that stays where it is. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const { smallest, largest } = this.limits;
    const scale = Math.min(largest, Math.max(smallest, this.view.scale * factor));
    const { a, b } = this.at(x, y);
    this.look({
      a: a - (x - this.width / 2) / scale,
      b: b + (y - this.height / 2) / scale,
      scale,
    });
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
    for (const { name, layer, context, canvas } of this.layers) {
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
    for (const { canvas } of this.layers) this.#fit(canvas);
    if (this.layers.length) this.draw(); // in the same frame: a resized canvas is blank
    this.dispatchEvent(new Event("resize"));
  }

  #fit(canvas) {
    canvas.width = Math.round(this.width * this.ratio);
    canvas.height = Math.round(this.height * this.ratio);
  }
}

/** How far the encoded items reach in a plane, in its units. */
function reach(plane, { aggregate_posterior: { mean, standard_deviation: deviation } }) {
  const along = (axis) => Math.sqrt(axis.reduce((sum, x, i) => sum + (x * deviation[i]) ** 2, 0));
  const centre = plane.project(mean);
  const spread = 2.6 * Math.max(along(plane.u), along(plane.v));
  return { a: centre.a, b: centre.b, radius: Math.max(spread, 0.5) };
}

/** The view that shows the encoded items, with cells a whole number of the image's pixels. */
export function homeView(map, plane, model) {
  const { a, b, radius } = reach(plane, model.manifest);
  const scale = Math.min(map.width, map.height) / (2 * radius);
  const pixel = model.width / map.ratio;
  const zoom = Math.max(0, Math.floor(Math.log2(scale / 27)));
  const cell = Math.max(1, Math.round(scale / 2 ** zoom / pixel)) * pixel;
  return { a, b, scale: pixel > 64 ? scale : cell * 2 ** zoom };
}
