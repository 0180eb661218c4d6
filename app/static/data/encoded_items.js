/** The encoded data set on a plane: one row an item, found by place, filtered by class. */
/** @import {Model} from "./api_client.js" */
/** @import {Surface} from "./chart.js" */
/** @import {Bounds} from "./plane.js" */

import { NONE, send } from "./api_client.js";

const GRID = 192; // cells along a side of the index by place
const COLUMNS = "x,y,label,reconstruction,kl,norm";
const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** @typedef {Uint8Array | Uint16Array | Float32Array} Column one value an item: a number, NaN for
 * none; days since 1970; or a code, NONE for none */
/** What the codes of a column mean; none of other columns. @typedef {string[] | undefined} Categories */

/** What items are coloured by: classes, the categories of a column, or its numbers on a ramp.
 * @typedef {object} Scale
 * @property {string} column
 * @property {"class" | "category" | "number" | "date"} kind
 * @property {number} low of a ramp: the 1st percentile
 * @property {number} high the 99th
 * @property {number} least of all values
 * @property {number} most of all values */

/** Codes of two bytes, whatever they came in.
 * @param {Uint8Array | Uint16Array | Float32Array} codes */
const wide = (codes) =>
  codes instanceof Uint8Array ? Uint16Array.from(codes, (v) => (v === 255 ? NONE : v)) : codes;

/** Read the service's binary columns; docs/api.md describes them. @param {ArrayBuffer} buffer */
function readPoints(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  /** @type {Record<string, Column>} */
  const columns = {};
  /** @type {Record<string, Categories>} */
  const categories = {};
  let offset = 4 + length;
  for (const { name, dtype, min, max, categories: named } of header.columns) {
    const Type = TYPES[/** @type {keyof typeof TYPES} */ (dtype)];
    const end = offset + Type.BYTES_PER_ELEMENT * header.n;
    const values = new Type(buffer.slice(offset, end)); // copied: columns are not aligned
    const scaled = (/** @type {number} */ v) => min + (v / 65535) * (max - min);
    columns[name] = min === undefined ? wide(values) : Float32Array.from(values, scaled);
    categories[name] = named;
    offset = end;
  }
  const [{ min, max }] = header.columns; // of x
  const quantum = (max - min) / 65535;
  return { n: header.n, total: header.total, columns, categories, quantum };
}

export class Points {
  /** 1 for each item that is shown: of no hidden class, and let through by the filter. */
  visible;
  /** 1 for each item of the selection, while there is one. @type {Uint8Array | null} */
  chosen = null;
  /** The selection's items. @type {number[]} */
  ids = [];

  /** @param {ReturnType<typeof readPoints>} read @param {Surface} plane */
  constructor({ n, total, columns, categories, quantum }, plane) {
    this.plane = plane;
    this.n = n;
    this.total = total;
    this.quantum = quantum;
    this.columns = columns;
    this.categories = categories;
    this.x = columns.x;
    this.y = columns.y;
    this.label = columns.label;
    this.visible = new Uint8Array(n).fill(1);
    /** How many that are. */
    this.shown = n;
    const [[left, right], [bottom, top]] = [range(this.x), range(this.y)];
    /** @type {Bounds} */
    this.bounds = { left, right, bottom, top };
    this.box = { left, bottom, width: right - left || 1, height: top - bottom || 1 };
    this.starts = new Uint32Array(GRID * GRID + 1);
    this.order = new Uint32Array(n);
    this.#index();
    this.centres = this.#centres();
  }

  /** The labels that occur, each with the number of its items.
   * @returns {[label: number, items: number][]} */
  get classes() {
    const counts = new Uint32Array(NONE + 1);
    for (const label of this.label) counts[label] += 1;
    return Array.from(counts.entries()).filter(([, count]) => count);
  }

