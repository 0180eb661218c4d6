/** What a person can do to the map, by pointer, key or button. */
/** @import {Item, ModelListing, Neighbour} from "../data/api_types.d.ts" */
/** @import {Model} from "../data/api_client.js" */
/** @import {Place, Vector} from "../data/plane.js" */
/** @import {PageState, Values} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */
/** @import {TileLayer} from "./tile_layer.js" */

import { getJSON, NONE } from "../data/api_client.js";
import { chartOf, surfaceOf } from "../data/chart.js";
import { axesOf } from "../data/plane.js";
import { decimals, PINS } from "../data/state.js";

/** What every part of the page is given; made once, by main.js, and never added to.
 * @typedef {object} Explorer
 * @property {PageState} state
 * @property {ModelListing} listing of the models that are served
 * @property {Model} model
 * @property {MapView} map
 * @property {TileLayer} tiles
 * @property {(text?: string, kind?: string) => void} say one thing over the map, or nothing */

/** @typedef {"a" | "b" | "c"} Pin */

/** What is drawn on top of all. @type {(keyof Values)[]} */
const OVERLAID = [
  "z",
  "located",
  "posterior",
  "ownImage",
  "lasso",
  "lassoDrawn",
  "decoded",
  "late",
  "route",
  ...PINS,
];
/** What changes the layers below as well. @type {(keyof Values)[]} */
const DRAWN = ["shownPlane", "label", "layers", "items"];
const EDGE = 48; // CSS pixels that the point keeps from the map's edge

/** Show all encoded items, or where they are likely to be. @param {Explorer} explorer */
export function home({ map, state, model }) {
  const [plane, points] = [state.get("shownPlane"), state.get("items")?.points];
  const here = points?.plane === plane && plane.kind !== "chart";
  map.show(here ? points.bounds : plane.around(model.manifest));
}

/** Wait until every place of the map can be decoded. @param {Explorer} explorer */
export async function untilReady({ state, say }) {
  const plane = state.get("shownPlane");
  if (!plane.ready) await plane.load().catch((error) => say(error.message, "bad"));
  return plane;
}

/** Zoom around the point, or around the middle when it is out of view.
 * @param {Explorer} explorer @param {number} factor */
export function zoomAtPoint({ map, state }, factor) {
  const { a, b } = state.get("shownPlane").project(state.get("z"));
  const [x, y] = [map.x(a), map.y(b)];
  const inside = x >= 0 && y >= 0 && x <= map.width && y <= map.height;
  if (inside) map.zoom(factor, x, y);
  else map.zoom(factor);
}

/** Pan just as far as (a, b) is out of view.
 * @param {Explorer} explorer @param {number} a @param {number} b */
export function follow({ map }, a, b) {
  const over = (/** @type {number} */ place, /** @type {number} */ size) =>
    Math.max(EDGE - place, 0) - Math.max(place - size + EDGE, 0);
  const [dx, dy] = [over(map.x(a), map.width), over(map.y(b), map.height)];
  if (dx || dy) map.pan(dx, dy);
}

/** Set z; `push` makes it a step that Back undoes. @param {Explorer} explorer @param {Float32Array} z */
export function moveTo({ state }, z, { push = false } = {}) {
  state.set({ z, item: undefined }, { push });
}

/** Set z to the plane's (a, b), plus what lies off the plane.
 * @param {Explorer} explorer @param {number} a @param {number} b
 * @param {{off?: Float32Array | null, push?: boolean}} [options] */
export async function place(explorer, a, b, { off = null, push = false } = {}) {
  const { state } = explorer;
  const plane = state.get("shownPlane").ready
    ? state.get("shownPlane")
    : await untilReady(explorer);
  const z = plane.at(a, b);
  const moved = off
    ? plane.hold(
        z.map((value, i) => value + off[i]),
        { a, b },
      )
    : z;
  moveTo(explorer, moved, { push });
}

/** What of z lies off the plane, or null when it lies in it.
 * @param {Explorer} explorer @param {Vector} z */
export function offPlane({ state }, z) {
  const plane = state.get("shownPlane");
  const { a, b, away } = plane.project(z);
  if (!plane.ready || away < 1e-5) return null;
  const foot = plane.at(a, b);
  return Float32Array.from(z, (value, i) => value - foot[i]);
}

/** Move the point to z, and the view after it.
 * @param {Explorer} explorer @param {Vector} vector
 * @param {Partial<Values> & {at?: Place | null}} [options] `at`: where z stands on the map; what else
 * changes with it */
export async function goTo(explorer, vector, { at, ...others } = {}) {
  const { state } = explorer;
  const plane = state.get("shownPlane").ready
    ? state.get("shownPlane")
    : await untilReady(explorer);
  // The chart knows a vector's place by its identity.
  const z = vector instanceof Float32Array ? vector : Float32Array.from(vector);
  if (at) plane.hold(z, at);
  state.set({ z, item: undefined, ...others }, { push: true });
  const { a, b } = plane.project(z);
  follow(explorer, a, b);
}

