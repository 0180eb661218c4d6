/** A second model beside the first: the same place on both maps, the same item, the same metrics. */
/** @import {Item, Manifest} from "../data/api_types.d.ts" */
/** @import {Surface} from "../data/chart.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, Model } from "../data/api_client.js";
import { surfaceOf } from "../data/chart.js";
import { firstPlane } from "../data/plane.js";
import { State } from "../data/state.js";
import { handleGestures } from "../map/gestures.js";
import { liveDecode } from "../map/live_decode.js";
import { MapView } from "../map/map_view.js";
import { overlayLayer } from "../map/overlay_layer.js";
import { TileLayer } from "../map/tile_layer.js";
import { table, UNITS } from "../ui/charts.js";
import { byId, choice, field, h, section, small } from "../ui/dom.js";
import { figure } from "../ui/number_format.js";

const HOW =
  "The second map shows the same place of the other model's plane; both move together, and the point is decoded by both.";
const ALONE =
  "Only one model is served here. Export another, or another version, and it can be compared.";
const SAME =
  "Both were measured on the same data: an item picked on one map is marked on the other.";

/** The plane of the same name, or else the one a person would see first.
 * @param {string} id @param {Model} model */
function planeFor(id, model) {
  const same = id.startsWith("v-") ? null : surfaceOf(id, model);
  return same ?? /** @type {Surface} */ (surfaceOf(firstPlane(model.manifest), model));
}

/** @param {Manifest} p @param {Manifest} q */
const sameData = (p, q) => p.dataset.sha256 === q.dataset.sha256;

/** Make what the second map shows: the point at the same (a, b), nothing of the items but the one
 * that is picked. It follows the first map's state until `signal` aborts.
 * @param {Explorer} explorer @param {Model} model @param {AbortSignal} signal */
async function secondState({ state: first, model: firstModel }, model, signal) {
  const { manifest } = model;
  const shown = planeFor(first.get("shownPlane").id, model);
  await Promise.all([first.get("shownPlane").load(), shown.load()]);
  const place = (/** @type {Surface} */ shownPlane) => {
    const { a, b } = first.get("shownPlane").project(first.get("z"));
    return { shownPlane, z: shownPlane.at(a, b) };
  };
  const layers = () => first.get("layers").filter((layer) => layer === "prior");
  const bare = { a: undefined, b: undefined, c: undefined, lasso: undefined, items: null };
  const empty = { posterior: null, decoded: null, ownImage: null, route: null, lassoDrawn: null };
  const state = new State({
    ...first.values,
    ...bare,
    ...empty,
    ...place(shown),
    layers: layers(),
  });
  const follow = async () => {
    const shownPlane = planeFor(first.get("shownPlane").id, model);
    await Promise.all([first.get("shownPlane").load(), shownPlane.load()]);
    if (!signal.aborted) state.set(place(shownPlane));
  };
  first.listen(["z", "shownPlane"], follow, signal);
  first.listen(["layers"], () => state.set({ layers: layers() }), signal);
  const mark = async () => {
    const id = first.get("item");
    state.set({ posterior: null });
    if (!id || !sameData(firstModel.manifest, manifest)) return;
    /** @type {Item | null} */
    const item = await getJSON(model.path(`items/${id}`, { format: "json" })).catch(() => null);
    if (!item || first.get("item") !== id) return;
    const { z_mean: zMean, z_log_var: zLogVar, label } = item;
    state.set({ posterior: { zMean, zLogVar, label: label ?? 255 } });
  };
  first.watch(["item"], mark, signal);
  return state;
}

/** Open the second map. Everything of it ends when `signal` aborts.
 * @param {Explorer} explorer @param {Model} model @param {AbortSignal} signal */
async function openSecondMap(explorer, model, signal) {
  const state = await secondState(explorer, model, signal);
  if (signal.aborted) return;
  const { name } = model.manifest;
  const label = `Decoded latent plane of ${name}`;
  const plate = h("span", { class: "plate" }, name);
  const host = h("div", { class: "map second", role: "img", "aria-label": label }, plate);
  explorer.map.host.after(host);
  byId("stage").classList.add("split");
  const map = new MapView(host, explorer.map.limits);
  const tiles = new TileLayer(model, state.get("shownPlane"));
  host.style.setProperty("--ground", model.ground);
  map.add("base", tiles);
  map.add("overlay", overlayLayer(state, model));
  tiles.addEventListener("arrive", () => map.invalidate("base"));
  state.listen(["z", "posterior", "decoded"], () => map.invalidate("overlay"));
  state.listen(["shownPlane", "layers"], () => {
    tiles.use(state.get("shownPlane"));
    map.invalidate();
  });
  const follow = () => map.look(explorer.map.view, { quiet: true });
  explorer.map.addEventListener("look", follow, { signal });
  map.addEventListener("look", () => explorer.map.look(map.view));
  handleGestures(explorer, map);
  follow();
  liveDecode(state, model, { signal });
  signal.addEventListener("abort", () => {
    host.remove();
    byId("stage").classList.remove("split");
  });
}

/** @param {Manifest} p @param {Manifest} q */
function differences(p, q) {
  const row = (/** @type {string} */ name, /** @type {[number, number]} */ [x, y], digits = 3) => [
    name,
    figure(x, digits),
    figure(y, digits),
    figure(y - x, digits),
  ];
  const names = Object.keys(p.metrics).filter((name) => name in q.metrics);
  const rows = [
    ...names.map((name) => row(name.replaceAll("_", " "), [p.metrics[name], q.metrics[name]])),
    row("latent_dim", [p.latent_dim, q.latent_dim], 0),
    row("active units", [p.active_units, q.active_units], 0),
    row("beta", [p.beta, q.beta]),
  ];
  const data = sameData(p, q) ? SAME : "They were measured on different data: compare with care.";
  return section(
    "On their test sets",
    table("Metrics of both models", ["Metric", p.name, q.name, "Change"], rows),
    small(UNITS, data),
  );
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { listing, model, state } = explorer;
  const choices = listing.models
    .filter(({ state: ready }) => ready === "ready")
    .flatMap(({ name, versions }) => versions.map((version) => `${name}@${version}`))
    .filter((reference) => reference !== model.reference);
  const take = (/** @type {string} */ reference) =>
    state.set({ compare: reference || undefined }, { push: true });
  const select = choice([["", "none"], ...choices], take);
  const out = h("div", { class: "panel-part" });
  let closing = new AbortController();
  signal.addEventListener("abort", () => closing.abort());

  const open = async () => {
    closing.abort();
    closing = new AbortController();
    const mine = closing.signal;
    out.replaceChildren();
    const reference = state.get("compare") ?? "";
    select.value = choices.includes(reference) ? reference : "";
    if (!select.value) return;
    const second = new Model(await getJSON(`v1/models/${reference}`));
    second.choose(state.get("label"));
    if (mine.aborted || signal.aborted) return;
    await openSecondMap(explorer, second, mine);
    if (mine.aborted) return;
    out.replaceChildren(differences(model.manifest, second.manifest));
  };
  host.append(
    h("h2", {}, "Compare two models"),
    small(choices.length ? HOW : ALONE),
    field("Second model", select),
    out,
  );
  state.watch(["compare"], open, signal);
}
