/** Starts the page: which model, which plane, the map; everything else comes after the first tile. */
/** @import {ModelListing} from "./data/api_types.d.ts" */
/** @import {Surface} from "./data/chart.js" */
/** @import {Addressed, Transient} from "./data/state.js" */
/** @import {Explorer} from "./map/actions.js" */

import { connection, getJSON, Model, Problem } from "./data/api_client.js";
import { surfaceOf } from "./data/chart.js";
import { firstPlane } from "./data/plane.js";
import { PageState, PINS, readAddress } from "./data/state.js";
import { MapView } from "./map/map_view.js";
import { BaseLayer, TileLayer } from "./map/tile_layer.js";

const LOOK_AGAIN = 2000; // milliseconds until it is asked whether a model has come
const PASSING = 5000; // milliseconds
const READING = 1000; // milliseconds that a warning stays at least
const DEFAULTS = {
  panel: "point",
  layers: ["digits", "coast", "items", "prior", "names", "picture"],
  hidden: [],
  filter: "",
  colour: "label",
  method: "slerp",
  steps: "12",
  seed: "0",
};
/** @type {Omit<Transient, "shownPlane" | "located">} */
const TRANSIENT = {
  tool: "move",
  posterior: null,
  decoded: null,
  late: false,
  items: null,
  lassoDrawn: null,
  pointer: null,
  tilesSeen: { missing: 0, flat: false, readable: true },
  ownImage: null,
  given: null,
  route: null,
  sets: {},
};

const notice = /** @type {HTMLElement} */ (document.getElementById("notice"));

let passing = 0;
let saidAt = 0;

/** Say one thing over the map, or nothing; what is done is said for a while. */
function say(text = "", kind = "") {
  notice.textContent = text;
  notice.dataset.kind = kind;
  clearTimeout(passing);
  saidAt = performance.now();
  if (kind === "done") passing = setTimeout(say, PASSING);
}

/** Say what the page is waiting for at its start, unless there is something else to say. */
function starting(text = "") {
  if (notice.dataset.kind === "start") say(text, text && "start");
}

addEventListener("pointerdown", () => {
  const over = ["warn", "bad"].includes(notice.dataset.kind ?? "");
  if (over && performance.now() - saidAt > READING) say();
});

connection.addEventListener("change", () => {
  const { waiting } = connection;
  if (waiting === "busy") say("The service is busy; waiting.", "wait");
  else if (waiting) say("The service does not answer; the page goes on when it does.", "wait");
  else if (notice.dataset.kind === "wait") say();
});

connection.askForKey = async (refused) => (await import("./ui/key_dialog.js")).askForKey(refused);

/** Choose the model of the address, or the default.
 * @param {ModelListing} listing @param {string} asked */
async function chooseModel(listing, asked) {
  const named = (/** @type {string} */ state) =>
    listing.models.filter((model) => model.state === state).map(({ name }) => name);
  const [unversionedAsked] = asked.split("@");
  const loading = named("loading");
  if (asked ? loading.includes(unversionedAsked) : !listing.default && loading.length) {
    listing.detail = "it is being loaded";
    return null;
  }
  const known = named("ready").includes(unversionedAsked);
  const name = known ? asked : (listing.default ?? named("ready")[0]);
  if (!name) return null;
  const [unversioned] = name.split("@");
  const description = await getJSON(`v1/models/${name}`).catch((error) => {
    if (name === unversioned) throw error;
    return getJSON(`v1/models/${unversioned}`); // that version is gone
  });
  if (asked && !known) say(`There is no model ${asked} here; this is ${unversioned}.`, "warn");
  return new Model(description);
}

/** Wait until a model is there, looking every few seconds. */
async function untilModel() {
  for (;;) {
    /** @type {ModelListing} */
    const listing = await getJSON("v1/models");
    const model = await chooseModel(listing, readAddress(location.hash).model ?? "");
    if (model) return { listing, model };
    document.body.dataset.state = "empty";
    const what = listing.detail ?? "run make train CONFIG=digits-z2 to train and export one";
    say(`There is no model to show yet: ${what}. This page goes on by itself.`, "empty");
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_AGAIN);
    });
  }
}

/** Make the state from the address, as far as it fits the model. @param {Model} model */
function makeState(model) {
  const { manifest, fingerprint, latentDim } = model;
  const given = readAddress(location.hash);
  if (given.made && given.made !== fingerprint) {
    say("This link was made on another model: the same place may show another image.", "warn");
  }
  for (const key of /** @type {const} */ (["z", ...PINS])) {
    if (given[key]?.length !== latentDim) delete given[key];
  }
  model.choose(given.label);
  const usual = /** @type {Surface} */ (surfaceOf(firstPlane(manifest), model));
  const shownPlane = surfaceOf(given.plane ?? "", model) ?? usual;
  const z = usual.ready ? usual.at(0, 0) : Float32Array.from(manifest.pca.mean); // see setup.js
  /** @type {Addressed} */
  const defaults = { ...DEFAULTS, label: model.label, plane: usual.id, z };
  const { label } = model;
  const chosen = { model: manifest.name, ...given, label, plane: shownPlane.id, made: fingerprint };
  const located = shownPlane.ready;
  return new PageState({ ...TRANSIENT, ...defaults, ...chosen, shownPlane, located }, defaults);
}

/** @param {Model} model @param {ModelListing} listing */
function buildMap(model, listing) {
  const state = makeState(model);
  const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
  stage.style.setProperty("--ground", model.ground);
  document.title = `${model.manifest.name} · vae-atlas`;
  const tiles = new TileLayer(model, state.get("shownPlane"));
  const { standard_deviation: deviation } = model.manifest.aggregate_posterior;
  const extent = Math.max(8, 7 * Math.max(...deviation)); // units that the items take, or less
  const limits = { extent, largest: 54 * 2 ** model.maxZoom };
  const map = new MapView(/** @type {HTMLElement} */ (document.getElementById("map")), limits);
  const base = new BaseLayer(state, tiles);
  let whole = true;
  map.addEventListener("look", () => {
    const quiet = whole && map.showsAll; // the window's size has changed, or what there is to show
    whole = map.showsAll;
    state.set({ view: [map.view.a, map.view.b, map.view.scale] }, { quiet });
  });
  const [a, b, scale] = state.get("view") ?? [];
  if (scale > 0) map.look({ a, b, scale });
  else map.show(state.get("shownPlane").around(model.manifest));
  map.add("base", base);
  tiles.addEventListener("arrive", () => map.invalidate("base"));
  const mark = () => performance.mark("map-shown"); // drawn in the frame that comes
  tiles.addEventListener("arrive", mark, { once: true });
  return Object.freeze({ state, listing, model, map, tiles, say });
}

/** Start again, from the address, when the version on the page is replaced by another.
 * @param {Explorer} explorer */
function survive({ state, model }) {
  connection.addEventListener("gone", (event) => {
    const path = /** @type {CustomEvent<string>} */ (event).detail;
    if (!path.startsWith(model.path(""))) return;
    state.write();
    location.reload();
  });
}

async function start() {
  starting("Loading the model …");
  const { model, listing } = await untilModel();
  if (document.body.dataset.state === "empty") say();
  document.body.dataset.state = "ready";
  const explorer = buildMap(model, listing);
  survive(explorer);
  starting("Loading the pictures of the map …");
  await explorer.tiles.loadFirst();
  starting("Loading the places of the images …");
  const { setUp } = await import("./setup.js");
  await setUp(explorer);
  starting();
}

start().catch((error) => {
  say(
    error instanceof Problem ? error.message : `The page could not start: ${error.message}`,
    "bad",
  );
  throw error;
});
