/** Items as dots without WebGL: stamped into the pixels of one image, in the items' order. */

import { dotSize, exactEnough } from "./scatter.js";

/** Offsets of a disc's pixels, and whether each lies on the dark rim. */
function stamp(diameter) {
  const radius = Math.max(1, diameter / 2);
  const reach = Math.ceil(radius);
  const pixels = [];
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const away = Math.hypot(dx, dy);
      if (away < radius) pixels.push({ dx, dy, rim: radius > 3 && away > radius - 1 });
    }
  }
  return pixels;
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
    const discs = stamp(dotSize(map, points.n) * map.ratio);
    const reach = Math.ceil(dotSize(map, points.n) * map.ratio);
    const { a, b, scale } = map.view;
    const step = scale * map.ratio;
    for (let i = 0; i < points.n; i += 1) {
      if (this.lit[i] === 0 || this.words[this.shade[i]] >>> 24 === 0) continue;
      const x = Math.round((points.x[i] - a) * step + image.width / 2);
      const y = Math.round(image.height / 2 - (points.y[i] - b) * step);
      const inside = x > reach && y > reach && x < image.width - reach && y < image.height - reach;
      if (inside) this.#stamp(discs, y * image.width + x, i);
    }
    context.putImageData(image, 0, 0);
  }

  #stamp(discs, place, i) {
    const faint = this.lit[i] < 255 ? (this.lit[i] << 24) | 0x00ffffff : 0xffffffff;
    const body = this.words[this.shade[i]] & faint;
    const rim = this.rims[this.shade[i]] & faint;
    for (const { dx, dy, rim: dark } of discs) {
      this.pixels[place + dy * this.image.width + dx] = dark ? rim : body;
    }
  }
}
