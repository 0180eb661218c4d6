/** The chart: a curved sheet through latent space that follows the data, and its land and sea. */
/** @import {Model} from "./api_client.js" */
/** @import {Bounds, Place, Vector} from "./plane.js" */
/** @import {Land, Sheet} from "./sheet.js" */

import { getJSON, send } from "./api_client.js";
import { distance, planeOf } from "./plane.js";

/** @typedef {import("./plane.js").Plane | Chart} Surface what the map shows */
/** @typedef {Place & {away: number}} Foot of a latent vector: where it is nearest, and how far off */

export const EXTENT = 5; // the lattice spans −EXTENT to EXTENT
export const SHORE = 128; // land from here on; below, a picture is an extrapolation
export const DEEP = 48; // from here down nothing is shown: half as far again as the coast is
const REACH = 4; // no item lies farther out
/** @type {Foot} */
const NOWHERE = { a: Number.NaN, b: Number.NaN, away: Number.NaN };

/** Fires `load` when its sheet is there: until then it knows few places. */
export class Chart extends EventTarget {
  id = "chart";
  kind = /** @type {const} */ ("chart");
  axes = ["u1", "u2"];
  pair = null;
  origin = null; // the prior's rings are no circles here
  /** @type {Land | null} */
  land = null;
  /** @type {Sheet | null} */
  #sheet = null;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** @type {WeakMap<Vector, Foot>} */
  #feet = new WeakMap();

  /** @param {Model} model */
  constructor(model) {
    super();
    this.model = model;
  }

  /** Whether any place can be decoded. */
  get ready() {
    return this.#sheet !== null;
  }

  /** Fetch the sheet, once. */
  load() {
    this.#loading ??= this.#fetch().catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #fetch() {
    const code = import("./sheet.js");
    const answer = await send(this.model.path("chart/sheet"));
    const { Sheet } = await code;
    this.#sheet = new Sheet(await answer.arrayBuffer(), SHORE);
    this.land = this.#sheet.land;
    this.dispatchEvent(new Event("load"));
  }

  /** Fetch what is land: the first view needs no more. */
  async loadLand() {
    const headers = { accept: "image/png" };
    const answer = await send(this.model.path("chart/land"), { headers });
    const bitmap = await createImageBitmap(await answer.blob());
    const { width: side } = bitmap;
    const canvas = new OffscreenCanvas(side, side);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(1, 0, 0, -1, 0, side);
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, side, side);
    this.land ??= { side, bytes: Uint8Array.from({ length: side * side }, (_, k) => data[4 * k]) };
  }

  /** Fetch the latent vector of the place that the export chose to begin at. */
  async home() {
    const [a, b] = this.model.manifest.chart?.home ?? [0, 0];
    const { z } = await getJSON(this.model.path("chart", { u: `${a},${b}` }));
    return this.#keep(Float32Array.from(z), { a, b, away: 0 });
  }

  /** What is around the land. @returns {Bounds} */
  around() {
    if (!this.land) return { left: -REACH, right: REACH, bottom: -REACH, top: REACH };
    const { side, bytes } = this.land;
    const box = { left: EXTENT, right: -EXTENT, bottom: EXTENT, top: -EXTENT };
    for (const [node, value] of bytes.entries()) {
      if (value < SHORE) continue;
      const [a, b] = [this.#along(node % side), this.#along(Math.floor(node / side))];
      box.left = Math.min(box.left, a);
      box.right = Math.max(box.right, a);
      box.bottom = Math.min(box.bottom, b);
      box.top = Math.max(box.top, b);
    }
    return box;
  }

  /** Whether the data are near a place. @param {Place} place */
  isLand({ a, b }) {
    if (!this.land) return true;
    const { side, bytes } = this.land;
    const [i, f] = this.#cell(a);
    const [j, g] = this.#cell(b);
    return bytes[(j + Number(g > 0.5)) * side + i + Number(f > 0.5)] >= SHORE;
  }

  /** Whether a rectangle holds no node at which a picture could show. @param {Bounds} box */
  isDeep({ left, right, bottom, top }) {
    if (!this.land) return false;
    const { side, bytes } = this.land;
    const [i, j] = [this.#cell(left)[0], this.#cell(bottom)[0]];
    const [last, end] = [this.#cell(right)[0] + 1, this.#cell(top)[0] + 1];
    for (let row = j; row <= end; row += 1) {
      for (let at = row * side + i; at <= row * side + last; at += 1) {
        if (bytes[at] > DEEP) return false;
      }
    }
    return true;
  }

  /** The latent vector at (a, b), as float32; only when `ready`. @param {number} a @param {number} b */
  at(a, b) {
    return this.#keep(Float32Array.from(this.#there.point(a, b)), { a, b, away: 0 });
  }

  /** Say where on the map a vector stands that is near the sheet there: an item, or one dragged.
   * @param {Float32Array} z @param {Place} place */
  hold(z, { a, b }) {
    return this.#keep(z, { a, b, away: distance(z, this.#there.point(a, b)) });
  }

  /** The place on land at which the sheet is nearest to z, and the distance to it. Without the sheet
   * it is nowhere, unless it came from a place; the sheet is then fetched.
   * @param {Vector} z @returns {Foot} */
  project(z) {
    const known = this.#feet.get(z);
    if (known) return known;
    if (!this.#sheet) {
      this.load().catch(() => undefined); // who needs the place is told by the next that asks
      return NOWHERE;
    }
    const foot = this.#sheet.nearest(z);
    this.#feet.set(z, foot);
    return foot;
  }

  /** Two vectors p and q such that a small step dz from the foot moves it by (p·dz, q·dz).
   * @param {Place} foot */
  slopes({ a, b }) {
    return this.#there.slopes(a, b);
  }

  get #there() {
    if (!this.#sheet) throw new Error("the chart's sheet is not there yet");
    return this.#sheet;
  }

  /** @param {Float32Array} z @param {Foot} foot */
  #keep(z, foot) {
    this.#feet.set(z, foot);
    return z;
  }

  /** @param {number} node in a row or column */
  #along(node) {
    return (2 * EXTENT * node) / ((this.land?.side ?? 2) - 1) - EXTENT;
  }

  /** The node below a coordinate, and how far beyond it is, 0…1. @param {number} u */
  #cell(u) {
    const last = (this.land?.side ?? 2) - 1;
    const at = Math.max(0, Math.min(last, ((u + EXTENT) * last) / (2 * EXTENT)));
    const node = Math.min(Math.floor(at), last - 1);
    return [node, at - node];
  }
}

/** @type {WeakMap<Model, Chart>} */
const charts = new WeakMap();

/** The chart of a model, or null. @param {Model} model */
export function chartOf(model) {
  if (!model.manifest.chart) return null;
  const chart = charts.get(model) ?? new Chart(model);
  charts.set(model, chart);
  return chart;
}

/** Make the plane or chart that an id names, or null when the model has no such.
 * @param {string} id @param {Model} model @returns {Surface | null} */
export const surfaceOf = (id, model) =>
  id === "chart" ? chartOf(model) : planeOf(id, model.manifest);
