/** Drawn over the map: prior, class names, pins, posterior ellipses, the point with its picture. */
/** @import {Bounds} from "../data/encoded_items.js" */
/** @import {Model} from "../data/api_client.js" */
/** @import {Place, Plane, Vector} from "../data/plane.js" */
/** @import {Posterior, State} from "../data/state.js" */
/** @import {Layer, MapView} from "./map_view.js" */

import { dot } from "../data/plane.js";
import { PINS } from "../data/state.js";
import { classColour } from "./colours.js";
import { context2d } from "./map_view.js";

const LOUPE = { least: 76, most: 144, share: 1 / 14 }; // CSS pixels of the point's picture; of the map
const BUTTONS = 60; // CSS pixels along the top and the right edge that the buttons take
const MOST_DASHED = 2000; // CSS pixels of a ring's radius: more dashes take longer than a frame
const PICTURE = new OffscreenCanvas(1, 1);

/** Whether a circle of the plane crosses what is in view.
 * @param {Bounds} bounds @param {Place & {radius: number}} circle */
function crosses({ left, right, bottom, top }, { a, b, radius }) {
  const near = Math.hypot(Math.max(left - a, a - right, 0), Math.max(bottom - b, b - top, 0));
  const far = Math.hypot(
    Math.max(Math.abs(a - left), Math.abs(a - right)),
    Math.max(Math.abs(b - bottom), Math.abs(b - top)),
  );
  return near <= radius && radius <= far;
}

/** The outline of q(z|x) on a plane, `radius` standard deviations out: 64 corners.
 * @param {Plane} plane @param {Posterior} posterior @param {number} radius @returns {Place[]} */
function ellipse(plane, { zMean, zLogVar }, radius) {
  const variance = Array.from(zLogVar, Math.exp);
  const along = (/** @type {Vector} */ p, /** @type {Vector} */ q) =>
    dot(
      Array.from(p, (value, i) => value * q[i]),
      variance,
    );
  const [aa, ab, bb] = [along(plane.u, plane.u), along(plane.u, plane.v), along(plane.v, plane.v)];
  const low = Math.sqrt(aa); // Cholesky factor of the 2 × 2 covariance
  const slope = low ? ab / low : 0;
  const rest = Math.sqrt(Math.max(bb - slope * slope, 0));
  const { a, b } = plane.project(zMean);
  return Array.from({ length: 64 }, (_, k) => {
    const [x, y] = [Math.cos((k * Math.PI) / 32), Math.sin((k * Math.PI) / 32)];
    return { a: a + radius * low * x, b: b + radius * (slope * x + rest * y) };
  });
}

/** Make the layer of what one map shows.
 * @param {State} state @param {Model} model @returns {Layer} */
export function overlayLayer(state, model) {
  return { draw: (context, map) => new Drawing(context, map, state, model).all() };
}

/** One frame of an overlay. */
class Drawing {
  /** @param {CanvasRenderingContext2D} context @param {MapView} map @param {State} state
   * @param {Model} model */
  constructor(context, map, state, model) {
    this.context = context;
    this.map = map;
    this.state = state;
    this.model = model;
    this.plane = state.get("shownPlane");
  }

  all() {
    const { context, map, state } = this;
    const layers = state.get("layers");
    const [picked, own] = [state.get("posterior"), state.get("ownImage")];
    context.save();
    context.scale(map.ratio, map.ratio);
    context.lineJoin = "round";
    if (layers.includes("prior")) this.#prior();
    if (layers.includes("names") && layers.includes("items")) this.#names();
    this.#lasso();
    if (picked)
      this.#posterior(picked, { colour: classColour(picked.label), glass: 0.06, size: 4 });
    if (own) this.#posterior(own, { colour: "#ffffff", fill: "#6fb3ff", glass: 0.1, size: 7 });
    this.#route();
    for (const pin of PINS) this.#pin(pin.toUpperCase(), state.get(pin));
    this.#point();
    context.restore();
  }

