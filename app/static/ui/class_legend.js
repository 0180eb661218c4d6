/** The classes on the map: a press hides one; a double press, or one with Shift, shows it alone. */
/** @import {Points, Scale} from "../data/encoded_items.js" */
/** @import {ShownItems} from "../data/state.js" */
/** @import {Explorer} from "../map/actions.js" */

import { NONE } from "../data/api_client.js";
import { titleOf } from "../data/column_names.js";
import { classColour, rampColour } from "../map/colours.js";
import { context2d } from "../map/map_view.js";
import { button, byId, h } from "./dom.js";
import { count, day, items, short } from "./number_format.js";

const MOST_CHIPS = 60; // classes
const ONE_LOOK = 20; // classes: of more, one is found by its name
const MOST_SWATCHES = 12; // categories

/** @param {string} colour */
function swatch(colour) {
  const dot = h("span", { class: "swatch" });
  dot.style.setProperty("--swatch", colour);
  return dot;
}

/** @param {Explorer} explorer @param {ShownItems} shown
 * @param {[label: number, n: number]} entry */
function chip({ state, model }, { points, scale }, [label, n]) {
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
  const name = `${model.className(label)}, ${items(n)}`;
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
    ...(scale.kind === "class" ? [swatch(classColour(label))] : []),
    h("span", { class: "name" }, model.className(label)),
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
  const title = h("span", { class: "entry" }, titleOf(column));
  return [title, ...shown, more > 0 ? `and ${count(more)} more` : ""];
}

/** A ramp between two values; what lies beyond has the colour of its end. @param {Scale} scale */
function ramp({ column, kind, low, high, least, most }) {
  const canvas = h("canvas", { width: 64, height: 1, class: "ramp", "aria-hidden": "true" });
  const context = context2d(canvas);
  for (let k = 0; k < 64; k += 1) {
    context.fillStyle = `rgb(${rampColour(k / 63).join(" ")})`;
    context.fillRect(k, 0, 1, 1);
  }
  const write = kind === "date" ? day : short;
  const title = h("span", { class: "entry" }, titleOf(column));
  const [from, to] = [least < low ? "≤ " : "", most > high ? "≥ " : ""];
  const range = from || to ? ` (${write(least)} to ${write(most)})` : "";
  return [title, `${from}${write(low)}`, canvas, `${to}${write(high)}${range}`];
}

/** @param {Explorer} explorer */
export function buildLegend(explorer) {
  const { state, model } = explorer;
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Classes shown" });
  const key = h("div", { class: "scale" });
  const every = button("all", () => state.set({ hidden: [] }, { push: true }), { class: "chip" });
  const find = h("input", { type: "search", class: "find", placeholder: "Find a class" });
  find.setAttribute("aria-label", "Find a class");
  find.addEventListener("input", () => show());
  const bar = h("div", { class: "legend", hidden: true }, chips, find, key);
  byId("foot").append(bar);

  const show = () => {
    const shownItems = state.get("items");
    if (!shownItems) return;
    const { points, scale } = shownItems;
    bar.hidden = !state.get("layers").includes("items");
    const focused = Array.from(chips.children).indexOf(
      /** @type {Element} */ (document.activeElement),
    );
    const all = points.classes;
    find.hidden = all.length <= ONE_LOOK;
    bar.dataset.line = find.hidden ? "" : "one";
    const text = find.value.trim().toLowerCase();
    const found = all.filter(([one]) => model.className(one).toLowerCase().includes(text));
    const more = found.length - MOST_CHIPS;
    const rest = more > 0 ? [h("span", { class: "chip" }, `and ${count(more)} more`)] : [];
    const made = found.slice(0, MOST_CHIPS).map((entry) => chip(explorer, shownItems, entry));
    chips.hidden = all.length === 1 && all[0][0] === NONE; // no item has a class
    chips.replaceChildren(...made, ...rest, every);
    every.hidden = !state.get("hidden").length;
    if (focused >= 0) /** @type {HTMLElement | undefined} */ (chips.children[focused])?.focus();
    key.hidden = scale.kind === "class";
    if (scale.kind === "category") key.replaceChildren(...categories(points, scale));
    else if (!key.hidden) key.replaceChildren(...ramp(scale));
  };
  state.watch(["items"], show);
}
