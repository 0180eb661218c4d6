/** The classes on the map: a press hides one; a double press, or one with Shift, shows it alone. */
/** @import {Points, Scale} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { NONE } from "../data/api_client.js";
import { classColour, rampColour } from "../map/colours.js";
import { context2d } from "../map/map_view.js";
import { button, byId, h } from "./dom.js";
import { count, day, short } from "./number_format.js";

const MOST_CHIPS = 60; // classes
const MOST_SWATCHES = 12; // categories

/** @param {string} colour */
function swatch(colour) {
  const dot = h("span", { class: "swatch" });
  dot.style.setProperty("--swatch", colour);
  return dot;
}

/** @param {Explorer} explorer @param {Points} points
 * @param {[label: number, items: number]} entry */
function chip({ state, model }, points, [label, items]) {
  const key = String(label);
  const toggle = () => {
    const hidden = state.get("hidden");
    const next = hidden.includes(key) ? hidden.filter((k) => k !== key) : [...hidden, key];
    state.set({ hidden: next }, { push: true });
  };
  const alone = () => {
    const others = points.classes.map(([other]) => String(other)).filter((k) => k !== key);
    state.set({ hidden: others }, { push: true });
  };
  const name = `${model.className(label)}, ${count(items)} items`;
  return h(
    "button",
    {
      type: "button",
      class: "chip",
      title: `${name}. Double-click, or with Shift: only this class`,
      "aria-label": `Show class ${name}`,
      "aria-pressed": !state.get("hidden").includes(key),
      on: { click: (event) => (event.shiftKey ? alone() : toggle()), dblclick: alone },
    },
    swatch(classColour(label)),
    model.className(label),
  );
}

/** The categories of a column, those of most items first. @param {Points} points @param {Scale} scale */
function categories({ columns, categories: known, visible }, { column }) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const [i, code] of columns[column].entries()) {
    if (visible[i]) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const sorted = Array.from(counts).sort(([, p], [, q]) => q - p);
  const shown = sorted.slice(0, MOST_SWATCHES).map(([code, items]) => {
    const name = code === NONE ? "none" : (known[column]?.[code] ?? String(code));
    return h("span", { class: "entry" }, swatch(classColour(code)), `${name} ${count(items)}`);
  });
  const more = sorted.length - shown.length;
  return more > 0 ? [...shown, `and ${count(more)} more`] : shown;
}

/** A ramp between two values. @param {Scale} scale */
function ramp({ kind, low, high }) {
  const canvas = h("canvas", { width: 64, height: 1, class: "ramp", "aria-hidden": "true" });
  const context = context2d(canvas);
  for (let k = 0; k < 64; k += 1) {
    context.fillStyle = `rgb(${rampColour(k / 63).join(" ")})`;
    context.fillRect(k, 0, 1, 1);
  }
  const write = kind === "date" ? day : short;
  return [write(low), canvas, write(high)];
}

/** @param {Explorer} explorer */
export function buildLegend(explorer) {
  const { state } = explorer;
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Classes shown" });
  const key = h("div", { class: "scale" });
  const all = button("all", () => state.set({ hidden: [] }, { push: true }), { class: "chip" });
  const bar = h("div", { class: "legend", hidden: true }, chips, key);
  byId("foot").append(bar);

  const show = () => {
    const { points, scale } = state.get("items") ?? {};
    if (!points || !scale) return;
    bar.hidden = !state.get("layers").includes("items");
    const focused = Array.from(chips.children).indexOf(
      /** @type {Element} */ (document.activeElement),
    );
    const classes = points.classes.slice(0, MOST_CHIPS);
    const more = points.classes.length - classes.length;
    const rest = more ? [h("span", { class: "chip" }, `and ${count(more)} more`)] : [];
    const made = classes.map((entry) => chip(explorer, points, entry));
    chips.replaceChildren(...made, ...rest, all);
    all.hidden = !state.get("hidden").length;
    if (focused >= 0) /** @type {HTMLElement | undefined} */ (chips.children[focused])?.focus();
    key.hidden = scale.kind === "class";
    if (scale.kind === "category") key.replaceChildren(...categories(points, scale));
    else if (!key.hidden) key.replaceChildren(...ramp(scale));
  };
  state.watch(["items"], show);
}
