/** Small charts in SVG, each with a name; the numbers stand beside them in words or a table. */

import { figure, h, s } from "./dom.js";

const WIDTH = 320;

export const UNITS = "In nats per image; mse and the source's three are means over pixels. ";

function chart(name, height, ...children) {
  return s(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": name },
    ...children,
  );
}

/** Horizontal bars: rows `{name, value, text, dead}`. */
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
  const figureOf = chart(name, rows.length * pitch + 4, ...parts);
  figureOf.classList.add("bars");
  return figureOf;
}

/** Count values into `bins` between low and high. */
export function histogram(values, low, high, bins) {
  const counts = new Uint32Array(bins);
  for (const value of values) {
    const k = Math.floor(((value - low) / (high - low)) * bins);
    if (k >= 0 && k < bins) counts[k] += 1;
  }
  return counts;
}

/** A histogram, with a curve `density(x)` of unit area over it when given. */
export function distribution(name, values, { low, high, bins = 48, density = null, unit = "" }) {
  const [height, base] = [118, 98];
  const counts = histogram(values, low, high, bins);
  const width = (high - low) / bins;
  const heights = Array.from(counts, (count) => count / (values.length * width));
  const curve = density
    ? Array.from({ length: 121 }, (_, k) => density(low + (k / 120) * (high - low)))
    : [];
  const most = Math.max(...heights, ...curve, 1e-9);
  const y = (value) => base - (value / most) * (base - 6);
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
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share, k) =>
    s(
      "text",
      {
        x: share * WIDTH,
        y: height - 4,
        "text-anchor": anchors[k],
      },
      figure(low + share * (high - low), digits) + (share === 1 ? unit : ""),
    ),
  );
  const drawn = chart(
    name,
    height,
    ...parts,
    s("line", { class: "axis", x1: 0, x2: WIDTH, y1: base + 0.5, y2: base + 0.5 }),
    ...ticks,
  );
  drawn.classList.add("bars");
  return drawn;
}

/** A table of numbers with column heads; the first cell of a row is its head. */
export function table(caption, heads, rows) {
  return h(
    "table",
    {},
    h("caption", { class: "hidden" }, caption),
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h(
      "tbody",
      {},
      ...rows.map(([first, ...rest]) =>
        h("tr", {}, h("th", { scope: "row" }, first), ...rest.map((cell) => h("td", {}, cell))),
      ),
    ),
  );
}
