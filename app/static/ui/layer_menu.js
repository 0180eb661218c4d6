/** What the layer menu holds: which layers are drawn, and how items are coloured. */
/** @import {PageState} from "../data/state.js" */

import { field, h, stateChoice } from "./dom.js";

const LAYERS = [
  ["digits", "Decoded images"],
  ["coast", "Sea and coast of a chart"],
  ["items", "Encoded items"],
  ["names", "Class names, or typical items"],
  ["prior", "Prior, σ rings"],
  ["field", "Density of items"],
];
const COLOURS = [
  ["label", "Class"],
  ["reconstruction", "Reconstruction error"],
  ["kl", "KL"],
  ["norm", "Norm of z"],
];

/** @param {PageState} state @param {string} key @param {string} text */
function layerBox(state, key, text) {
  const box = h("input", { type: "checkbox" });
  box.addEventListener("change", () => {
    const on = state.get("layers").filter((layer) => layer !== key);
    state.set({ layers: box.checked ? [...on, key] : on });
  });
  state.watch(["layers"], () => {
    box.checked = state.get("layers").includes(key);
  });
  return h("label", { class: "check" }, box, text);
}

/** @param {PageState} state */
export function layerControls(state) {
  const boxes = LAYERS.map(([key, text]) => layerBox(state, key, text));
  return [...boxes, field("Colour items by", stateChoice(state, "colour", COLOURS))];
}
