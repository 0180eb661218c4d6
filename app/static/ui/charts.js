/** Small charts in SVG, each with a name; the numbers stand beside them in words or a table. */
/** @import {Column} from "../data/encoded_items.js" */

import { h, s } from "./dom.js";
import { figure } from "./number_format.js";

const WIDTH = 320;

export const UNITS =
  "Losses in nats per image, psnr in dB; mse and what begins with source are means over pixels. ";

/** @param {string} name @param {number} height @param {SVGElement[]} children */
function chart(name, height, ...children) {
  const properties = { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": name };
  return s("svg", { class: "chart bars", ...properties }, ...children);
}

/** Horizontal bars, each with its name before it and a text behind it.
 * @param {string} name @param {{name: string, value: number, text: string, dead: boolean}[]} rows */
export function bars(name, rows) {
  const most = Math.max(...rows.map((row) => row.value), 1e-9);
  const pitch = 17;
  const parts = rows.flatMap(({ name: label, value, text, dead }, k) => [
    s("text", { x: 0, y: k * pitch + 12 }, label),
    s("rect", {
      x: 34,
      y: k * pitch + 3,
      height: 11,
      rx: 1.5,
      class: dead ? "dead" : "live",
      width: Math.max(1, (value / most) * (WIDTH - 130)),
    }),
    s("text", { x: WIDTH, y: k * pitch + 12, "text-anchor": "end" }, text),
  ]);
  return chart(name, rows.length * pitch + 4, ...parts);
}

/** Count values into bins.
 * @param {Column} values @param {number} low @param {number} high @param {number} bins */
function histogram(values, low, high, bins) {
  const counts = new Uint32Array(bins);
  for (const value of values) {
    const k = Math.floor(((value - low) / (high - low)) * bins);
    if (k >= 0 && k < bins) counts[k] += 1;
  }
  return counts;
}

/** A histogram, with a curve `density(x)` of unit area over it when given.
 * @param {string} name @param {Column} values
 * @param {{low: number, high: number, density?: (x: number) => number}} scale */
export function distribution(name, values, { low, high: end, density }) {
  const high = end > low ? end : low + 1; // of values that are all the same
  const [height, base, bins] = [118, 98, 48];
  const counts = histogram(values, low, high, bins);
  const width = (high - low) / bins;
  const heights = Array.from(counts, (count) => count / (values.length * width));
  const curve = density
    ? Array.from({ length: 121 }, (_, k) => density(low + (k / 120) * (high - low)))
    : [];
  const most = Math.max(...heights, ...curve, 1e-9);
  const y = (/** @type {number} */ value) => base - (value / most) * (base - 6);
  /** @type {SVGElement[]} */
  const parts = heights.map((value, k) =>
    s("rect", {
      x: (k * WIDTH) / bins,
      y: y(value),
      width: WIDTH / bins - 1,
      height: Math.max(0, base - y(value)),
    }),
  );
  if (curve.length) {
    const points = curve.map(
      (value, k) => `${((k / 120) * WIDTH).toFixed(1)},${y(value).toFixed(1)}`,
    );
    parts.push(s("polyline", { class: "curve", points: points.join(" ") }));
  }
  const digits = high - low > 20 ? 0 : 1;
  const anchors = ["start", "middle", "middle", "middle", "end"];
  const ticks = anchors.map((anchor, k) => {
    const [share, text] = [k / 4, figure(low + (k / 4) * (high - low), digits)];
    return s("text", { x: share * WIDTH, y: height - 4, "text-anchor": anchor }, text);
  });
  const axis = s("line", { class: "axis", x1: 0, x2: WIDTH, y1: base + 0.5, y2: base + 0.5 });
  return chart(name, height, ...parts, axis, ...ticks);
}

/** A table of numbers with column heads; the first cell of a row is its head.
 * @param {string} caption @param {string[]} heads @param {(string | number)[][]} rows */
export function table(caption, heads, rows) {
  const head = h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...rest]) =>
    h("tr", {}, h("th", { scope: "row" }, first), ...rest.map((cell) => h("td", {}, cell))),
  );
  const title = h("caption", { class: "hidden" }, caption);
  return h("table", {}, title, h("thead", {}, head), h("tbody", {}, ...body));
}
