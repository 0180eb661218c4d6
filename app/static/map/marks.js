/** Marks on the map: lasso, posterior ellipses, the route, pins, and what lies off the plane. */
/** @import {Surface} from "../data/chart.js" */
/** @import {Place, Vector} from "../data/plane.js" */
/** @import {Posterior} from "../data/state.js" */

import { dot } from "../data/plane.js";
import { PINS } from "../data/state.js";
import { classColour } from "./colours.js";
import { Drawing, NEAR } from "./drawing.js";

/** The outline of q(z|x) on a plane, `radius` standard deviations out: 64 corners.
 * @param {Surface} plane @param {Posterior} posterior @param {number} radius @returns {Place[]} */
function ellipse(plane, { zMean, zLogVar }, radius) {
  const variance = Array.from(zLogVar, Math.exp);
  const along = (/** @type {Vector} */ p, /** @type {Vector} */ q) =>
    dot(
      Array.from(p, (value, i) => value * q[i]),
      variance,
    );
  const foot = plane.project(zMean);
  const [u, v] = plane.slopes(foot);
  const [aa, ab, bb] = [along(u, u), along(u, v), along(v, v)];
  const low = Math.sqrt(aa); // Cholesky factor of the 2 × 2 covariance
  const slope = low ? ab / low : 0;
  const rest = Math.sqrt(Math.max(bb - slope * slope, 0));
  const { a, b } = foot;
  return Array.from({ length: 64 }, (_, k) => {
    const [x, y] = [Math.cos((k * Math.PI) / 32), Math.sin((k * Math.PI) / 32)];
    return { a: a + radius * low * x, b: b + radius * (slope * x + rest * y) };
  });
}

export class Marks extends Drawing {
  all() {
    const { state } = this;
    const [picked, own] = [state.get("posterior"), state.get("ownImage")];
    this.#lasso();
    if (picked)
      this.#posterior(picked, { colour: this.#colourOf(picked.label), glass: 0.06, size: 4 });
    if (own) this.#posterior(own, { colour: "#ffffff", fill: "#6fb3ff", glass: 0.1, size: 7 });
    this.#route();
    for (const pin of PINS) this.#pin(pin.toUpperCase(), state.get(pin));
    this.#off(state.get("z"), 17);
  }

  /** The colour of a class, where colours are those of classes. @param {number} label */
  #colourOf(label) {
    const kind = this.state.get("items")?.scale.kind ?? "class";
    return kind === "class" ? classColour(label) : "#ffffff";
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
    this.fill("rgba(111, 179, 255, 0.10)");
    this.stroke("#8cc2ff", 1.25);
  }

  /** Draw the ellipses at 1σ and 2σ, and a diamond in their middle.
   * @param {Posterior} posterior @param {{colour: string, fill?: string, glass: number, size: number}} style */
  #posterior(posterior, { colour, fill = colour, glass, size }) {
    const { context } = this;
    if (!this.isPlaced(posterior.zMean)) return;
    for (const radius of [2, 1]) {
      this.#trace(ellipse(this.plane, posterior, radius));
      context.closePath();
      this.fill(`rgba(255, 255, 255, ${glass})`);
      this.stroke(colour, radius === 1 ? 1.5 : 0.75);
    }
    const [x, y] = this.at(posterior.zMean);
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.closePath();
    this.fill(fill);
    this.stroke("#fff", 1);
    this.#off(posterior.zMean, 13);
  }

  #route() {
    const route = this.state.get("route");
    if (!route) return;
    this.#trace(route.map((z) => this.plane.project(z)));
    this.stroke("#fff", 1.25);
  }

  /** @param {string} name @param {Vector} [z] */
  #pin(name, z) {
    if (z?.length !== this.model.latentDim || !this.isPlaced(z)) return;
    const { context } = this;
    const [x, y] = this.at(z);
    context.beginPath();
    context.arc(x, y - 15, 10, Math.PI * 0.8, Math.PI * 2.2);
    context.lineTo(x, y);
    context.closePath();
    this.fill("#f7f8fa");
    this.stroke("#f7f8fa", 0.5);
    context.fillStyle = "#14171c";
    context.font = "700 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(name, x, y - 11);
  }

  /** Mark z as off the plane or chart, by how much: the picture under it is not its decode.
   * @param {Vector} z @param {number} radius CSS pixels */
  #off(z, radius) {
    const { context } = this;
    const foot = this.plane.project(z);
    if (!(foot.away >= NEAR)) return;
    const [x, y] = this.at(z);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.setLineDash([4, 4]);
    this.stroke("#ffd166", 2);
    context.setLineDash([]);
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "center";
    const what = this.plane.kind === "chart" ? "chart" : "plane";
    this.label(`${foot.away.toFixed(2)} off the ${what}`, foot, radius + 14, "#ffd166");
  }
}