  /** The middle of each class: the median of its items' places. */
  #centres() {
    /** @type {Map<number, {as: number[], bs: number[]}>} */
    const places = new Map();
    for (const [label, count] of this.classes) {
      if (count > 4 && label !== NONE) places.set(label, { as: [], bs: [] });
    }
    for (let i = 0; i < this.n; i += 1) {
      const found = places.get(this.label[i]);
      found?.as.push(this.x[i]);
      found?.bs.push(this.y[i]);
    }
    return Array.from(places, ([label, { as, bs }]) => ({ label, a: median(as), b: median(bs) }));
  }

  /** Show the items of all classes but these, of those that a filter lets through.
   * @param {Set<number>} hidden labels @param {Uint32Array} [passing] ids; all without a filter */
  show(hidden, passing) {
    this.visible.fill(passing ? 0 : 1);
    for (const i of passing ?? []) this.visible[i] = 1;
    for (let i = 0; i < this.n; i += 1) {
      if (hidden.has(this.label[i])) this.visible[i] = 0;
    }
    this.shown = this.visible.reduce((sum, one) => sum + one, 0);
  }

  /** Cells of a coarse grid, each a run of `order`: a search looks at a few hundred items. */
  #index() {
    const cell = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i += 1) {
      cell[i] = this.#row(this.y[i]) * GRID + this.#column(this.x[i]);
      this.starts[cell[i] + 1] += 1;
    }
    for (let k = 0; k < GRID * GRID; k += 1) this.starts[k + 1] += this.starts[k];
    const next = this.starts.slice();
    for (let i = 0; i < this.n; i += 1) this.order[next[cell[i]]++] = i;
  }

  /** @param {number} a */
  #column(a) {
    return clampToGrid((a - this.box.left) / this.box.width);
  }

  /** @param {number} b */
  #row(b) {
    return clampToGrid((b - this.box.bottom) / this.box.height);
  }

  /** How many items lie in the cells that a rectangle touches. @param {Bounds} bounds */
  countNear({ left, right, bottom, top }) {
    const [first, last, highest] = [this.#column(left), this.#column(right), this.#row(top)];
    let items = 0;
    for (let row = this.#row(bottom); row <= highest; row += 1) {
      items += this.starts[row * GRID + last + 1] - this.starts[row * GRID + first];
    }
    return items;
  }

  /** Visible items within a rectangle. @param {Bounds} bounds */
  *within({ left, right, bottom, top }) {
    const [first, last] = [this.#column(left), this.#column(right)];
    for (let row = this.#row(bottom); row <= this.#row(top); row += 1) {
      const end = this.starts[row * GRID + last + 1];
      for (let k = this.starts[row * GRID + first]; k < end; k += 1) {
        const i = this.order[k];
        const inside =
          this.x[i] >= left && this.x[i] <= right && this.y[i] >= bottom && this.y[i] <= top;
        if (inside && this.visible[i]) yield i;
      }
    }
  }

  /** The visible item nearest to (a, b) in the plane within a radius, or -1.
   * @param {number} a @param {number} b @param {number} radius */
  nearest(a, b, radius) {
    let best = -1;
    let least = radius * radius;
    const box = { left: a - radius, right: a + radius, bottom: b - radius, top: b + radius };
    for (const i of this.within(box)) {
      const distance = (this.x[i] - a) ** 2 + (this.y[i] - b) ** 2;
      if (distance <= least) [best, least] = [i, distance];
    }
    return best;
  }

  /** Select the visible items inside a polygon `[a, b, a, b, …]`, or none.
   * @param {number[]} [polygon] */
  choose(polygon) {
    this.chosen = null;
    this.ids = [];
    if (!polygon) return;
    const [as, bs] = [polygon.filter((_, k) => k % 2 === 0), polygon.filter((_, k) => k % 2)];
    const box = {
      left: Math.min(...as),
      right: Math.max(...as),
      bottom: Math.min(...bs),
      top: Math.max(...bs),
    };
    const found = [...this.within(box)].filter((i) => inside(this.x[i], this.y[i], as, bs));
    this.ids = found.sort((p, q) => p - q);
    this.chosen = new Uint8Array(this.n);
    for (const i of this.ids) this.chosen[i] = 1;
  }
}

/** Fetch a column that is not here yet. @param {Model} model @param {Points} points @param {string} name */
export async function loadColumn(model, points, name) {
  const headers = { accept: "application/octet-stream" };
  const path = model.path("points", { plane: points.plane.id, columns: name, format: "binary" });
  const read = readPoints(await (await send(path, { headers })).arrayBuffer());
  Object.assign(points.columns, read.columns);
  Object.assign(points.categories, read.categories);
}

/** @param {number} share of the grid's side */
const clampToGrid = (share) => Math.max(0, Math.min(GRID - 1, Math.floor(GRID * share)));

/** @param {number[]} values */
const median = (values) => Float64Array.from(values).sort()[values.length >> 1];

/** The least and the greatest of many values. @param {Column} values */
function range(values) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** Whether (a, b) is inside a polygon: an odd number of sides lies to its right.
 * @param {number} a @param {number} b @param {number[]} as @param {number[]} bs */
function inside(a, b, as, bs) {
  let odd = false;
  for (let i = 0, j = as.length - 1; i < as.length; j = i, i += 1) {
    const crosses = bs[i] > b !== bs[j] > b;
    if (crosses && a < ((as[j] - as[i]) * (b - bs[i])) / (bs[j] - bs[i]) + as[i]) odd = !odd;
  }
  return odd;
}

/** Fetch the items of a plane.
 * @param {Model} model @param {Surface} plane @param {AbortSignal} signal */
export async function loadPoints(model, plane, signal) {
  const headers = { accept: "application/octet-stream" };
  const path = model.path("points", { plane: plane.id, columns: COLUMNS, format: "binary" });
  const answer = await send(path, { headers, signal });
  return new Points(readPoints(await answer.arrayBuffer()), plane);
}
