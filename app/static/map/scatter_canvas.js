/** Items as dots without WebGL: stamped into the pixels of one image, in the items' order. */

import { dotSize, exactEnough } from "./scatter_webgl.js";

/** A disc of `size` pixels across, from its corner: where each lies in the image, and which are rim. */
function stamp(size, width) {
  const middle = (size - 1) / 2;
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

const dim = (word, share) => {
  const part = (shift) => Math.round(((word >>> shift) & 255) * share) << shift;
  return ((word & 0xff000000) | part(16) | part(8) | part(0)) >>> 0;
};

export class Scatter2d {
  visible = true;

  /** Take items: their places, a shade each, and how lit each is (0…255). */
  set(points, shade, lit, palette) {
    Object.assign(this, { points, shade, lit });
    this.words = new Uint32Array(palette.buffer.slice(0)); // little endian: ABGR
    this.rims = this.words.map((word) => dim(word, 0.35));
  }

  #image(context) {
    const { width, height } = context.canvas;
    if (this.image?.width !== width || this.image?.height !== height) {
      this.image = context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.pixels.fill(0);
    return this.image;
  }

  draw(context, map) {
    const { points } = this;
    if (!points || !this.visible || !exactEnough(map, points)) return;
    const image = this.#image(context);
    const { width, height } = image;
    const size = Math.round(dotSize(map, points.n) * map.ratio);
    const { body, rim } = stamp(size, width);
    const { a, b, scale } = map.view;
    const step = scale * map.ratio;
    const [left, top] = [(width - size) / 2 - a * step, (height - size) / 2 + b * step];
    for (let i = 0; i < points.n; i += 1) {
      const shade = this.shade[i];
      const lit = this.lit[i];
      if (lit === 0 || this.words[shade] >>> 24 === 0) continue;
      const x = Math.round(left + points.x[i] * step);
      const y = Math.round(top - points.y[i] * step);
      if (x < 0 || y < 0 || x > width - size || y > height - size) continue;
      const faint = lit < 255 ? (lit << 24) | 0x00ffffff : 0xffffffff;
      const place = y * width + x;
      for (const offset of body) this.pixels[place + offset] = this.words[shade] & faint;
      for (const offset of rim) this.pixels[place + offset] = this.rims[shade] & faint;
    }
    context.putImageData(image, 0, 0);
  }
}
