/** Where cells are too small to read: the encoded items' density, coloured by class. */

import { classColour } from "./colours.js";

const SIDE = 96; // bins along a side of the items' box

/** Count visible items by bin and label, and colour each bin by the mix of its labels. */
function paint(points) {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const sums = new Float32Array(4 * SIDE * SIDE);
  const { left, bottom, width, height } = points.box;
  const colours = Array.from({ length: 256 }, (_, k) => classColour(k)).map((hex) =>
    [1, 3, 5].map((c) => Number.parseInt(hex.slice(c, c + 2), 16)),
  );
  for (let i = 0; i < points.n; i += 1) {
    if (points.hidden[points.label[i]]) continue;
    const column = Math.min(SIDE - 1, Math.floor((SIDE * (points.x[i] - left)) / width));
    const row = Math.min(SIDE - 1, Math.floor((SIDE * (points.y[i] - bottom)) / height));
    const at = 4 * ((SIDE - 1 - row) * SIDE + column);
    colours[points.label[i]].forEach((value, k) => {
      sums[at + k] += value;
    });
    sums[at + 3] += 1;
  }
  let most = 1;
  for (let at = 3; at < sums.length; at += 4) most = Math.max(most, sums[at]);
  for (let at = 0; at < sums.length; at += 4) {
    const count = sums[at + 3];
    for (let k = 0; k < 3; k += 1) image.data[at + k] = count ? sums[at + k] / count : 0;
    image.data[at + 3] = count ? 60 + (180 * Math.log1p(count)) / Math.log1p(most) : 0;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export class Field {
  set(points) {
    this.points = points;
    this.canvas = paint(points);
  }

  draw(context, map, over = false) {
    if (!this.points) return;
    const { left, bottom, width, height } = this.points.box;
    context.save();
    context.globalAlpha = over ? 0.6 : 1;
    context.imageSmoothingEnabled = true;
    const [x, y] = [map.x(left) * map.ratio, map.y(bottom + height) * map.ratio];
    const scale = map.view.scale * map.ratio;
    context.drawImage(this.canvas, x, y, width * scale, height * scale);
    context.restore();
  }
}
