/** What the layer menu holds: which layers are drawn, and how items are coloured. */
/** @import {Model} from "../data/api_client.js" */
/** @import {PageState} from "../data/state.js" */
/** @import {Explorer} from "../map/actions.js" */

import { NAMES } from "../data/column_names.js";
import { field, h, small, stateChoice } from "./dom.js";

const LAYERS = [
  ["digits", "Decoded images"],
  ["coast", "Sea and coast of a chart"],
  ["items", "Encoded items"],
  ["names", "Class names, or typical items"],
  ["picture", "Picture at the point"],
  ["prior", "Prior: rings at 1, 2 and 3 σ"],
  ["axes", "Axes"],
  ["field", "Density of items"],
];

const SIGMA = "σ is a standard deviation of the prior, from which samples are drawn.";

/** The columns that have colours. @param {Model} model */
function colours({ columns }) {
  const others = columns.filter(({ name, kind }) => kind !== "text" && !(name in NAMES));
  const known = new Set(["norm", "label", ...columns.map(({ name }) => name)]);
  const named = Object.entries(NAMES).filter(([name]) => known.has(name));
  return [...named, ...others.map(({ name }) => [name, name])];
}

/** @param {PageState} state @param {string} key @param {string} text */
function layerBox(state, key, text) {
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => {
    const on = state.get("layers").filter((layer) => layer !== key);
    state.set({ layers: box.checked ? [...on, key] : on }, { push: true });
  });
  state.watch(["layers"], () => {
    box.checked = state.get("layers").includes(key);
  });
  return h("label", { class: "check" }, box, text);
}

/** @param {Explorer} explorer */
export function layerControls({ state, model }) {
  const boxes = LAYERS.map(([key, text]) => layerBox(state, key, text));
  return [
    ...boxes,
    small(SIGMA),
    field("Colour items by", stateChoice(state, "colour", colours(model))),
  ];
}
