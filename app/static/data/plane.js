/** Planes c + a·u + b·v of the latent space: their names, their points, their axes. */
/** @import {Manifest} from "./api_types.d.ts" */

/** @typedef {ArrayLike<number>} Vector of the latent space */
/** @typedef {"dims" | "pca" | "v" | "chart"} PlaneKind two dimensions, two principal components, its own c, u and v, or the chart */
/** @typedef {{a: number, b: number}} Place coordinates on a plane */
/** @typedef {{left: number, right: number, bottom: number, top: number}} Bounds of a rectangle of the plane */

const PER_FLOAT = 4;
const WIDE = 3.5; // standard deviations
const NAMED = /^(dims|pca)-(\d+)-(\d+)$/;
const CUSTOM = /^v-[\w-]+$/;

/** Write float32 values as base64url, little endian, without padding. @param {number[]} values */
export function toBase64url(values) {
  const view = new DataView(new ArrayBuffer(PER_FLOAT * values.length));
  for (const [i, value] of values.entries()) view.setFloat32(PER_FLOAT * i, value, true);
  const text = String.fromCharCode(...new Uint8Array(view.buffer));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Read what `toBase64url` wrote. @param {string} text */
export function fromBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const view = new DataView(Uint8Array.from(binary, (c) => c.charCodeAt(0)).buffer);
  const count = Math.floor(binary.length / PER_FLOAT);
  return Array.from({ length: count }, (_, i) => view.getFloat32(PER_FLOAT * i, true));
}

/** @param {Vector} p @param {Vector} q */
export function dot(p, q) {
  let sum = 0;
  for (let i = 0; i < p.length; i += 1) sum += p[i] * q[i];
  return sum;
}

/** @param {Vector} p @param {Vector} q */
export const distance = (p, q) => norm(minus(p, q));
/** @param {Vector} p */
export const norm = (p) => Math.sqrt(dot(p, p));
/** @param {Vector} p @param {Vector} q */
const minus = (p, q) => Array.from(p, (value, i) => value - q[i]);
/** @param {Vector} p @param {number} factor */
const times = (p, factor) => Array.from(p, (value) => value * factor);
/** @param {number} length @param {number} k */
const unit = (length, k) => Array.from({ length }, (_, i) => Number(i === k));

/** A plane with orthonormal u and v, so that (a, b) of any z is a projection. */
export class Plane {
  /** @param {string} id @param {[string, string]} axes their names
   * @param {Vector[]} basis c, u, v */
  constructor(id, axes, [c, u, v]) {
    const [kind, ...pair] = id.split("-");
    this.id = id;
    this.kind = /** @type {PlaneKind} */ (kind);
    this.axes = axes;
    this.c = c;
    this.u = u;
    this.v = v;
    this.pair = kind === "v" ? null : pair.map(Number);
    this.ready = true;
  }

  /** A plane needs nothing from the service; the chart does. */
  async load() {
    await null;
  }

  /** A plane knows the place of every vector; the chart does not. @param {Float32Array} z */
  hold(z) {
    return z;
  }

  /** Two vectors p and q such that a step dz moves the projection by (p·dz, q·dz). */
  slopes() {
    return [this.u, this.v];
  }

  /** Where the items are likely to lie, before they are here. @param {Manifest} manifest @returns {Bounds} */
  around({ aggregate_posterior: { mean, standard_deviation: deviation } }) {
    const { a, b } = this.project(mean);
    const [along, across] = [this.u, this.v].map(
      (axis) => WIDE * norm(deviation.map((x, i) => x * axis[i])) || 1,
    );
    return { left: a - along, right: a + along, bottom: b - across, top: b + across };
  }

  /** The latent vector at (a, b), as float32. @param {number} a @param {number} b */
  at(a, b) {
    return Float32Array.from(this.c, (value, i) => value + a * this.u[i] + b * this.v[i]);
  }

  /** Coordinates of the nearest point of the plane, and the distance to it. @param {Vector} z */
  project(z) {
    const offset = minus(z, this.c);
    const a = dot(offset, this.u);
    const b = dot(offset, this.v);
    const away = norm(offset.map((value, i) => value - a * this.u[i] - b * this.v[i]));
    return { a, b, away };
  }

  /** Where the prior's mean, the origin, falls. */
  get origin() {
    return this.project(times(this.c, 0));
  }
}

/** @param {string} id @param {number} d of the latent space @returns {Plane | null} */
function custom(id, d) {
  const values = fromBase64url(id.slice(2));
  if (values.length !== 3 * d || !values.every(Number.isFinite)) return null;
  const basis = [0, 1, 2].map((k) => values.slice(k * d, (k + 1) * d));
  return new Plane(id, ["a", "b"], basis);
}

/** How many axes of a kind a model has. @param {string} kind @param {Manifest} manifest */
export const axesOf = (kind, { pca, latent_dim: d }) =>
  kind === "pca" ? pca.components.length : d;

/** Make the plane that an id names, or null when the model has no such plane.
 * @param {string} id @param {Manifest} manifest @returns {Plane | null} */
export function planeOf(id, manifest) {
  const { latent_dim: d, pca } = manifest;
  const [, kind, first, second] = id.match(NAMED) ?? [];
  if (!kind) return CUSTOM.test(id) ? custom(id, d) : null;
  const [i, j] = [Number(first), Number(second)];
  if (i === j || Math.max(i, j) >= axesOf(kind, manifest)) return null;
  if (kind === "dims")
    return new Plane(id, [`z${i}`, `z${j}`], [unit(d, -1), unit(d, i), unit(d, j)]);
  const basis = [pca.mean, pca.components[i], pca.components[j]];
  return new Plane(id, [`pc${i + 1}`, `pc${j + 1}`], basis);
}

/** Name the plane through three points, unless on one line.
 * @param {Vector} p @param {Vector} q @param {Vector} r */
export function planeThrough(p, q, r) {
  const first = minus(q, p);
  const u = times(first, 1 / norm(first));
  const second = minus(r, p);
  const across = minus(second, times(u, dot(second, u)));
  const height = norm(across);
  if (!(norm(first) > 1e-6 && height > 1e-6)) return null;
  return `v-${toBase64url([...Array.from(p), ...u, ...times(across, 1 / height)])}`;
}

/** Name the plane of dimensions i and j that holds z.
 * @param {Vector} z @param {number} i @param {number} j */
export function planeAround(z, i, j) {
  const d = z.length;
  const c = Array.from(z, (value, k) => (k === i || k === j ? 0 : value));
  return `v-${toBase64url([...c, ...unit(d, i), ...unit(d, j)])}`;
}

/** The plane a person sees first: the chart, or z itself for two dimensions, else two principal
 * components. @param {Manifest} manifest */
export function firstPlane(manifest) {
  if (manifest.chart) return "chart";
  return manifest.latent_dim === 2 || manifest.pca.components.length < 2 ? "dims-0-1" : "pca-0-1";
}
