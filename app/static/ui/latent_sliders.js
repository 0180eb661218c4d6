/** A slider per dimension, the one with the most KL first; dead dimensions are said to be dead. */

import { shortest } from "../data/state.js";
import { figure, h } from "./dom.js";

const REACH = 4; // standard deviations of the prior to either side
export const ALIVE = 0.01; // variance of z_mean over the test set (Burda et al. 2015)

function slider(atlas, k, signal) {
  const { state, model } = atlas;
  const { kl_per_dimension: kl, activity } = model.manifest;
  const dead = activity[k] < ALIVE;
  const set = (event) => {
    const value = Number(event.target.value);
    if (event.target.value === "" || !Number.isFinite(value)) return;
    const z = Float32Array.from(state.get("z"));
    z[k] = value;
    atlas.moveTo(z);
  };
  const settle = () => state.write();
  const range = h("input", {
    type: "range",
    min: -REACH,
    max: REACH,
    step: 0.01,
    "aria-label": `z${k}`,
    on: { input: set, change: settle },
  });
  const number = h("input", {
    type: "number",
    step: "any",
    "aria-label": `z${k}, exact`,
    on: { change: set },
  });
  state.watch(
    ["z"],
    () => {
      const value = state.get("z")[k];
      range.value = value;
      range.setAttribute("aria-valuetext", figure(value));
      if (document.activeElement !== number) number.value = shortest(Number(value.toFixed(4)));
    },
    signal,
  );
  const note = dead ? "inactive" : `${figure(kl[k])} nats`;
  return h(
    "div",
    {
      class: dead ? "slider dead" : "slider",
      title: dead
        ? "The encoder does not use this dimension: moving it changes next to nothing."
        : "",
    },
    h("span", { class: "name" }, `z${k}`),
    range,
    number,
    h("span", { class: "small" }, note),
  );
}

export function sliders(atlas, signal) {
  const { manifest, latentDim } = atlas.model;
  const order = Array.from({ length: latentDim }, (_, k) => k).sort(
    (p, q) => manifest.kl_per_dimension[q] - manifest.kl_per_dimension[p],
  );
  return h(
    "section",
    {},
    h("h3", {}, "Dimensions, by KL"),
    h("div", { class: "sliders" }, ...order.map((k) => slider(atlas, k, signal))),
    h("p", { class: "small" }, `${manifest.active_units} of ${latentDim} dimensions are active.`),
  );
}
