/** The classes on the map: colour, name, count; a press hides one; a double press, or one with Shift, shows it alone. */

import { classColour, rampColour } from "../map/colours.js";
import { count, figure, h } from "./dom.js";

function swatch(colour) {
  const dot = h("span", { class: "swatch" });
  dot.style.setProperty("--swatch", colour);
  return dot;
}

function chip(atlas, [label, items]) {
  const { state, model } = atlas;
  const key = String(label);
  const toggle = () => {
    const hidden = state.get("hidden");
    state.set({
      hidden: hidden.includes(key) ? hidden.filter((k) => k !== key) : [...hidden, key],
    });
  };
  const alone = () => {
    const others = atlas.points.classes.map(([other]) => String(other)).filter((k) => k !== key);
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

function ramp(atlas) {
  const { low, high } = atlas.shadeRange;
  const canvas = h("canvas", { width: 64, height: 1, class: "ramp", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  for (let k = 0; k < 64; k += 1) {
    context.fillStyle = `rgb(${rampColour(k / 63).join(" ")})`;
    context.fillRect(k, 0, 1, 1);
  }
  return [figure(low, 1), canvas, figure(high, 1)];
}

export function buildLegend(atlas) {
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Classes shown" });
  const scale = h("div", { class: "scale" });
  const all = h(
    "button",
    { type: "button", class: "chip", on: { click: () => atlas.state.set({ hidden: [] }) } },
    "all",
  );
  const bar = h("div", { class: "legend", hidden: true }, chips, scale);
  document.getElementById("stage").append(bar);

  const show = () => {
    const { points, state } = atlas;
    bar.hidden = !state.get("layers").includes("items");
    const focused = [...chips.children].indexOf(document.activeElement);
    chips.replaceChildren(...points.classes.map((entry) => chip(atlas, entry)), all);
    all.hidden = !state.get("hidden").length;
    chips.children[focused]?.focus();
    scale.hidden = state.get("colour") === "label" || atlas.shadeRange.low === undefined;
    if (!scale.hidden) scale.replaceChildren(...ramp(atlas));
  };
  atlas.bus.addEventListener("items", show);
}
