/** The point: its picture, its numbers, a slider per dimension, its nearest items. */
/** @import {Neighbour} from "../data/api_types.d.ts" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON } from "../data/api_client.js";
import { debounce, Latest } from "../data/latest.js";
import { planeAround } from "../data/plane.js";
import { shell } from "../data/prior.js";
import { decimals, PINS } from "../data/state.js";
import { goTo, pin, toNearest, usePlane } from "../map/actions.js";
import { decodedPicture } from "../ui/decoded_picture.js";
import { button, h, row, section, small } from "../ui/dom.js";
import { neighbourThumbnail } from "../ui/item_thumbnail.js";
import { latentSliders } from "../ui/latent_sliders.js";
import { figure } from "../ui/number_format.js";
import { snippetButtons } from "../ui/request_snippets.js";

const NEAREST = 8;
const REST = 150; // milliseconds of rest before neighbours are asked for

/** The norm of z, and what it means where the prior is the standard normal. @param {Float32Array} z */
function againstShell(z) {
  const { length, centre, deviations } = shell(z);
  let typical = "typical of the prior";
  if (deviations <= -2) typical = "nearer to the centre than the prior's samples";
  if (deviations >= 2) typical = "beyond the prior's samples";
  return `${figure(length)} (usual: ${figure(centre)} ± 0.7): ${typical}`;
}

/** Ask an operation about the point whenever it rests; a failure is said in place of the answer.
 * @template T
 * @param {Explorer} explorer
 * @param {{operation: string, query?: Record<string, number>, out: HTMLElement,
 *   show: (answer: T) => void}} wanted
 * @param {AbortSignal} signal */
function askOfPoint({ state, model }, { operation, query = {}, out, show }, signal) {
  const ask = (/** @type {Float32Array} */ z, /** @type {AbortSignal} */ abort) =>
    getJSON(model.path(operation, { z: decimals(z), ...query }), { signal: abort });
  const fail = (/** @type {Error} */ { message }) => out.replaceChildren(message);
  const come = (/** @type {T} */ answer) => {
    out.classList.remove("late");
    show(answer);
  };
  const latest = new Latest(ask, come, { limit: 1, fail });
  const want = debounce(() => {
    if (signal.aborted) return;
    out.classList.add("late");
    latest.want(state.get("z"));
  }, REST);
  state.watch(["z"], want, signal);
}

/** How likely the point is by the prior that fits the model's images.
 * @param {Explorer} explorer @param {AbortSignal} signal */
function usual(explorer, signal) {
  const out = h("dd", { data: { figure: "usual" } });
  const show = (/** @type {{rarer: number}} */ { rarer }) => {
    const share = `${figure(100 * rarer, 1)} % of the model's samples are rarer`;
    out.textContent = rarer ? share : "beyond all samples of the model: no image is near";
  };
  askOfPoint(explorer, { operation: "density", out, show }, signal);
  return out;
}

/** @param {Explorer} explorer @param {AbortSignal} signal */
function readings(explorer, signal) {
  const { state, model } = explorer;
  const [place, length, away] = [h("dd"), h("dd"), h("span")];
  const turn = () => {
    const { kind, pair } = state.get("shownPlane");
    const [i, j] = (kind === "dims" && pair) || [0, 1];
    usePlane(explorer, planeAround(state.get("z"), i, j));
  };
  const around = button("Show the plane around it", turn, { class: "link" });
  const show = () => {
    const [z, plane] = [state.get("z"), state.get("shownPlane")];
    const { a, b, away: distance } = plane.project(z);
    const where = plane.kind === "chart" ? "the chart" : "this plane";
    place.textContent = Number.isNaN(a) ? "being looked for" : `${figure(a, 3)}, ${figure(b, 3)}`;
    length.textContent = model.manifest.prior ? figure(shell(z).length) : againstShell(z);
    const far = distance >= 1e-4;
    away.textContent = far ? `${figure(distance)} off ${where}` : `on ${where}`;
    around.hidden = !far;
  };
  state.watch(["z", "shownPlane", "located"], show, signal);
  const rows = [h("dt", {}, "On the map"), place, h("dt", {}, "‖z‖"), length];
  if (model.manifest.prior) rows.push(h("dt", {}, "How usual"), usual(explorer, signal));
  if (model.latentDim > 2) rows.push(h("dt", {}, "Distance"), h("dd", {}, away, " ", around));
  return h("dl", { class: "facts" }, ...rows);
}

/** @param {Explorer} explorer @param {AbortSignal} signal */
function nearest(explorer, signal) {
  const { model } = explorer;
  const strip = h("div", { class: "thumbs" });
  const show = (/** @type {{items: Neighbour[]}} */ { items }) =>
    strip.replaceChildren(...items.map((item) => neighbourThumbnail(explorer, item)));
  askOfPoint(
    explorer,
    { operation: "neighbours", query: { k: NEAREST }, out: strip, show },
    signal,
  );
  const by =
    `By distance in z_mean, over all ${model.latentDim} dimensions. ` +
    "Where a model ships without its data's images, items are shown as it reconstructs them.";
  return section("Nearest items", strip, small(by));
}

/** The card of the item that is picked, while one is. @param {Explorer} explorer @param {AbortSignal} signal */
function picked(explorer, signal) {
  const { state } = explorer;
  const out = h("div", { class: "picked", hidden: true });
  const show = async () => {
    const id = state.get("item");
    out.hidden = !id;
    if (!id) return;
    const { itemCard } = await import("./item_card.js");
    const card = await itemCard(explorer, id);
    if (state.get("item") === id) out.replaceChildren(card);
  };
  state.watch(["item"], show, signal);
  return out;
}

/** @param {Explorer} explorer */
function pointButtons(explorer) {
  const origin = () => goTo(explorer, new Float32Array(explorer.model.latentDim));
  return row(
    ...PINS.map((name) => button(`Pin ${name.toUpperCase()}`, () => pin(explorer, name))),
    button("Origin", origin),
    button("Nearest", () => toNearest(explorer), { "aria-label": "Nearest item" }),
  );
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const request = () => ({
    path: model.path("decode", { z: decimals(state.get("z")) }),
    accept: "image/png",
    save: "decoded.png",
  });
  host.append(
    h("h2", {}, "Point"),
    picked(explorer, signal),
    h("div", { class: "hero" }, decodedPicture(explorer, signal), readings(explorer, signal)),
    pointButtons(explorer),
    latentSliders(explorer, signal),
    nearest(explorer, signal),
    snippetButtons(explorer, request),
  );
}
