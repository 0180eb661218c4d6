/** Directions from one set of items to another: found, told how well they do, and moved along. */
/** @import {FoundDirection} from "../data/api_types.d.ts" */
/** @import {Direction} from "../data/directions.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, showImage } from "../data/api_client.js";
import { readDirections, writeDirections } from "../data/directions.js";
import { debounce } from "../data/latest.js";
import { dot } from "../data/plane.js";
import { decimals } from "../data/state.js";
import { moveTo } from "../map/actions.js";
import { decodedPicture } from "../ui/decoded_picture.js";
import { button, h, section, small } from "../ui/dom.js";
import { itemSet } from "../ui/item_set.js";
import { figure } from "../ui/number_format.js";
import { snippetButtons } from "../ui/request_snippets.js";

const HOW =
  "Choose two sets of items. A direction leads from the first to the second: " +
  "along it, what tells them apart changes.";
const START = "A slider moves the point from where it is. Pick an item on the map to start at it.";
const STEPS = 9; // pictures in the strip; the third and the seventh stand where the sets are
const REST = 400; // milliseconds of rest before the strip is drawn

/** Say how well a direction tells its sets apart; never more than was measured. @param {number | null} auc */
function inWords(auc) {
  if (auc === null) return "How well it does is not known: a set has one item only.";
  const pairs = Math.floor(100 * auc + 1e-6);
  return (
    `Tells the two sets apart in ${pairs} of 100 pairs, on images it was not fitted to` +
    `${auc < 0.6 ? ": hardly better than chance" : ""} (AUC ${figure(auc, 3)}).`
  );
}

/** The vector at `t` along a direction that is as z in all others.
 * @param {Float32Array} z @param {Direction} direction @param {number} t */
const shifted = (z, { direction }, t) =>
  Float32Array.from(z, (value, i) => value + (t - dot(z, direction)) * direction[i]);

/** @param {Explorer} explorer @param {Direction} direction */
function stripPath({ state, model }, direction) {
  const { id, low, high } = direction;
  const middle = shifted(state.get("z"), direction, (low + high) / 2);
  const origin = decimals(middle.map((value) => Number(value.toFixed(3))));
  return model.path("traverse", {
    direction: id,
    origin,
    steps: STEPS,
    extent: figures(high - low),
  });
}

/** A number that an address holds well. @param {number} value */
const figures = (value) => Number(value.toPrecision(4));

/** @param {Explorer} explorer @param {Direction} direction @param {AbortSignal} signal */
function slider(explorer, direction, signal) {
  const { state } = explorer;
  const { low, high, from, to } = direction;
  const go = (/** @type {number} */ t) => moveTo(explorer, shifted(state.get("z"), direction, t));
  const half = (high - low) / 2;
  const range = h("input", {
    type: "range",
    min: low - half,
    max: high + half,
    step: half / 100,
    "aria-label": `From ${from} to ${to}`,
  });
  range.addEventListener("input", () => go(range.valueAsNumber));
  const show = () => {
    const t = dot(state.get("z"), direction.direction);
    range.value = String(t);
    range.setAttribute("aria-valuetext", figure(t));
  };
  state.watch(["z"], show, signal);
  const end = (/** @type {string} */ name, /** @type {number} */ t) =>
    button(name, () => go(t), { title: `Move to the mean of ${name}, ${figure(t)} along it` });
  return h("div", {}, range, h("div", { class: "ends" }, end(from, low), end(to, high)));
}

/** @param {Explorer} explorer @param {Direction} direction @param {() => void} drop
 * @param {AbortSignal} signal */
function directionCard(explorer, direction, drop, signal) {
  const { from, to, auc } = direction;
  const alt = `Images along the direction, from before ${from} to beyond ${to}`;
  const strip = h("img", { class: "wide-image pixels", alt });
  const draw = () => showImage(strip, stripPath(explorer, direction));
  const redraw = debounce(() => signal.aborted || draw(), REST);
  explorer.state.listen(["z"], redraw, signal);
  draw();
  const request = () => ({
    path: stripPath(explorer, direction),
    accept: "image/png",
    save: "direction.png",
  });
  const copy = snippetButtons(explorer, request);
  copy.append(button("Drop", drop, { "aria-label": `Drop the direction from ${from} to ${to}` }));
  return section(
    `${from} → ${to}`,
    h("p", {}, inWords(auc)),
    slider(explorer, direction, signal),
    strip,
    copy,
  );
}

/** What finds directions: two sets, and whether to keep to right angles with what is there.
 * @param {Explorer} explorer @param {() => Direction[]} known
 * @param {{done: () => void, signal: AbortSignal}} options */
function finder(explorer, known, { done, signal }) {
  const { state, model, say } = explorer;
  const apart = h("input", { type: "checkbox" });
  const leave = h("label", { class: "check" }, apart, "At right angles to those below");
  const request = () => {
    const { start, to } = state.get("sets");
    const others = apart.checked ? known().map(({ id }) => id) : [];
    const json = { from: start?.body, to: to?.body, orthogonal_to: others };
    return { path: model.path("direction"), json, save: "direction.json" };
  };
  const find = async () => {
    const { start, to } = state.get("sets");
    if (!(start && to)) return;
    const { path, json } = request();
    const headers = { "content-type": "application/json" };
    try {
      /** @type {FoundDirection} */
      const found = await getJSON(path, { method: "POST", headers, body: JSON.stringify(json) });
      const others = known().filter(({ id }) => id !== found.id);
      const all = [{ ...found, from: start.name, to: to.name }, ...others];
      state.set({ directions: writeDirections(all) }, { push: true });
      done();
    } catch (error) {
      say(/** @type {Error} */ (error).message, "bad");
    }
  };
  const copy = snippetButtons(explorer, request);
  const show = () => {
    const { start, to } = state.get("sets");
    copy.hidden = !(start && to);
    leave.hidden = copy.hidden || !known().length;
  };
  state.watch(["directions", "sets"], show, signal);
  copy.prepend(button("Find the direction", find, { class: "primary" }));
  return h("div", { class: "panel-part" }, leave, copy);
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const known = () => readDirections(state.get("directions") ?? "", model.latentDim);
  const picture = h("div", { class: "hero" }, decodedPicture(explorer, signal), small(START));
  const list = h("div", { class: "panel-part" });
  let closing = new AbortController();
  const show = () => {
    closing.abort();
    closing = new AbortController();
    const all = known();
    picture.hidden = !all.length;
    const cards = all.map((one) => {
      const rest = all.filter(({ id }) => id !== one.id);
      const drop = () =>
        state.set({ directions: writeDirections(rest) || undefined }, { push: true });
      return directionCard(explorer, one, drop, closing.signal);
    });
    list.replaceChildren(...cards);
  };
  const reveal = () => {
    list.querySelector("section")?.scrollIntoView({ block: "nearest" });
    list.querySelector("input")?.focus({ preventScroll: true });
  };
  signal.addEventListener("abort", () => closing.abort());
  host.append(
    h("h2", {}, "Directions"),
    small(HOW),
    itemSet(explorer, "start", signal),
    itemSet(explorer, "to", signal),
    finder(explorer, known, { done: reveal, signal }),
    picture,
    list,
  );
  state.watch(["directions"], show, signal);
}
