/** A second model beside the first: the same place, item or image on both maps, the same metrics. */
/** @import {Item, Manifest, ModelListing} from "../data/api_types.d.ts" */
/** @import {Surface} from "../data/chart.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, Model, NONE, send } from "../data/api_client.js";
import { surfaceOf } from "../data/chart.js";
import { loadPoints } from "../data/encoded_items.js";
import { Latest } from "../data/latest.js";
import { firstPlane } from "../data/plane.js";
import { State } from "../data/state.js";
import { follow } from "../map/actions.js";
import { palette, scaleOf, shades } from "../map/colours.js";
import { handleGestures } from "../map/gestures.js";
import { liveDecode } from "../map/live_decode.js";
import { context2d, MapView } from "../map/map_view.js";
import { overlayLayer } from "../map/overlay_layer.js";
import { CanvasScatter } from "../map/scatter_canvas.js";
import { TileLayer } from "../map/tile_layer.js";
import { VeilLayer } from "../map/veil_layer.js";
import { table, UNITS } from "../ui/charts.js";
import { byId, choice, field, h, section, small } from "../ui/dom.js";
import { figure } from "../ui/number_format.js";

const HOW =
  "On a plane of dimensions or components, the second map shows the same place of the other " +
  "model's plane, and both move together. The places of two charts have nothing in common: there " +
  "it shows its own chart, and on it the same item or picture.";
const ALONE =
  "No other model of images of this size is served here. Export one, or another version.";
const SAME =
  "Both were measured on the same data: an item picked on one map is marked on the other.";
const DRAWN = new Set(["prior", "coast", "items", "names", "axes"]); // layers of the second map
const REACH = 9; // CSS pixels around a dot

/** The plane of the same name, or null where equal coordinates would mean nothing.
 * @param {Surface} shown on the first map @param {Model} model */
const samePlane = ({ id, pair }, model) => (pair ? surfaceOf(id, model) : null);

/** @param {Manifest} p @param {Manifest} q */
const sameData = (p, q) => p.dataset.sha256 === q.dataset.sha256;

/** What the first map's point shows: an item, one's own image, or what is decoded there.
 * @param {Explorer} explorer @param {ImageData} decoded @param {AbortSignal} signal */
