/** Where cells are too small to read: the encoded items' density, coloured by class. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {ShownItems} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */

import { NONE } from "../data/api_client.js";
import { channels, shadeColour, shadeOf } from "./colours.js";
import { context2d } from "./map_view.js";

const SIDE = 96; // bins along a side of the items' box

/** Sum the colours of the visible items by bin, and count them: four values a bin.
 * @param {Points} points @param {boolean} byClass */
function sumColours(points, byClass) {
  const sums = new Float32Array(4 * SIDE * SIDE);
  const { left, bottom, width, height } = points.box;
  const colours = Array.from({ length: 256 }, (_, shade) => channels(shadeColour(shade)));
  for (let i = 0; i < points.n; i += 1) {
    if (!points.visible[i]) continue;
    const column = Math.min(SIDE - 1, Math.floor((SIDE * (points.x[i] - left)) / width));
    const row = Math.min(SIDE - 1, Math.floor((SIDE * (points.y[i] - bottom)) / height));
    const at = 4 * ((SIDE - 1 - row) * SIDE + column);
    const shade = shadeOf(byClass ? points.label[i] : NONE);
    for (const [k, value] of colours[shade].entries()) sums[at + k] += value;
    sums[at + 3] += 1;
  }
  return sums;
}

export class DensityLayer {
  /** @type {ShownItems | null} */
  #items = null;
  #canvas = new OffscreenCanvas(SIDE, SIDE);

  /** Take items; those of hidden classes do not count. @param {ShownItems} items */
  #set(items) {
    const image = new ImageData(SIDE, SIDE);
    const sums = sumColours(items.points, items.scale.kind === "class");
    let most = 1;
    for (let at = 3; at < sums.length; at += 4) most = Math.max(most, sums[at]);
    for (let at = 0; at < sums.length; at += 4) {
      const count = sums[at + 3];
      for (let k = 0; k < 3; k += 1) image.data[at + k] = count ? sums[at + k] / count : 0;
      image.data[at + 3] = count ? 60 + (180 * Math.log1p(count)) / Math.log1p(most) : 0;
    }
    context2d(this.#canvas).putImageData(image, 0, 0);
    this.#items = items;
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map
   * @param {ShownItems} items @param {boolean} over decoded images */
  draw(context, map, items, over) {
    if (items !== this.#items) this.#set(items);
    const { left, bottom, width, height } = items.points.box;
    context.save();
    context.globalAlpha = over ? 0.6 : 1;
    context.imageSmoothingEnabled = true;
    const [x, y] = [map.x(left) * map.ratio, map.y(bottom + height) * map.ratio];
    const scale = map.view.scale * map.ratio;
    context.drawImage(this.#canvas, x, y, width * scale, height * scale);
    context.restore();
  }
}
