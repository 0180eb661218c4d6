/** The top bar: model, plane, link, help. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON } from "../data/api_client.js";
import { axesOf, planeAround, planeThrough } from "../data/plane.js";
import { usePlane } from "../map/actions.js";
import { byId, choice, field, h, iconButton, stateChoice } from "./dom.js";

// What an address says of one model and would not fit another.
const OF_MODEL = /** @type {const} */ ([
  "label",
  "made",
  "plane",
  "z",
  "view",
  "a",
  "b",
  "c",
  "lasso",
  "item",
  "directions",
  "hidden",
  "filter",
  "colour",
]);

/** @param {Explorer} explorer */
function modelChoice({ listing, model, state }) {
  const names = listing.models.map(({ name }) => name);
  const take = (/** @type {string} */ name) => {
    const usual = Object.fromEntries(OF_MODEL.map((key) => [key, state.defaults[key]]));
    state.set({ ...usual, model: name }, { push: true });
  };
  return field("Model", choice(names, take, model.manifest.name));
}

/** The class that a conditional model draws; nothing for others. @param {Explorer} explorer */
function labelChoice({ model: { manifest }, state }) {
  if (!manifest.conditional) return [];
  const names = manifest.labels.length ? manifest.labels : ["0"];
  const options = names.map((name, label) => [String(label), name]);
  const select = stateChoice(state, "label", options, { push: true });
  return [h("span", { class: "second" }, field("Class", select))];
}

/** Why a model has no chart, in the place of its name. @param {Model} model */
const noChart = ({ latentDim }) =>
  latentDim > 2 ? "No chart: export the model again" : "No chart: two dimensions are the map";

/** The kinds of planes that a model has, each with its text. @param {Model} model */
function planeKinds(model) {
  const { chart, labels } = model.manifest;
  const kinds = [
    ["chart", chart ? "Chart" : noChart(model)],
    ["dims", "Dimensions"],
    ["pca", "Principal components"],
  ];
  if (model.latentDim <= 2) return kinds;
  kinds.push(["pins", "Through pins A, B, C"], ["point", "Around the point"]);
  if (labels.length > 1) kinds.push(["lda", "Separate the shown classes"]);
  return kinds;
}

/** Ask for the plane that separates the classes that are not hidden now. @param {Explorer} explorer
 * @returns {Promise<string | null>} its id */
async function separatingPlane({ model, state, say }) {
  const hidden = state.get("hidden");
  const all = Array.from(model.manifest.labels.keys());
  const shown = all.filter((label) => !hidden.includes(String(label)));
  const key = (/** @type {number} */ label) => {
    const name = model.classKey(label);
    return name.includes(",") ? label : name; // a comma ends a name
  };
  const labels = hidden.length ? shown.map(key).join() : undefined;
  try {
    return (await getJSON(model.path("planes/lda", { labels }))).plane;
  } catch (error) {
    say(/** @type {Error} */ (error).message, "warn");
    return null;
  }
}

/** Kind of plane and its two axes; what a person picks becomes the plane's id.
 * @param {Explorer} explorer */
function planeControls(explorer) {
  const { model, state, say } = explorer;
  const kind = choice(planeKinds(model), () => choose([0, 1]));
  kind.append(h("option", { value: "v", hidden: true }, "Chosen plane"));
  kind.options[0].disabled = !model.manifest.chart;
  const axes = h("span", { class: "axes second" });
  let pair = [0, 1];

  /** Use the plane of the chosen kind along two axes. @param {number[]} along */
  const choose = ([i, j]) => {
    if (kind.value === "point") {
      usePlane(explorer, planeAround(state.get("z"), pair[0], pair[1]));
    } else if (kind.value === "pins") throughPins();
    else if (kind.value === "lda") separate();
    else if (kind.value === "chart") usePlane(explorer, "chart");
    else if (i === j) show();
    else usePlane(explorer, `${kind.value}-${i}-${j}`);
  };

  const throughPins = () => {
    const [a, b, c] = [state.get("a"), state.get("b"), state.get("c")];
    const id = a && b && c && planeThrough(a, b, c);
    if (id) return usePlane(explorer, id);
    say("Pin three points first, not on one line: Enter on the map pins the point.", "warn");
    return show();
  };

  const separate = async () => {
    const id = await separatingPlane(explorer);
    if (id && kind.value === "lda") usePlane(explorer, id);
    show();
  };

  const show = () => {
    const shown = state.get("shownPlane");
    pair = shown.pair ?? [0, 1];
    kind.value = shown.kind;
    axes.hidden = !shown.pair || model.latentDim === 2;
    const first = shown.kind === "pca" ? 1 : 0;
    const length = axesOf(shown.kind, model.manifest);
    const numbers = Array.from({ length }, (_, k) => [k, k + first]);
    const selects = pair.map((chosen, k) => {
      const take = (/** @type {string} */ value) => choose(pair.with(k, Number(value)));
      const select = choice(numbers, take, chosen);
      select.setAttribute("aria-label", k ? "Vertical axis" : "Horizontal axis");
      return select;
    });
    axes.replaceChildren(selects[0], "×", selects[1]);
  };
  state.watch(["shownPlane"], show);
  return [field("Plane", kind), axes];
}

/** @param {Explorer} explorer @param {() => void} help */
export function buildTopBar(explorer, help) {
  const copy = iconButton("Copy link", "link", async () => {
    (await import("./copy_text.js")).copyLink(explorer);
  });
  byId("bar").append(
    modelChoice(explorer),
    ...labelChoice(explorer),
    ...planeControls(explorer),
    h("span", { class: "space" }),
    copy,
    iconButton("Help and keys", "help", help),
  );
}