async function pictureOf({ state, model }, decoded, signal) {
  const [id, own] = [state.get("item"), state.get("ownImage")];
  if (id) {
    const headers = { accept: "image/png" };
    return (await send(model.path(`items/${id}`), { headers, signal })).blob();
  }
  if (own && own.zMean === state.get("z")) return own.blob;
  const canvas = new OffscreenCanvas(decoded.width, decoded.height);
  context2d(canvas).putImageData(decoded, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

/** Where a model has what the first map's point shows: the same item, if it knows it, or else where
 * it encodes the picture.
 * @param {Explorer} explorer @param {Model} model @param {ImageData} decoded @param {AbortSignal} signal */
async function counterpart(explorer, model, decoded, signal) {
  const id = explorer.state.get("item");
  if (id && sameData(explorer.model.manifest, model.manifest)) {
    /** @type {Item} */
    const item = await getJSON(model.path(`items/${id}`, { format: "json" }), { signal });
    return { z: Float32Array.from(item.z_mean), what: `at item ${id}` };
  }
  const body = await pictureOf(explorer, decoded, signal);
  const headers = { "content-type": body.type };
  const code = await getJSON(model.path("encode"), { method: "POST", body, headers, signal });
  const what = id ? `where it encodes the picture of item ${id}` : "where it encodes the picture";
  return { z: Float32Array.from(code.z_mean[0]), what };
}

/** Make what the second map shows: nothing of the items but the one that is picked.
 * @param {Explorer} explorer @param {Model} model @param {Surface} shownPlane
 * @param {AbortSignal} signal */
function secondState({ state: first, model: firstModel }, model, shownPlane, signal) {
  const layers = () => first.get("layers").filter((layer) => DRAWN.has(layer));
  const bare = { a: undefined, b: undefined, c: undefined, lasso: undefined, items: null };
  const empty = { posterior: null, decoded: null, ownImage: null, route: null, lassoDrawn: null };
  const z = Float32Array.from(model.manifest.pca.mean); // until it is known where to be
  const state = new State({ ...first.values, ...bare, ...empty, shownPlane, z, layers: layers() });
  first.listen(["layers"], () => state.set({ layers: layers() }), signal);
  const mark = async () => {
    const id = first.get("item");
    state.set({ posterior: null });
    if (!id || !sameData(firstModel.manifest, model.manifest)) return;
    /** @type {Item | null} */
    const item = await getJSON(model.path(`items/${id}`, { format: "json" })).catch(() => null);
    if (!item || first.get("item") !== id) return;
    const { z_mean: zMean, z_log_var: zLogVar, label } = item;
    state.set({ posterior: { zMean, zLogVar, label: label ?? NONE } });
  };
  first.watch(["item"], mark, signal);
  return state;
}

/** Keep the second map at the same place as the first, and the first at that of the second.
 * @param {Explorer} explorer @param {MapView} map @param {State} state @param {AbortSignal} signal */
function followPlace(explorer, map, state, signal) {
  const { state: first } = explorer;
  const plane = state.get("shownPlane");
  const move = () => {
    const { a, b } = first.get("shownPlane").project(first.get("z"));
    state.set({ z: plane.at(a, b) });
  };
  first.watch(["z"], move, signal);
  const look = () => map.look(explorer.map.view, { quiet: true });
  explorer.map.addEventListener("look", look, { signal });
  map.addEventListener("look", () => explorer.map.look(map.view));
  look();
}

/** Keep the second map at what the first map's point shows; `say` tells what that is.
 * @param {Explorer} explorer @param {Model} model @param {MapView} map @param {State} state
 * @param {{say: (what: string) => void, signal: AbortSignal}} options */
function followPicture(explorer, model, map, state, { say, signal }) {
  const plane = state.get("shownPlane");
  const own = `its own ${plane.kind === "chart" ? "chart" : `plane ${plane.id}`}`;
  say(own);
  map.show(plane.around(model.manifest));
  const latest = new Latest(
    (/** @type {ImageData} */ decoded, abort) => counterpart(explorer, model, decoded, abort),
    ({ z, what }) => {
      if (signal.aborted) return;
      state.set({ z });
      say(`${own}, ${what}`);
      const { a, b } = plane.project(z);
      follow({ ...explorer, map }, a, b);
    },
    { limit: 1, fail: (error) => say(`${own}; ${error.message}`) },
  );
  const want = () => {
    const decoded = explorer.state.get("decoded");
    if (decoded) latest.want(decoded.image);
  };
  explorer.state.watch(["decoded", "item"], want, signal);
}

/** Draw the second model's own items, and find the one that is pressed where both have the same.
 * @param {Explorer} explorer @param {Model} model @param {MapView} map @param {State} state
 * @param {AbortSignal} signal */
function secondItems({ state: first, model: firstModel }, model, map, state, signal) {
  const scatter = new CanvasScatter();
  const same = sameData(firstModel.manifest, model.manifest);
  map.add("items", scatter, "overlay");
  const show = (points = state.get("items")?.points) => {
    if (!points) return;
    points.show(new Set(same ? first.get("hidden").map(Number) : []));
    const scale = scaleOf(points, undefined);
    const lights = points.visible.map((shown) => shown && 255);
    scatter.set(points, shades(points, scale), lights, palette(scale));
    scatter.visible = state.get("layers").includes("items");
    state.set({ items: { points, scale } });
    map.invalidate();
  };
  loadPoints(model, state.get("shownPlane"), signal).then(show, () => undefined); // dots are an extra
  first.listen(["hidden"], () => show(), signal);
  state.listen(["layers"], () => show(), signal);
  const find = (/** @type {number} */ x, /** @type {number} */ y) => {
    const { a, b } = map.at(x, y);
    const points = same ? state.get("items")?.points : null;
    return points ? points.nearest(a, b, REACH / map.view.scale) : -1;
  };
  return { find, over: () => undefined, leave: () => undefined };
}

/** Open the second map. Everything of it ends when `signal` aborts.
 * @param {Explorer} explorer @param {Model} model @param {AbortSignal} signal */
async function openSecondMap(explorer, model, signal) {
  const same = samePlane(explorer.state.get("shownPlane"), model);
  const plane = same ?? /** @type {Surface} */ (surfaceOf(firstPlane(model.manifest), model));
  await plane.load();
  if (signal.aborted) return;
  const state = secondState(explorer, model, plane, signal);
  const plate = h("span", { class: "plate" });
  const host = h("div", { class: "map second", role: "img" }, plate);
  const say = (/** @type {string} */ what) => {
    plate.textContent = `${model.manifest.name}: ${what}`;
    host.setAttribute("aria-label", `Decoded map of ${plate.textContent}`);
  };
  explorer.map.host.after(host);
  byId("stage").classList.add("split");
  const map = new MapView(host, explorer.map.limits);
  const tiles = new TileLayer(model, plane);
  host.style.setProperty("--ground", model.ground);
  map.add("base", tiles);
  map.add("veil", new VeilLayer(state, model));
  map.add("overlay", overlayLayer(state, model));
  const hover = secondItems(explorer, model, map, state, signal);
  tiles.addEventListener("arrive", () => map.invalidate("base"));
  state.listen(["z", "posterior", "decoded"], () => map.invalidate("overlay"));
  const drawn = () => {
    tiles.veiled = state.get("layers").includes("coast");
    map.invalidate();
  };
  state.watch(["layers"], drawn);
  handleGestures(explorer, map, { hover, places: Boolean(same) });
  if (same) {
    followPlace(explorer, map, state, signal);
    say(`the same place of its plane ${plane.id}`);
  } else followPicture(explorer, model, map, state, { say, signal });
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

/** The other versions and models that have images of the same shape.
 * @param {ModelListing} listing @param {Model} model */
async function comparable({ models }, model) {
  const references = models
    .filter(({ state }) => state === "ready")
    .flatMap(({ name, versions }) => versions.map((version) => `${name}@${version}`))
    .filter((reference) => reference !== model.reference);
  const shape = (/** @type {Manifest} */ { image_shape: shape }) => String(shape);
  const alike = await Promise.all(
    references.map(async (reference) => {
      const described = await getJSON(`v1/models/${reference}`).catch(() => null);
      return described && shape(described.manifest) === shape(model.manifest) ? [reference] : [];
    }),
  );
  return alike.flat();
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export async function mount(host, explorer, signal) {
  const { listing, model, state } = explorer;
  const choices = await comparable(listing, model);
  if (signal.aborted) return;
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
  state.watch(["compare", "shownPlane"], open, signal);
}
