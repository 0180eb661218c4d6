/** The sheet of a chart: the latent vector of every place, as models/chart.py has it. */
/** @import {Place, Vector} from "./plane.js" */

import { distance, dot } from "./plane.js";

/** @typedef {{side: number, bytes: Uint8Array}} Land row 0 at the least u2 */

/** A lattice over −extent to extent: z = offset + step · level at a node, bilinear between. */
export class Sheet {
  /** Read `chart/sheet`; docs/api.md describes it.
   * @param {ArrayBuffer} buffer @param {number} shore the least `land` of a node on land */
  constructor(buffer, shore) {
    const length = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const { side, latent_dim: d, extent } = head;
    const start = 4 + length;
    this.side = side;
    this.d = d;
    this.extent = extent;
    this.apart = (2 * extent) / (side - 1);
    this.offset = new Float32Array(buffer, start, d);
    this.step = new Float32Array(buffer, start + 4 * d, d);
    this.levels = new Uint8Array(buffer, start + 8 * d, side * side * d);
    const bytes = new Uint8Array(buffer, start + 8 * d + side * side * d, side * side);
    /** @type {Land} */
    this.land = { side, bytes };
    this.onLand = Array.from(bytes.keys()).filter((node) => bytes[node] >= shore);
  }

  /** The node below a coordinate, and how far beyond it is, 0…1. @param {number} u */
  #cell(u) {
    const at = Math.max(0, Math.min(this.side - 1, (u + this.extent) / this.apart));
    const node = Math.min(Math.floor(at), this.side - 2);
    return [node, at - node];
  }

  /** The latent vector at (a, b). @param {number} a @param {number} b @returns {number[]} */
  point(a, b) {
    const { side, d, step, levels } = this;
    const [i, f] = this.#cell(a);
    const [j, g] = this.#cell(b);
    const lower = (j * side + i) * d;
    const upper = lower + side * d;
    return Array.from(this.offset, (start, k) => {
      const below = levels[lower + k] * (1 - f) + levels[lower + d + k] * f;
      const above = levels[upper + k] * (1 - f) + levels[upper + d + k] * f;
      return start + step[k] * (below * (1 - g) + above * g);
    });
  }

  /** Two vectors p and q such that a small step dz moves the foot by (p·dz, q·dz).
   * @param {number} a @param {number} b */
  slopes(a, b) {
    const h = this.apart;
    const along = (/** @type {number} */ da, /** @type {number} */ db) => {
      const [ahead, behind] = [this.point(a + da, b + db), this.point(a - da, b - db)];
      return ahead.map((value, k) => (value - behind[k]) / (2 * h));
    };
    const [u, v] = [along(h, 0), along(0, h)];
    const [uu, uv, vv] = [dot(u, u) + 1e-9, dot(u, v), dot(v, v) + 1e-9];
    const size = uu * vv - uv * uv;
    return [
      u.map((x, k) => (vv * x - uv * v[k]) / size),
      v.map((y, k) => (uu * y - uv * u[k]) / size),
    ];
  }

  /** The place on land at which the sheet is nearest to z: the nearest node, and from there one
   * Gauss-Newton step within its cells. @param {Vector} z @returns {Place & {away: number}} */
  nearest(z) {
    const node = this.#nearestNode(z);
    const a = (node % this.side) * this.apart - this.extent;
    const b = Math.floor(node / this.side) * this.apart - this.extent;
    const here = this.point(a, b);
    const off = Array.from(z, (value, k) => value - here[k]);
    const clip = (/** @type {number} */ move) => Math.max(-this.apart, Math.min(this.apart, move));
    const [da, db] = this.slopes(a, b).map((slope) => clip(dot(slope, off)));
    const [stayed, moved] = [distance(z, here), distance(z, this.point(a + da, b + db))];
    return moved < stayed ? { a: a + da, b: b + db, away: moved } : { a, b, away: stayed };
  }

  /** @param {Vector} z */
  #nearestNode(z) {
    const { d, offset, step, levels, onLand } = this;
    const [wanted, weight] = [new Float64Array(d), new Float64Array(d)];
    for (let k = 0; k < d; k += 1) {
      wanted[k] = (z[k] - offset[k]) / step[k];
      weight[k] = step[k] ** 2;
    }
    let [best, least] = [onLand[0], Number.POSITIVE_INFINITY];
    for (const node of onLand) {
      let sum = 0;
      for (let k = 0, at = node * d; k < d && sum < least; k += 1, at += 1) {
        sum += weight[k] * (levels[at] - wanted[k]) ** 2;
      }
      if (sum < least) [best, least] = [node, sum];
    }
    return best;
  }
}
