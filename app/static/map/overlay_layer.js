/** Drawn over the map: prior, class names, pins, posterior ellipses, the point with its picture. */

import { classColour } from "./colours.js";

const LOUPE = { least: 76, most: 144, share: 1 / 14 }; // CSS pixels of the point's picture; of the map
const BUTTONS = 60; // CSS pixels along the top and the right edge that the buttons take
const MOST_DASHED = 2000; // CSS pixels of a ring's radius: more dashes take longer than a frame
export const PINS = ["a", "b", "c"];

/** Whether a circle of the plane crosses what is in view. */
function crosses({ bounds: { left, right, bottom, top } }, { a, b, radius }) {
  const near = Math.hypot(Math.max(left - a, a - right, 0), Math.max(bottom - b, b - top, 0));
  const far = Math.hypot(
    Math.max(Math.abs(a - left), Math.abs(a - right)),
    Math.max(Math.abs(b - bottom), Math.abs(b - top)),
  );
  return near <= radius && radius <= far;
}

/** The 1σ outline of q(z|x) on a plane: 64 corners `[a, b]`. */
export function ellipse(plane, zMean, zLogVar, radius = 1) {
  const variance = Array.from(zLogVar, Math.exp);
  const along = (p, q) => p.reduce((sum, value, i) => sum + value * q[i] * variance[i], 0);
  const [aa, ab, bb] = [along(plane.u, plane.u), along(plane.u, plane.v), along(plane.v, plane.v)];
  const low = Math.sqrt(aa); // Cholesky factor of the 2 × 2 covariance
  const slope = low ? ab / low : 0;
  const rest = Math.sqrt(Math.max(bb - slope * slope, 0));
  const { a, b } = plane.project(zMean);
  return Array.from({ length: 64 }, (_, k) => {
    const [x, y] = [Math.cos((k * Math.PI) / 32), Math.sin((k * Math.PI) / 32)];
    return [a + radius * low * x, b + radius * (slope * x + rest * y)];
  });
}

export class Overlay {
  #picture = new OffscreenCanvas(1, 1);

  constructor(atlas) {
    this.atlas = atlas;
  }

  draw(context, map) {
    const { atlas } = this;
    const layers = atlas.state.get("layers");
    context.save();
    context.scale(map.ratio, map.ratio);
    context.lineJoin = "round";
    if (layers.includes("prior")) this.#prior(context, map);
    if (layers.includes("names") && layers.includes("items")) this.#names(context, map);
    this.#lasso(context, map);
    for (const item of atlas.marked ?? []) this.#posterior(context, map, item);
    if (atlas.own?.zMean) this.#posterior(context, map, { ...atlas.own, own: true });
    this.#route(context, map);
    for (const pin of PINS) if (atlas.state.get(pin)) this.#pin(context, map, pin);
    this.#point(context, map);
    context.restore();
  }

