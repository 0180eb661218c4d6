/** Items as dots without WebGL: stamped into the pixels of one image, in the items' order. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {MapView} from "./map_view.js" */

import { dotLight, dotSize, dotStep, exactEnough } from "./dots.js";

/** A disc of `size` pixels across, from its corner: where each lies in the image, and which are rim.
 * @param {number} size @param {number} width of the image */
function stamp(size, width) {
  const middle = (size - 1) / 2;
  /** @type {number[][]} */
  const [body, rim] = [[], []];
  for (let dy = 0; dy < size; dy += 1) {
    for (let dx = 0; dx < size; dx += 1) {
      const away = Math.hypot(dx - middle, dy - middle);
      if (away > size / 2 - 0.1) continue;
      (size > 6 && away > size / 2 - 1 ? rim : body).push(dy * width + dx);
    }
  }
  return { body, rim };
}

/** @param {number} word a pixel @param {number} share of its light that stays */
const dim = (word, share) => {
  const part = (/** @type {number} */ shift) =>
    Math.round(((word >>> shift) & 255) * share) << shift;
  return ((word & 0xff000000) | part(16) | part(8) | part(0)) >>> 0;
};

export class CanvasScatter {
  visible = true;
  /** @type {Points | null} */
  #points = null;
  /** @type {Uint8Array} */
  #shade = new Uint8Array();
  /** @type {Uint8Array} */
  #lit = new Uint8Array();
  #words = new Uint32Array(); // a pixel of each shade
  #rims = new Uint32Array();
  #image = new ImageData(1, 1);

  /** Take items: their places, a shade each, and how lit each is (0…255).
   * @param {Points} points @param {Uint8Array} shade @param {Uint8Array} lit @param {Uint8Array} palette */
  set(points, shade, lit, palette) {
    this.#points = points;
    this.#shade = shade;
    this.#lit = lit;
    this.#words = new Uint32Array(Uint8Array.from(palette).buffer); // little endian: ABGR
    this.#rims = this.#words.map((word) => dim(word, 0.35));
  }

  /** The pixels of an empty image as large as the canvas.
   * @param {CanvasRenderingContext2D} context */
  #clear(context) {
    const { width, height } = context.canvas;
    if (this.#image.width !== width || this.#image.height !== height) {
      this.#image = context.createImageData(width, height);
    }
    return new Uint32Array(this.#image.data.buffer).fill(0);
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map */
  draw(context, map) {
    const points = this.#points;
    if (!points || !this.visible || !exactEnough(map, points)) return;
    const pixels = this.#clear(context);
    const { width, height } = this.#image;
    const size = Math.round(dotSize(map, points.shown) * map.ratio);
    const { body, rim } = stamp(size, width);
    const { a, b, scale } = map.view;
    const step = scale * map.ratio;
    const [light, stride] = [dotLight(map, points), dotStep(map, points)];
    const [left, top] = [(width - size) / 2 - a * step, (height - size) / 2 + b * step];
    for (let i = 0; i < points.n; i += stride) {
      const shade = this.#shade[i];
      const lit = Math.ceil(this.#lit[i] * light);
      if (lit === 0) continue;
      const x = Math.round(left + points.x[i] * step);
      const y = Math.round(top - points.y[i] * step);
      if (x < 0 || y < 0 || x > width - size || y > height - size) continue;
      const faint = lit < 255 ? (lit << 24) | 0x00ffffff : 0xffffffff;
      const place = y * width + x;
      for (const offset of body) pixels[place + offset] = this.#words[shade] & faint;
      for (const offset of rim) pixels[place + offset] = this.#rims[shade] & faint;
    }
    context.putImageData(this.#image, 0, 0);
  }
}
