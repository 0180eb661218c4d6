/** The encoded data set on a plane: one row an item, found by place, filtered by class. */

import { send } from "./api_client.js";

const GRID = 192; // cells along a side of the index by place
export const COLUMNS = "x,y,label,reconstruction,kl,norm";

/** Read the service's binary columns into typed arrays; uint16 columns become float32. */
export function readPoints(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const columns = {};
  let offset = 4 + length;
  for (const { name, dtype, min, max } of header.columns) {
    const size = dtype === "uint16" ? 2 : 1;
    const bytes = buffer.slice(offset, offset + size * header.n); // copied: columns are not aligned
    offset += size * header.n;
    columns[name] =
      size === 1
        ? new Uint8Array(bytes)
        : Float32Array.from(new Uint16Array(bytes), (v) => min + (v / 65535) * (max - min));
  }
  const { min, max } = header.columns.find((column) => column.name === "x");
  return { ...header, columns, quantum: (max - min) / 65535 };
}

export class Points {
  constructor({ n, total, columns, quantum }) {
    Object.assign(this, { n, total, quantum, ...columns });
    this.columns = columns;
    this.label ??= new Uint8Array(n).fill(255);
    this.hidden = new Uint8Array(256);
    this.chosen = null; // Uint8Array of 0 and 1 while there is a selection
    this.#index();
  }

  /** Count the items of each label that occurs: `[[label, count], …]`. */
  get classes() {
    const counts = new Uint32Array(256);
    for (const label of this.label) counts[label] += 1;
    return Array.from(counts, (count, label) => [label, count]).filter(([, count]) => count);
  }

  get shown() {
    let count = 0;
    for (const label of this.label) count += 1 - this.hidden[label];
    return count;
  }

  hide(labels) {
    this.hidden.fill(0);
    for (const label of labels) this.hidden[label] = 1;
  }

  /** Cells of a coarse grid, each a run of `order`: a search looks at a few hundred items. */
  #index() {
    const range = (values) =>
      values.reduce(
        ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
        [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      );
    const [left, right] = range(this.x);
    const [bottom, top] = range(this.y);
    this.box = { left, bottom, width: right - left || 1, height: top - bottom || 1 };
    const cell = new Uint32Array(this.n);
    this.starts = new Uint32Array(GRID * GRID + 1);
    for (let i = 0; i < this.n; i += 1) {
      cell[i] = this.#row(this.y[i]) * GRID + this.#column(this.x[i]);
      this.starts[cell[i] + 1] += 1;
    }
    for (let k = 0; k < GRID * GRID; k += 1) this.starts[k + 1] += this.starts[k];
    const next = this.starts.slice();
    this.order = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i += 1) this.order[next[cell[i]]++] = i;
  }

  #column(a) {
    const place = Math.floor((GRID * (a - this.box.left)) / this.box.width);
    return Math.max(0, Math.min(GRID - 1, place));
  }

  #row(b) {
    const place = Math.floor((GRID * (b - this.box.bottom)) / this.box.height);
    return Math.max(0, Math.min(GRID - 1, place));
  }

  /** Visible items within a rectangle of the plane. */
  *within({ left, right, bottom, top }) {
    const [first, last] = [this.#column(left), this.#column(right)];
    for (let row = this.#row(bottom); row <= this.#row(top); row += 1) {
      const end = this.starts[row * GRID + last + 1];
      for (let k = this.starts[row * GRID + first]; k < end; k += 1) {
        const i = this.order[k];
        const inside =
          this.x[i] >= left && this.x[i] <= right && this.y[i] >= bottom && this.y[i] <= top;
        if (inside && !this.hidden[this.label[i]]) yield i;
      }
    }
  }

  /** The visible item nearest to (a, b) in the plane within a radius, or -1. */
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

  /** Choose the visible items inside a polygon `[a, b, a, b, …]`; null chooses nothing. */
  choose(polygon) {
    this.chosen = polygon ? new Uint8Array(this.n) : null;
    if (!polygon) return [];
    const [as, bs] = [polygon.filter((_, k) => k % 2 === 0), polygon.filter((_, k) => k % 2)];
    const box = {
      left: Math.min(...as),
      right: Math.max(...as),
      bottom: Math.min(...bs),
      top: Math.max(...bs),
    };
    const ids = [...this.within(box)].filter((i) => inside(this.x[i], this.y[i], as, bs));
    for (const i of ids) this.chosen[i] = 1;
    return ids.sort((p, q) => p - q);
  }
}

/** Whether (a, b) is inside a polygon: an odd number of sides lies to its right. */
function inside(a, b, as, bs) {
  let odd = false;
  for (let i = 0, j = as.length - 1; i < as.length; j = i, i += 1) {
    const crosses = bs[i] > b !== bs[j] > b;
    if (crosses && a < ((as[j] - as[i]) * (b - bs[i])) / (bs[j] - bs[i]) + as[i]) odd = !odd;
  }
  return odd;
}

/** Fetch the items of a plane. */
export async function loadPoints(model, plane, signal) {
  const headers = { accept: "application/octet-stream" };
  const path = model.path("points", { plane: plane.id, columns: COLUMNS, format: "binary" });
  return new Points(readPoints(await (await send(path, { headers, signal })).arrayBuffer()));
}