  /** Where z falls. @param {Vector} z @returns {[number, number]} CSS pixels */
  #at(z) {
    const { a, b } = this.plane.project(z);
    return [this.map.x(a), this.map.y(b)];
  }

  /** @param {string} colour */
  #stroke(colour, width = 1.5) {
    const { context } = this;
    context.strokeStyle = "rgba(0, 0, 0, 0.55)";
    context.lineWidth = width + 2;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  /** @param {string} colour */
  #fill(colour) {
    this.context.fillStyle = colour;
    this.context.fill();
  }

  /** @param {string} text @param {Place} place @param {number} dy */
  #label(text, { a, b }, dy, colour = "#fff") {
    const { context, map } = this;
    context.lineWidth = 3.5;
    context.strokeStyle = "rgba(8, 10, 14, 0.85)";
    context.strokeText(text, map.x(a), map.y(b) + dy);
    context.fillStyle = colour;
    context.fillText(text, map.x(a), map.y(b) + dy);
  }

  #prior() {
    const { context, map } = this;
    const { a, b } = this.plane.origin;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (const radius of [1, 2, 3]) {
      if (!crosses(map.bounds, { a, b, radius })) continue;
      context.beginPath();
      context.arc(map.x(a), map.y(b), radius * map.view.scale, 0, 2 * Math.PI);
      context.setLineDash(radius * map.view.scale < MOST_DASHED ? [2, 4] : []);
      context.strokeStyle = "rgba(255, 255, 255, 0.55)";
      context.lineWidth = 1;
      context.stroke();
      context.setLineDash([]);
      this.#label(`${radius}σ`, { a, b: b + radius }, -4, "#d5dae2");
    }
  }

  #names() {
    const { context } = this;
    const points = this.state.get("items")?.points;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "700 16px system-ui, sans-serif";
    for (const { label, ...middle } of points?.centres ?? []) {
      if (!points?.hidden[label]) this.#label(this.model.className(label), middle, 0);
    }
    context.textBaseline = "alphabetic";
  }

  /** @param {Place[]} corners */
  #trace(corners) {
    this.context.beginPath();
    for (const { a, b } of corners) this.context.lineTo(this.map.x(a), this.map.y(b));
  }

  #lasso() {
    const path = this.state.get("lassoDrawn") ?? this.state.get("lasso");
    if (!path) return;
    this.#trace(path.flatMap((a, k) => (k % 2 ? [] : [{ a, b: path[k + 1] }])));
    this.context.closePath();
    this.#fill("rgba(111, 179, 255, 0.10)");
    this.#stroke("#8cc2ff", 1.25);
  }

  /** Draw the ellipses at 1σ and 2σ, and a diamond in their middle.
   * @param {Posterior} posterior @param {{colour: string, fill?: string, glass: number, size: number}} style */
  #posterior(posterior, { colour, fill = colour, glass, size }) {
    const { context } = this;
    for (const radius of [2, 1]) {
      this.#trace(ellipse(this.plane, posterior, radius));
      context.closePath();
      this.#fill(`rgba(255, 255, 255, ${glass})`);
      this.#stroke(colour, radius === 1 ? 1.5 : 0.75);
    }
    const [x, y] = this.#at(posterior.zMean);
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.closePath();
    this.#fill(fill);
    this.#stroke("#fff", 1);
  }

  #route() {
    const route = this.state.get("route");
    if (!route) return;
    this.#trace(route.map((z) => this.plane.project(z)));
    this.#stroke("#fff", 1.25);
  }

  /** @param {string} name @param {Vector} [z] */
  #pin(name, z) {
    if (z?.length !== this.model.latentDim) return;
    const { context } = this;
    const [x, y] = this.#at(z);
    context.beginPath();
    context.arc(x, y - 15, 10, Math.PI * 0.8, Math.PI * 2.2);
    context.lineTo(x, y);
    context.closePath();
    this.#fill("#f7f8fa");
    this.#stroke("#f7f8fa", 0.5);
    context.fillStyle = "#14171c";
    context.font = "700 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(name, x, y - 11);
  }

  #point() {
    const { context } = this;
    const [x, y] = this.#at(this.state.get("z"));
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    this.#stroke("#fff", 2);
    context.beginPath();
    for (const [from, to] of [
      [4, 13],
      [-4, -13],
    ]) {
      context.moveTo(x + from, y);
      context.lineTo(x + to, y);
      context.moveTo(x, y + from);
      context.lineTo(x, y + to);
    }
    this.#stroke("#fff", 1.5);
    const decoded = this.state.get("decoded");
    if (decoded) this.#loupe(decoded.image, x, y);
  }

  /** @param {ImageData} image @param {number} x @param {number} y */
  #loupe(image, x, y) {
    const { context, map } = this;
    Object.assign(PICTURE, { width: image.width, height: image.height });
    context2d(PICTURE).putImageData(image, 0, 0);
    const width = Math.max(LOUPE.least, Math.min(LOUPE.most, map.width * LOUPE.share));
    const height = (width * image.height) / image.width;
    const left = x + 18 + width > map.width - BUTTONS ? x - 18 - width : x + 18;
    const top = y - 18 - height < BUTTONS ? y + 18 : y - 18 - height;
    context.fillStyle = "rgba(0, 0, 0, 0.5)"; // a blurred shadow would cost more than all the rest
    context.fillRect(left - 3, top - 3, width + 6, height + 6);
    context.fillStyle = "#fff";
    context.fillRect(left - 2, top - 2, width + 4, height + 4);
    context.imageSmoothingEnabled = false;
    context.drawImage(PICTURE, left, top, width, height);
  }
}
