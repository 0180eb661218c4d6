/** A second model beside the first: the same place on both maps, the same item, the same metrics. */

import { getJSON, Latest, Model, toImageData } from "../data/api_client.js";
import { firstPlane, planeOf } from "../data/plane.js";
import { handleInput } from "../map/gestures.js";
import { MapView } from "../map/map_view.js";
import { Overlay } from "../map/overlay_layer.js";
import { TileLayer } from "../map/tile_layer.js";
import { table, UNITS } from "../ui/charts.js";
import { choice, field, figure, h } from "../ui/dom.js";

/** The plane of the same name, or else the one a person would see first. */
function planeFor(id, { manifest }) {
  const same = id.startsWith("v-") ? null : planeOf(id, manifest);
  return same ?? planeOf(firstPlane(manifest), manifest);
}

/** What the overlay needs to know of the second model: the point is at the same (a, b). */
function twinOf(atlas, model) {
  const twin = { model, plane: planeFor(atlas.plane.id, model), shown: null, marked: [] };
  const place = () => atlas.plane.project(atlas.state.get("z"));
  twin.z = () => twin.plane.at(place().a, place().b);
  twin.state = {
    get: (key) =>
      ({ z: twin.z(), layers: atlas.state.get("layers").filter((l) => l === "prior") })[key],
  };
  return twin;
}

/** Decode the point by the second model as well. */
function decodeTwin(atlas, twin, map, signal) {
  const show = (answer) => {
    twin.shown = { image: toImageData(answer) };
    map.invalidate();
  };
  const latest = new Latest((z, abort) => twin.model.decode([z], abort), show);
  const follow = () => {
    latest.want(twin.z());
    map.invalidate();
  };
  atlas.state.watch(["z"], follow, signal);
}

/** Show the second model's plane of the same name. */
function turnTwin(atlas, twin, map, tiles, signal) {
  const turn = () => {
    twin.plane = planeFor(atlas.plane.id, twin.model);
    tiles.use(twin.plane);
    map.invalidate();
  };
  atlas.bus.addEventListener("plane", turn, { signal });
}

/** Open the second map. Everything of it ends when `signal` aborts. */
function openTwin(atlas, model, signal) {
  const stage = document.getElementById("stage");
  const host = h(
    "div",
    {
      class: "map second",
      role: "img",
      "aria-label": `Decoded latent plane of ${model.manifest.name}`,
    },
    h("span", { class: "plate" }, model.manifest.name),
  );
  atlas.map.host.after(host);
  stage.classList.add("split");
  const twin = twinOf(atlas, model);
  const map = new MapView(host, atlas.map.limits);
  const tiles = new TileLayer(model, twin.plane);
  map.add("base", tiles);
  map.add("overlay", new Overlay(twin));
  tiles.addEventListener("arrive", () => map.invalidate("base"));
  const follow = () => map.look(atlas.map.view, { quiet: true });
  atlas.map.addEventListener("look", follow, { signal });
  map.addEventListener("look", () => atlas.map.look(map.view));
  handleInput(Object.assign(Object.create(atlas), { map }), {
    find: () => -1,
    over: () => undefined,
    leave: () => undefined,
  });
  follow();

  decodeTwin(atlas, twin, map, signal);
  turnTwin(atlas, twin, map, tiles, signal);
  markItem(atlas, twin, map, signal);
  signal.addEventListener("abort", () => {
    host.remove();
    stage.classList.remove("split");
  });
}

/** Show where the second model puts the item that is picked, when both know the same data set. */
function markItem(atlas, twin, map, signal) {
  const same = atlas.model.manifest.dataset.sha256 === twin.model.manifest.dataset.sha256;
  atlas.state.watch(
    ["item"],
    async () => {
      const id = atlas.state.get("item");
      twin.marked = [];
      if (same && id) {
        const item = await getJSON(twin.model.path(`items/${id}`, { format: "json" })).catch(
          () => null,
        );
        if (item)
          twin.marked = [{ zMean: item.z_mean, zLogVar: item.z_log_var, label: item.label ?? 255 }];
      }
      map.invalidate();
    },
    signal,
  );
}

function differences(first, second) {
  const [p, q] = [first.manifest, second.manifest];
  const names = Object.keys(p.metrics).filter((name) => name in q.metrics);
  const rows = names.map((name) => [
    name.replaceAll("_", " "),
    figure(p.metrics[name], 3),
    figure(q.metrics[name], 3),
    figure(q.metrics[name] - p.metrics[name], 3),
  ]);
  rows.push(
    ["latent_dim", p.latent_dim, q.latent_dim, figure(q.latent_dim - p.latent_dim, 0)],
    ["active units", p.active_units, q.active_units, figure(q.active_units - p.active_units, 0)],
    ["beta", figure(p.beta, 3), figure(q.beta, 3), figure(q.beta - p.beta, 3)],
  );
  const same = p.dataset.sha256 === q.dataset.sha256;
  return h(
    "section",
    {},
    h("h3", {}, "On their test sets"),
    table("Metrics of both models", ["Metric", p.name, q.name, "Change"], rows),
    h(
      "p",
      { class: "small" },
      UNITS,
      same
        ? "Both were measured on the same data: an item picked on one map is marked on the other."
        : "They were measured on different data: compare with care.",
    ),
  );
}

export function mount(host, atlas, signal) {
  const { catalog, model, state } = atlas;
  const choices = catalog.models
    .filter(({ state: ready }) => ready === "ready")
    .flatMap(({ name, versions }) => versions.map((version) => `${name}@${version}`))
    .filter((reference) => reference !== model.reference);
  const take = (reference) => state.set({ compare: reference || undefined }, { push: true });
  const select = choice([["", "none"], ...choices], take);
  const out = h("div", { class: "panel-part" });
  let closing = new AbortController();
  signal.addEventListener("abort", () => closing.abort());

  const open = async () => {
    closing.abort();
    closing = new AbortController();
    const mine = closing.signal;
    out.replaceChildren();
    const reference = state.get("compare");
    select.value = choices.includes(reference) ? reference : "";
    if (!select.value) return;
    const second = new Model(await getJSON(`v1/models/${reference}`));
    second.choose(state.get("label"));
    if (mine.aborted || signal.aborted) return;
    openTwin(atlas, second, mine);
    out.replaceChildren(differences(model, second));
  };
  host.append(
    h("h2", {}, "Compare two models"),
    h(
      "p",
      { class: "small" },
      choices.length
        ? "The second map shows the same place of the other model's plane; both move together, and the point is decoded by both."
        : "Only one model is served here. Export another, or another version, and it can be compared.",
    ),
    field("Second model", select),
    out,
  );
  state.watch(["compare"], open, signal);
}
