/** Starts the page: which model, which plane, the map; everything else comes after the first tile. */

import { connection, getJSON, Model, Problem } from "./data/api_client.js";
import { firstPlane, planeOf } from "./data/plane.js";
import { State } from "./data/state.js";
import { homeView, MapView } from "./map/map_view.js";
import { TileLayer } from "./map/tile_layer.js";

const READABLE_CELL = 18; // CSS pixels; a smaller cell is noise, so a field is drawn instead
const GROUND = "#0b0d10"; // as in explorer.css
const DIM = 0.4; // of the images behind the items
const PATIENCE = 1500; // milliseconds until the rest of the page comes without a tile
const DEFAULTS = {
  panel: "point",
  layers: ["digits", "items", "prior", "names"],
  hidden: [],
  colour: "label",
  method: "slerp",
  steps: "12",
  seed: "0",
};

const notice = document.getElementById("notice");

/** Say one thing over the map, or nothing. */
function say(text = "", kind = "") {
  notice.textContent = text;
  notice.dataset.kind = kind;
}

connection.addEventListener("change", () => {
  const { waiting } = connection;
  if (waiting === "busy") say("The service is busy; waiting.", "wait");
  else if (waiting) say("The service does not answer; the page goes on when it does.", "wait");
  else if (notice.dataset.kind === "wait") say();
});

async function chooseModel(state) {
  const catalog = await getJSON("v1/models");
  const names = catalog.models
    .filter((model) => model.state === "ready")
    .map((model) => model.name);
  const asked = state.get("model");
  const loading = catalog.models
    .filter((model) => model.state === "loading")
    .map((model) => model.name);
  const awaited = asked
    ? loading.includes(asked.split("@")[0])
    : !catalog.default && loading.length;
  if (awaited) return { catalog: { detail: "it is being loaded" } };
  const known = asked && names.includes(asked.split("@")[0]);
  const name = known ? asked : (catalog.default ?? names[0]);
  if (!name) return { catalog };
  const unversioned = name.split("@")[0];
  const info = await getJSON(`v1/models/${name}`).catch((error) => {
    if (name === unversioned) throw error;
    return getJSON(`v1/models/${unversioned}`); // that version is gone
  });
  if (asked && !known) say(`There is no model ${asked} here; this is ${unversioned}.`, "warn");
  return { catalog, model: new Model(info) };
}

/** Part the cells, and step back behind the items. */
function shade(context, map, zoom, dim) {
  const step = 2 ** -zoom;
  const { left, right, bottom, top } = map.bounds;
  const thick = Math.max(1, Math.round(0.05 * step * map.view.scale * map.ratio));
  const half = Math.floor(thick / 2);
  context.fillStyle = GROUND;
  for (let k = Math.floor(left / step) + 0.5; k * step < right; k += 1) {
    context.fillRect(
      Math.round(map.x(k * step) * map.ratio) - half,
      0,
      thick,
      context.canvas.height,
    );
  }
  for (let k = Math.floor(bottom / step) + 0.5; k * step < top; k += 1) {
    context.fillRect(
      0,
      Math.round(map.y(k * step) * map.ratio) - half,
      context.canvas.width,
      thick,
    );
  }
  if (!dim) return;
  context.globalAlpha = DIM;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.globalAlpha = 1;
}

/** Draws the decoded plane, or the field where cells are too small to read. */
function baseLayer(atlas) {
  return {
    draw(context, map) {
      const on = atlas.state.get("layers");
      const readable = map.view.scale >= READABLE_CELL;
      const digits = on.includes("digits") && readable;
      const seen = digits ? atlas.tiles.draw(context, map) : { missing: 0, flat: false };
      if (digits) shade(context, map, seen.zoom, on.includes("items") && Boolean(atlas.points));
      if (!readable || on.includes("field")) atlas.field?.draw(context, map, digits);
      Object.assign(atlas.seen, seen, { readable });
      map.host.dataset.missing = seen.missing;
      atlas.bus.dispatchEvent(new Event("seen"));
    },
  };
}

/** Make the address name this model, and say when it was made on another. */
function adopt(state, model, plane) {
  const { values } = state;
  if (values.made && values.made !== model.fingerprint) {
    say("This link was made on another model: the same place may show another image.", "warn");
  }
  if (values.z?.length !== model.latentDim) values.z = state.defaults.z;
  for (const pin of ["a", "b", "c"]) {
    if (values[pin]?.length !== model.latentDim) values[pin] = undefined;
  }
  model.choose(values.label);
  state.defaults.label = values.label = model.label;
  values.model ??= model.manifest.name;
  Object.assign(values, { plane: plane.id, made: model.fingerprint });
}

function buildMap(state, { catalog, model }) {
  const usual = planeOf(firstPlane(model.manifest), model.manifest);
  const plane = planeOf(state.get("plane") ?? "", model.manifest) ?? usual;
  Object.assign(state.defaults, { plane: usual.id, z: usual.at(0, 0) });
  adopt(state, model, plane);
  const tiles = new TileLayer(model, plane);
  const limits = { smallest: 0.5, largest: 54 * 2 ** model.maxZoom };
  const map = new MapView(document.getElementById("map"), limits);
  const atlas = { state, catalog, model, plane, map, tiles, say, seen: {}, bus: new EventTarget() };
  map.addEventListener("look", () => {
    state.set({ view: [map.view.a, map.view.b, map.view.scale] });
  });
  const [a, b, scale] = state.get("view") ?? [];
  map.look(scale > 0 ? { a, b, scale } : homeView(map, plane, model));
  map.add("base", baseLayer(atlas));
  tiles.addEventListener("arrive", () => map.invalidate("base"));
  return atlas;
}

/** Start again, from the address, when the version on the page is replaced by another. */
function survive({ state, model }) {
  connection.addEventListener("gone", ({ path }) => {
    if (!path.startsWith(model.path(""))) return;
    state.write();
    location.reload();
  });
}

function firstTile(tiles) {
  const mark = () => performance.mark("map-shown"); // drawn in the frame that comes
  tiles.addEventListener("arrive", mark, { once: true });
  return new Promise((resolve) => {
    for (const type of ["arrive", "fail"]) tiles.addEventListener(type, resolve, { once: true });
    setTimeout(resolve, PATIENCE);
  });
}

function empty({ detail }) {
  document.body.dataset.state = "empty";
  const what = detail ?? "run make train CONFIG=digits-z2 to train and export one";
  say(`There is no model to show yet: ${what}. This page goes on by itself.`, "empty");
}

/** Wait until a model is there, looking every few seconds. */
async function untilModel(state) {
  for (;;) {
    const chosen = await chooseModel(state);
    if (chosen.model) return chosen;
    empty(chosen.catalog);
    await new Promise((resolve) => {
      setTimeout(resolve, 2000);
    });
  }
}

async function start() {
  const state = new State(DEFAULTS);
  const chosen = await untilModel(state);
  if (document.body.dataset.state === "empty") say();
  document.body.dataset.state = "ready";
  const atlas = buildMap(state, chosen);
  survive(atlas);
  await firstTile(atlas.tiles);
  const { setUp } = await import("./setup.js");
  await setUp(atlas);
}

start().catch((error) => {
  say(
    error instanceof Problem ? error.message : `The page could not start: ${error.message}`,
    "bad",
  );
  throw error;
});
