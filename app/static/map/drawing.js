/** What is drawn in the map's coordinates, over light and dark images alike. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Place, Vector} from "../data/plane.js" */
/** @import {State} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */

export const NEAR = 1e-3; // of latent space: nearer to the plane than this is on it

/** One frame of a map's state. */
export class Drawing {
  /** @param {CanvasRenderingContext2D} context @param {MapView} map @param {State} state
   * @param {Model} model */
  constructor(context, map, state, model) {
    this.context = context;
    this.map = map;
    this.state = state;
    this.model = model;
    this.plane = state.get("shownPlane");
  }

  /** Whether z has a place yet. @param {Vector} z */
  isPlaced(z) {
    return Number.isFinite(this.plane.project(z).a);
  }

  /** Where z falls. @param {Vector} z @returns {[number, number]} CSS pixels */
  at(z) {
    const { a, b } = this.plane.project(z);
    return [this.map.x(a), this.map.y(b)];
  }

  /** @param {string} colour */
  stroke(colour, width = 1.5) {
    const { context } = this;
    context.strokeStyle = "rgba(0, 0, 0, 0.8)";
    context.lineWidth = width + 2.5;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  /** @param {string} colour */
  fill(colour) {
    this.context.fillStyle = colour;
    this.context.fill();
  }

  /** @param {string} text @param {Place} place @param {number} dy */
  label(text, { a, b }, dy, colour = "#fff") {
    const { context, map } = this;
    context.lineWidth = 3.5;
    context.strokeStyle = "rgba(8, 10, 14, 0.85)";
    context.strokeText(text, map.x(a), map.y(b) + dy);
    context.fillStyle = colour;
    context.fillText(text, map.x(a), map.y(b) + dy);
  }
}
