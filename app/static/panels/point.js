/** The point: its picture, its numbers, a slider per dimension, its nearest items. */

import { getJSON, Latest } from "../data/api_client.js";
import { planeAround } from "../data/plane.js";
import { shortest } from "../data/state.js";
import { shell } from "../map/live_decode.js";
import { PINS } from "../map/overlay_layer.js";
import { button, figure, h, paint, rested } from "../ui/dom.js";
import { thumb } from "../ui/item_thumbnail.js";
import { sliders } from "../ui/latent_sliders.js";
import { snippetButtons } from "../ui/request_snippets.js";

const NEAREST = 8;
const REST = 150; // milliseconds of rest before neighbours are asked for

function readings(atlas, signal) {
  const { state } = atlas;
  const length = h("dd");
  const place = h("dd");
  const away = h("span");
  const around = button(
    "Show the plane around it",
    () => {
      const [i, j] = atlas.plane.kind === "dims" ? atlas.plane.pair : [0, 1];
      atlas.usePlane(planeAround(state.get("z"), i, j));
    },
    { class: "link" },
  );
  const show = () => {
    const z = state.get("z");
    const { a, b, away: distance } = atlas.plane.project(z);
    const { length: norm, centre, deviations } = shell(z);
    let typical = "typical of the prior";
    if (deviations <= -2) typical = "nearer to the centre than the prior's samples";
    if (deviations >= 2) typical = "beyond the prior's samples";
    place.textContent = `${figure(a, 3)}, ${figure(b, 3)}`;
    length.textContent = `${figure(norm)} (shell ${figure(centre)} ± 0.7): ${typical}`;
    away.textContent = distance < 1e-4 ? "in this plane" : `${figure(distance)} off this plane`;
    around.hidden = distance < 1e-4;
  };
  state.watch(["z", "plane"], show, signal);
  atlas.bus.addEventListener("plane", show, { signal });
  const rows = [h("dt", {}, "On the map"), place, h("dt", {}, "‖z‖"), length];
  if (atlas.model.latentDim > 2) rows.push(h("dt", {}, "Distance"), h("dd", {}, away, " ", around));
  return h("dl", { class: "facts" }, ...rows);
}

function neighbour(atlas, { id, label, distance }) {
  const name = atlas.model.className(label ?? 255);
  const far = figure(distance);
  return thumb(atlas, id, `${name} · ${far}`, `class ${name}, distance ${far}`);
}

function nearest(atlas, signal) {
  const { state, model } = atlas;
  const strip = h("div", { class: "thumbs" });
  const ask = (z, abort) =>
    getJSON(model.path("neighbours", { z: Array.from(z, shortest).join(","), k: NEAREST }), {
      signal: abort,
    });
  const show = ({ items }) => strip.replaceChildren(...items.map((item) => neighbour(atlas, item)));
  const latest = new Latest(ask, show, {
    limit: 1,
    fail: (error) => {
      strip.textContent = error.message;
    },
  });
  const want = rested(() => {
    if (!signal.aborted) latest.want(state.get("z"));
  }, REST);
  state.watch(["z"], want, signal);
  return h(
    "section",
    {},
    h("h3", {}, "Nearest items"),
    strip,
    h(
      "p",
      { class: "small" },
      `By distance in z_mean, over all ${model.latentDim} dimensions. ` +
        "Where a model ships without its data's images, items are shown as it reconstructs them.",
    ),
  );
}

function actions(atlas) {
  const pins = PINS.map((pin) => button(`Pin ${pin.toUpperCase()}`, () => atlas.pin(pin)));
  return h(
    "div",
    { class: "row" },
    ...pins,
    button("Origin", () => atlas.goTo(new Float32Array(atlas.model.latentDim))),
    button("Nearest", () => atlas.toNearest(), { "aria-label": "Nearest item" }),
  );
}

export function mount(host, atlas, signal) {
  const { state, bus, model } = atlas;
  const picture = h("canvas", {
    class: "picture pixels",
    role: "img",
    width: model.width,
    height: model.height,
  });
  const show = () => {
    if (!atlas.shown) return;
    paint(picture, atlas.shown.image);
    picture.dataset.z = Array.from(atlas.shown.z, shortest).join(",");
    picture.setAttribute("aria-label", "Image decoded at the point");
  };
  picture.setAttribute("aria-label", "Image decoded at the point");
  bus.addEventListener("image", show, { signal });
  show();
  const request = () => ({
    path: model.path("decode", { z: Array.from(state.get("z"), shortest).join(",") }),
    accept: "image/png",
    save: "decoded.png",
  });
  host.append(
    h("h2", {}, "Point"),
    h("div", { class: "hero" }, picture, readings(atlas, signal)),
    actions(atlas),
    sliders(atlas, signal),
    nearest(atlas, signal),
    snippetButtons(atlas, request),
  );
}