/** Put the point where an item was encoded.
 * @param {Explorer} explorer @param {number} id @param {Partial<Values>} [others] that change with it */
export async function pickItem(explorer, id, others) {
  const { state, model } = explorer;
  /** @type {Item} */
  const found = await getJSON(model.path(`items/${id}`, { format: "json" }));
  const [plane, points] = [state.get("shownPlane"), state.get("items")?.points];
  const at = points?.plane === plane ? { a: points.x[id], b: points.y[id] } : null;
  const label = model.label && String(found.label ?? 0);
  await goTo(explorer, found.z_mean, { ...others, item: String(id), label, at });
}

/** Go to the item nearest to the point. @param {Explorer} explorer */
export async function toNearest(explorer) {
  const z = decimals(explorer.state.get("z"));
  /** @type {{items: Neighbour[]}} */
  const { items } = await getJSON(explorer.model.path("neighbours", { z, k: 1 }));
  if (items.length) await pickItem(explorer, items[0].id);
}

/** Pin the point.
 * @param {Explorer} explorer @param {Pin} [name] the first that is free, when not given */
export function pin({ state }, name = PINS.find((one) => !state.get(one)) ?? "c") {
  state.set({ [name]: state.get("z") }, { push: true });
}

/** Show the plane that an id names. @param {Explorer} explorer @param {string} id */
export function usePlane({ state, model, say }, id) {
  if (surfaceOf(id, model))
    state.set({ plane: id, view: undefined, lasso: undefined }, { push: true });
  else say("This model has no such plane.", "warn");
}

/** Show the next or previous pair of axes of the kind that is shown.
 * @param {Explorer} explorer @param {1 | -1} direction */
export function turnPlane(explorer, direction) {
  const shown = explorer.state.get("shownPlane");
  const kind = shown.pair ? shown.kind : "pca";
  const [i, j] = shown.pair ?? [0, 1];
  const size = axesOf(kind, explorer.model.manifest);
  const pairs = [];
  for (let p = 0; p < size; p += 1)
    for (let q = p + 1; q < size; q += 1) pairs.push(`${kind}-${p}-${q}`);
  const here = Math.max(0, pairs.indexOf(`${kind}-${Math.min(i, j)}-${Math.max(i, j)}`));
  usePlane(explorer, pairs[(here + direction + pairs.length) % pairs.length]);
}

/** Select the items inside a polygon, or none.
 * @param {Explorer} explorer @param {number[]} [polygon] */
export function select({ state }, polygon) {
  if (polygon || state.get("lasso")) state.set({ lasso: polygon }, { push: true });
}

/** Select the items in view. @param {Explorer} explorer */
export function selectView(explorer) {
  const { left, right, bottom, top } = explorer.map.bounds;
  select(explorer, [left, bottom, right, bottom, right, top, left, top]);
}

/** Show the plane that the address names, or else keep the one shown before.
 * @param {Explorer} explorer */
function showPlane(explorer) {
  const { state, model, tiles } = explorer;
  const plane = surfaceOf(state.get("plane"), model) ?? state.get("shownPlane");
  tiles.use(plane);
  state.set({ shownPlane: plane, located: plane.ready });
  if (!state.get("view")) home(explorer);
}

/** Look where the address says, when that is elsewhere. @param {Explorer} explorer */
function lookAgain({ map, state }) {
  const [a, b, scale] = state.get("view") ?? [];
  const moved = a !== map.view.a || b !== map.view.b || scale !== map.view.scale;
  if (moved && scale > 0) map.look({ a, b, scale });
}

/** Draw the posterior of the picked item. @param {Explorer} explorer */
async function showPosterior({ map, state, model }) {
  const id = state.get("item");
  map.host.dataset.item = id ?? "";
  state.set({ posterior: null });
  if (!id) return;
  /** @type {Item | null} */
  const found = await getJSON(model.path(`items/${id}`, { format: "json" })).catch(() => null);
  if (!found || state.get("item") !== id) return;
  const { z_mean: zMean, z_log_var: zLogVar, label } = found;
  state.set({ posterior: { zMean, zLogVar, label: label ?? NONE } });
}

/** Keep the map, its plane and the model's label in step with the state.
 * @param {Explorer} explorer */
export function followState(explorer) {
  const { map, state, model } = explorer;
  state.listen(["model"], () => {
    state.write(); // a reload asks for the address that there is now
    location.reload();
  });
  state.listen(["label"], () => model.choose(state.get("label")));
  state.listen(["plane"], () => showPlane(explorer));
  chartOf(model)?.addEventListener("load", () => state.set({ located: true }));
  state.listen(["view"], () => lookAgain(explorer));
  state.watch(["item"], () => showPosterior(explorer));
  state.watch(["tool"], () => {
    map.host.dataset.tool = state.get("tool");
  });
  state.listen(OVERLAID, () => map.invalidate("overlay"));
  state.listen(DRAWN, () => map.invalidate());
}
