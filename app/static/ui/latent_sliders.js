/** A slider per dimension, the one with the most KL first; dead dimensions are said to be dead. */
/** @import {Explorer} from "../map/actions.js" */

import { shortest } from "../data/state.js";
import { moveTo } from "../map/actions.js";
import { h, section, small } from "./dom.js";
import { figure } from "./number_format.js";

const REACH = 4; // standard deviations of the prior to either side
const INACTIVE = "The encoder does not use this dimension: moving it changes next to nothing.";
export const ALIVE = 0.01; // variance of z_mean over the test set (Burda et al. 2015)

/** The indices of values, the greatest first. @param {ArrayLike<number>} values */
export const descending = (values) =>
  Array.from(values, (_, k) => k).sort((p, q) => values[q] - values[p]);

/** @param {Explorer} explorer @param {number} k @param {AbortSignal} signal */
function slider(explorer, k, signal) {
  const { state, model } = explorer;
  const { kl_per_dimension: kl, activity } = model.manifest;
  const dead = activity[k] < ALIVE;
  const take = (/** @type {string} */ text) => {
    if (text === "" || !Number.isFinite(Number(text))) return;
    const z = Float32Array.from(state.get("z"));
    z[k] = Number(text);
    moveTo(explorer, z);
  };
  const reach = { type: "range", min: -REACH, max: REACH, step: 0.01, "aria-label": `z${k}` };
  const range = h("input", reach);
  range.addEventListener("input", () => take(range.value));
  const number = h("input", { type: "number", step: "any", "aria-label": `z${k}, exact` });
  let typing = false;
  number.addEventListener("input", () => {
    typing = true;
  });
  number.addEventListener("blur", () => {
    typing = false;
  });
  number.addEventListener("change", () => {
    typing = false;
    take(number.value);
  });
  const show = () => {
    const value = state.get("z")[k];
    range.value = String(value);
    range.setAttribute("aria-valuetext", figure(value));
    if (!typing) number.value = shortest(Number(value.toFixed(4)));
  };
  state.watch(["z"], show, signal);
  return h(
    "div",
    { class: dead ? "slider dead" : "slider", title: dead ? INACTIVE : "" },
    h("span", { class: "name" }, `z${k}`),
    range,
    number,
    h("span", { class: "small" }, dead ? "inactive" : `${figure(kl[k])} nats`),
  );
}

/** @param {Explorer} explorer @param {AbortSignal} signal */
export function latentSliders(explorer, signal) {
  const { manifest, latentDim } = explorer.model;
  const order = descending(manifest.kl_per_dimension);
  return section(
    "Dimensions, by KL",
    h("div", { class: "sliders" }, ...order.map((k) => slider(explorer, k, signal))),
    small(
      `${manifest.active_units} of ${latentDim} dimensions are active. KL: how much a dimension tells ` +
        "of an image, in nats (1 nat is 1.44 bits).",
    ),
  );
}
