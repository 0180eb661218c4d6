/** Planes c + a·u + b·v of the latent space: their names, their points, their axes. */

const PER_FLOAT = 4;

/** Write float32 values as base64url, little endian, without padding. */
export function toBase64url(values) {
  const view = new DataView(new ArrayBuffer(PER_FLOAT * values.length));
  for (const [i, value] of values.entries()) view.setFloat32(PER_FLOAT * i, value, true);
  const text = String.fromCharCode(...new Uint8Array(view.buffer));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Read what `toBase64url` wrote. */
export function fromBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const view = new DataView(Uint8Array.from(binary, (c) => c.charCodeAt(0)).buffer);
  const count = Math.floor(binary.length / PER_FLOAT);
  return Array.from({ length: count }, (_, i) => view.getFloat32(PER_FLOAT * i, true));
}

export const dot = (p, q) => p.reduce((sum, value, i) => sum + value * q[i], 0);
export const norm = (p) => Math.sqrt(dot(p, p));
const minus = (p, q) => Array.from(p, (value, i) => value - q[i]);
const times = (p, factor) => Array.from(p, (value) => value * factor);
const unit = (length, k) => Array.from({ length }, (_, i) => Number(i === k));

/**
 * A plane with orthonormal u and v, so that (a, b) of any z is a projection. `kind` is dims, pca or
 * v; `pair` holds the two indices of the first two kinds.
 */
export class Plane {
  constructor(id, axes, [c, u, v]) {
    const [kind, ...pair] = id.split("-");
    Object.assign(this, { id, kind, axes, c, u, v });
    this.pair = kind === "v" ? null : pair.map(Number);
  }

  /** The latent vector at (a, b), as float32. */
  at(a, b) {
    return Float32Array.from(this.c, (value, i) => value + a * this.u[i] + b * this.v[i]);
  }

  /** Coordinates of the nearest point of the plane, and the distance to it. */
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

function dimensions(id, i, j, d) {
  return new Plane(id, [`z${i}`, `z${j}`], [times(unit(d, 0), 0), unit(d, i), unit(d, j)]);
}

function principal(id, i, j, { mean, components }) {
  return new Plane(id, [`pc${i + 1}`, `pc${j + 1}`], [mean, components[i], components[j]]);
}

function custom(id, d) {
  const values = fromBase64url(id.slice(2));
  if (values.length !== 3 * d || !values.every(Number.isFinite)) return null;
  const basis = [0, 1, 2].map((k) => values.slice(k * d, (k + 1) * d));
  return new Plane(id, ["a", "b"], basis);
}

/** How many axes of a kind a model has. */
export const axesOf = (kind, { pca, latent_dim: d }) =>
  kind === "pca" ? pca.components.length : d;

/** Make the plane that an id names, or null when the model has no such plane. */
export function planeOf(id, manifest) {
  const [, kind, i, j] = id.match(/^(dims|pca)-(\d+)-(\d+)$/) ?? [];
  const [p, q] = [Number(i), Number(j)];
  if (kind && (p === q || Math.max(p, q) >= axesOf(kind, manifest))) return null;
  if (kind === "dims") return dimensions(id, p, q, manifest.latent_dim);
  if (kind === "pca") return principal(id, p, q, manifest.pca);
  return /^v-[\w-]+$/.test(id) ? custom(id, manifest.latent_dim) : null;
}

/** Name the plane through three latent vectors; null when they lie on one line. */
export function planeThrough(p, q, r) {
  const first = minus(q, p);
  const u = times(first, 1 / norm(first));
  const second = minus(r, p);
  const across = minus(second, times(u, dot(second, u)));
  const height = norm(across);
  if (!(norm(first) > 1e-6 && height > 1e-6)) return null;
  return `v-${toBase64url([...p, ...u, ...times(across, 1 / height)])}`;
}

/** Name the plane of dimensions i and j that holds z. */
export function planeAround(z, i, j) {
  const d = z.length;
  const c = Array.from(z, (value, k) => (k === i || k === j ? 0 : value));
  return `v-${toBase64url([...c, ...unit(d, i), ...unit(d, j)])}`;
}

/** The plane a person sees first: z itself for two dimensions, else two principal components. */
export function firstPlane(manifest) {
  return manifest.latent_dim === 2 || manifest.pca.components.length < 2 ? "dims-0-1" : "pca-0-1";
}