  #stroke(context, colour, width = 1.5) {
    context.strokeStyle = "rgba(0, 0, 0, 0.55)";
    context.lineWidth = width + 2;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  #label(context, text, x, y, colour = "#fff") {
    context.lineWidth = 3.5;
    context.strokeStyle = "rgba(8, 10, 14, 0.85)";
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  #prior(context, map) {
    const { a, b } = this.atlas.plane.origin;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (const radius of [1, 2, 3]) {
      if (!crosses(map, { a, b, radius })) continue;
      context.beginPath();
      context.arc(map.x(a), map.y(b), radius * map.view.scale, 0, 2 * Math.PI);
      context.setLineDash(radius * map.view.scale < MOST_DASHED ? [2, 4] : []);
      context.strokeStyle = "rgba(255, 255, 255, 0.55)";
      context.lineWidth = 1;
      context.stroke();
      context.setLineDash([]);
      this.#label(context, `${radius}σ`, map.x(a), map.y(b + radius) - 4, "#d5dae2");
    }
  }

  #names(context, map) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "700 16px system-ui, sans-serif";
    for (const { label, a, b } of this.atlas.centres ?? []) {
      if (this.atlas.points.hidden[label]) continue;
      this.#label(context, this.atlas.model.className(label), map.x(a), map.y(b));
    }
    context.textBaseline = "alphabetic";
  }

  #trace(context, map, corners, close = true) {
    context.beginPath();
    for (const [a, b] of corners) context.lineTo(map.x(a), map.y(b));
    if (close) context.closePath();
  }

  #lasso(context, map) {
    const path = this.atlas.drawing ?? this.atlas.state.get("lasso");
    if (!path) return;
    const corners = path.flatMap((a, k) => (k % 2 ? [] : [[a, path[k + 1]]]));
    this.#trace(context, map, corners);
    context.fillStyle = "rgba(111, 179, 255, 0.10)";
    context.fill();
    this.#stroke(context, "#8cc2ff", 1.25);
  }

  #posterior(context, map, { zMean, zLogVar, own, label }) {
    const colour = own ? "#ffffff" : classColour(label ?? 255);
    for (const radius of [2, 1]) {
      this.#trace(context, map, ellipse(this.atlas.plane, zMean, zLogVar, radius));
      context.fillStyle = `rgba(255, 255, 255, ${own ? 0.1 : 0.06})`;
      context.fill();
      this.#stroke(context, colour, radius === 1 ? 1.5 : 0.75);
    }
    const { a, b } = this.atlas.plane.project(zMean);
    const [x, y, r] = [map.x(a), map.y(b), own ? 7 : 4];
    context.beginPath();
    context.moveTo(x, y - r);
    for (const [dx, dy] of [
      [r, 0],
      [0, r],
      [-r, 0],
    ])
      context.lineTo(x + dx, y + dy);
    context.closePath();
    context.fillStyle = own ? "#6fb3ff" : colour;
    context.fill();
    this.#stroke(context, "#fff", 1);
  }

  #route(context, map) {
    const route = this.atlas.route;
    if (!route) return;
    const corners = route.map((z) => this.atlas.plane.project(z)).map(({ a, b }) => [a, b]);
    this.#trace(context, map, corners, false);
    this.#stroke(context, "#fff", 1.25);
  }

  #pin(context, map, pin) {
    const z = this.atlas.state.get(pin);
    if (z.length !== this.atlas.model.latentDim) return;
    const { a, b } = this.atlas.plane.project(z);
    const [x, y] = [map.x(a), map.y(b)];
    context.beginPath();
    context.arc(x, y - 15, 10, Math.PI * 0.8, Math.PI * 2.2);
    context.lineTo(x, y);
    context.closePath();
    context.fillStyle = "#f7f8fa";
    context.fill();
    this.#stroke(context, "#f7f8fa", 0.5);
    context.fillStyle = "#14171c";
    context.font = "700 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(pin.toUpperCase(), x, y - 11);
  }

  #point(context, map) {
    const { a, b } = this.atlas.plane.project(this.atlas.state.get("z"));
    const [x, y] = [map.x(a), map.y(b)];
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    this.#stroke(context, "#fff", 2);
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 13 * dx, y + 13 * dy);
    }
    this.#stroke(context, "#fff", 1.5);
    if (this.atlas.shown) this.#loupe(context, map, x, y);
  }

  #loupe(context, map, x, y) {
    const { image } = this.atlas.shown;
    Object.assign(this.#picture, { width: image.width, height: image.height });
    this.#picture.getContext("2d").putImageData(image, 0, 0);
    const width = Math.max(LOUPE.least, Math.min(LOUPE.most, map.width * LOUPE.share));
    const height = (width * image.height) / image.width;
    const left = x + 18 + width > map.width - BUTTONS ? x - 18 - width : x + 18;
    const top = y - 18 - height < BUTTONS ? y + 18 : y - 18 - height;
    context.fillStyle = "rgba(0, 0, 0, 0.5)"; // a blurred shadow would cost more than all the rest
    context.fillRect(left - 3, top - 3, width + 6, height + 6);
    context.fillStyle = "#fff";
    context.fillRect(left - 2, top - 2, width + 4, height + 4);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#picture, left, top, width, height);
  }
}
