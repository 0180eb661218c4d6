/** Axes along the left and the upper border of the map, where no text is: the plane's coordinates. */

import { Drawing } from "./drawing.js";

const APART = 70; // CSS pixels between two marks, at least
const TICK = 6; // CSS pixels

/** The least of 1, 2, 5, 10, … that is not smaller. @param {number} value */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

export class Axes extends Drawing {
  all() {
    const { map, context } = this;
    const { left, right, bottom, top } = map.bounds;
    const step = roundUp(APART / map.view.scale);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (let k = Math.ceil(left / step); k * step < right; k += 1) {
      this.#line(map.x(k * step), 0, 0, TICK);
      this.#text((k * step).toFixed(digits), map.x(k * step), TICK + 12);
    }
    context.textAlign = "left";
    for (let k = Math.ceil(bottom / step); k * step < top; k += 1) {
      this.#line(0, map.y(k * step), TICK, 0);
      this.#text((k * step).toFixed(digits), TICK + 4, map.y(k * step) + 4);
    }
    const [across, up] = this.plane.axes;
    const between = (/** @type {number} */ value) => (Math.floor(value / step) + 0.5) * step;
    this.#text(`${across} →`, map.x(between(map.view.a)), TICK + 12);
    this.#text(`${up} ↑`, TICK + 4, map.y(between(map.view.b)) + 4);
    map.host.dataset.step = String(step);
  }

  /** @param {number} x @param {number} y @param {number} dx @param {number} dy */
  #line(x, y, dx, dy) {
    this.context.beginPath();
    this.context.moveTo(x, y);
    this.context.lineTo(x + dx, y + dy);
    this.stroke("#fff", 1);
  }

  /** @param {string} text @param {number} x @param {number} y */
  #text(text, x, y) {
    const { a, b } = this.map.at(x, y);
    this.label(text.replace("-", "−"), { a, b }, 0);
  }
}
