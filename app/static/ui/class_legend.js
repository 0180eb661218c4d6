/** The classes on the map: a press hides one; a double press, or one with Shift, shows it alone. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { classColour, rampColour } from "../map/colours.js";
import { context2d } from "../map/map_view.js";
import { button, byId, h } from "./dom.js";
import { count, figure } from "./number_format.js";

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
    state.set({
      hidden: hidden.includes(key) ? hidden.filter((k) => k !== key) : [...hidden, key],
    });
  };
  const alone = () => {
    const others = points.classes.map(([other]) => String(other)).filter((k) => k !== key);
    state.set({ hidden: others });
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

/** @param {number} low @param {number} high */
function ramp(low, high) {
  const canvas = h("canvas", { width: 64, height: 1, class: "ramp", "aria-hidden": "true" });
  const context = context2d(canvas);
  for (let k = 0; k < 64; k += 1) {
    context.fillStyle = `rgb(${rampColour(k / 63).join(" ")})`;
    context.fillRect(k, 0, 1, 1);
  }
  return [figure(low, 1), canvas, figure(high, 1)];
}

/** @param {Explorer} explorer */
export function buildLegend(explorer) {
  const { state } = explorer;
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Classes shown" });
  const scale = h("div", { class: "scale" });
  const all = button("all", () => state.set({ hidden: [] }), { class: "chip" });
  const bar = h("div", { class: "legend", hidden: true }, chips, scale);
  byId("stage").append(bar);

  const show = () => {
    const { points, low, high } = state.get("items") ?? {};
    if (!points) return;
    bar.hidden = !state.get("layers").includes("items");
    const focused = Array.from(chips.children).indexOf(
      /** @type {Element} */ (document.activeElement),
    );
    chips.replaceChildren(...points.classes.map((entry) => chip(explorer, points, entry)), all);
    all.hidden = !state.get("hidden").length;
    if (focused >= 0) /** @type {HTMLElement | undefined} */ (chips.children[focused])?.focus();
    const ramped = low !== undefined && high !== undefined;
    scale.hidden = !ramped;
    if (ramped) scale.replaceChildren(...ramp(low, high));
  };
  state.watch(["items"], show);
}
