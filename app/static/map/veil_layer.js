/** Land and sea on a chart: far from every item the images fade into their ground, with a coast. */
/** @import {Land} from "../data/sheet.js" */
/** @import {Model} from "../data/api_client.js" */
/** @import {State} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */

import { chartOf, DEEP, EXTENT, SHORE } from "../data/chart.js";
import { context2d } from "./map_view.js";

const SHALLOW = 0.55; // of the ground at the coast
const CLOSEST = 1e5; // CSS pixels a unit; closer up a coast is nothing but a blur
const COAST = { light: "rgb(20 60 110 / 0.55)", dark: "rgb(150 195 245 / 0.6)" };

/** The veil as an image of one pixel a node, the top row the largest u2.
 * @param {Land} land @param {number[]} ground */
function veil({ side, bytes }, [red, green = red, blue = red]) {
  const canvas = new OffscreenCanvas(side, side);
  const image = new ImageData(side, side);
  for (let node = 0; node < side * side; node += 1) {
    const share = Math.max(0, Math.min(1, (SHORE - bytes[node]) / (SHORE - DEEP)));
    const alpha = share && SHALLOW + (1 - SHALLOW) * share;
    const at = 4 * ((side - 1 - Math.floor(node / side)) * side + (node % side));
    image.data.set([red, green, blue, Math.round(255 * alpha)], at);
  }
  context2d(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** The coast, in nodes: marching squares at SHORE. @param {Land} land */
function coast({ side, bytes }) {
  const path = new Path2D();
  const crossing = (/** @type {number} */ p, /** @type {number} */ q) =>
    (SHORE - 0.5 - bytes[p]) / (bytes[q] - bytes[p]);
  for (let row = 0; row < side - 1; row += 1) {
    for (let column = 0; column < side - 1; column += 1) {
      const node = row * side + column;
      const corners = [node, node + 1, node + 1 + side, node + side];
      /** @type {[number, number][]} */
      const ends = [];
      for (const [k, p] of corners.entries()) {
        const q = corners[(k + 1) % 4];
        if (bytes[p] >= SHORE === bytes[q] >= SHORE) continue;
        const t = crossing(p, q);
        ends.push([
          (p % side) + t * ((q % side) - (p % side)),
          Math.floor(p / side) + t * (Math.floor(q / side) - Math.floor(p / side)),
        ]);
      }
      for (let k = 0; k + 1 < ends.length; k += 2) {
        path.moveTo(...ends[k]);
        path.lineTo(...ends[k + 1]);
      }
    }
  }
  return path;
}

export class VeilLayer {
  /** @type {{land: Land, veil: OffscreenCanvas, coast: Path2D} | null} */
  #made = null;

  /** @param {State} state @param {Model} model */
  constructor(state, model) {
    this.state = state;
    this.model = model;
    this.chart = chartOf(model);
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map */
  draw(context, map) {
    const land = this.chart?.land;
    if (!land || this.state.get("shownPlane") !== this.chart) return;
    if (!this.state.get("layers").includes("coast")) return;
    if (this.#made?.land.side !== land.side) {
      const { ground } = /** @type {{ground: number[]}} */ (this.model.manifest.chart);
      this.#made = { land, veil: veil(land, ground), coast: coast(land) };
    }
    this.#sea(context, map, this.#made);
    if (map.view.scale < CLOSEST) this.#coast(context, map, this.#made);
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map
   * @param {{land: Land, veil: OffscreenCanvas}} made */
  #sea(context, map, { land: { side }, veil }) {
    const { width, height } = context.canvas;
    const node = (2 * EXTENT) / (side - 1); // a pixel of the veil is centred on its node
    const half = EXTENT + node / 2;
    const [left, right] = [-half, half].map((a) => map.x(a) * map.ratio);
    const [top, bottom] = [half, -half].map((b) => map.y(b) * map.ratio);
    context.imageSmoothingEnabled = true;
    context.drawImage(veil, left, top, right - left, bottom - top);
    context.fillStyle = this.model.ground;
    context.fillRect(0, 0, width, top + 1);
    context.fillRect(0, bottom - 1, width, height - bottom + 1);
    context.fillRect(0, top, left + 1, bottom - top);
    context.fillRect(right - 1, top, width - right + 1, bottom - top);
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map
   * @param {{land: Land, coast: Path2D}} made */
  #coast(context, map, { land: { side }, coast }) {
    const node = ((2 * EXTENT) / (side - 1)) * map.view.scale * map.ratio;
    context.save();
    context.setTransform(node, 0, 0, -node, map.x(-EXTENT) * map.ratio, map.y(-EXTENT) * map.ratio);
    context.lineWidth = (1.25 * map.ratio) / node;
    context.lineCap = "round";
    context.strokeStyle = this.model.light ? COAST.light : COAST.dark;
    context.stroke(coast);
    context.restore();
  }
}
