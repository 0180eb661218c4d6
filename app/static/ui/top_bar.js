/** The top bar: model, plane, link, help. */

import { axesOf, planeAround, planeThrough } from "../data/plane.js";
import { button, choice, field, h } from "./dom.js";

// What an address says of one model and would not fit another.
const OF_MODEL = ["label", "made", "plane", "z", "view", "a", "b", "c", "lasso", "item"];

function modelChoice({ catalog, model, state }) {
  const names = [...new Set(catalog.models.map(({ name }) => name))];
  const none = Object.fromEntries(OF_MODEL.map((key) => [key, undefined]));
  const take = (name) => state.set({ ...none, hidden: [], model: name }, { push: true });
  return field("Model", choice(names, take, model.manifest.name));
}

/** The class that a conditional model draws; nothing for others. */
function labelChoice({ model: { manifest }, state }) {
  if (!manifest.conditional) return [];
  const names = manifest.labels.length ? manifest.labels : ["0"];
  const take = (label) => state.set({ label }, { push: true });
  const select = choice(
    Array.from(names, (name, k) => [String(k), name]),
    take,
  );
  const show = () => {
    select.value = state.get("label") ?? "0";
  };
  state.watch(["label"], show);
  return [h("span", { class: "second" }, field("Class", select))];
}

/** Kind of plane and its two axes; what a person picks becomes the plane's id. */
function planeControls(atlas) {
  const { model, state, bus } = atlas;
  const kinds = [
    ["dims", "Dimensions"],
    ["pca", "Principal components"],
  ];
  if (model.latentDim > 2)
    kinds.push(["pins", "Through pins A, B, C"], ["point", "Around the point"]);
  const kind = choice(kinds, (name) =>
    name === "dims" || name === "pca" ? atlas.usePlane(`${name}-0-1`) : choose(),
  );
  kind.append(h("option", { value: "v", hidden: true }, "Chosen points"));
  const axes = h("span", { class: "axes second" });
  let pair = [];

  const choose = () => {
    const [i, j] = pair.map((select) => Number(select.value));
    const named = kind.value === "dims" || kind.value === "pca";
    if (named && i !== j) return atlas.usePlane(`${kind.value}-${i}-${j}`);
    if (kind.value === "point") return atlas.usePlane(planeAround(state.get("z"), i || 0, j || 1));
    if (kind.value !== "pins") return show();
    const pins = ["a", "b", "c"].map((pin) => state.get(pin));
    const id = pins.every(Boolean) && planeThrough(...pins);
    if (id) return atlas.usePlane(id);
    atlas.say("Pin three points first, not on one line: Enter on the map pins the point.", "warn");
    return show();
  };

  const show = () => {
    const { kind: name } = atlas.plane;
    const [i, j] = atlas.plane.pair ?? [0, 1];
    kind.value = name;
    axes.hidden = name === "v" || model.latentDim === 2;
    const size = axesOf(name, model.manifest);
    const start = name === "pca" ? 1 : 0;
    const numbers = Array.from({ length: size }, (_, k) => [k, k + start]);
    pair = [choice(numbers, choose, i), choice(numbers, choose, j)];
    pair[0].setAttribute("aria-label", "Horizontal axis");
    pair[1].setAttribute("aria-label", "Vertical axis");
    axes.replaceChildren(pair[0], "×", pair[1]);
  };
  bus.addEventListener("plane", show);
  show();
  return [field("Plane", kind), axes];
}

export function buildBar(atlas) {
  const copy = button(
    "Copy link",
    async () => {
      atlas.state.write();
      await navigator.clipboard.writeText(location.href).catch(() => undefined);
      atlas.say("The address of this view is on the clipboard.", "done");
    },
    { glyph: "link" },
  );
  const help = button("Help and keys", () => atlas.help(), { glyph: "help" });
  document
    .getElementById("bar")
    .append(
      modelChoice(atlas),
      ...labelChoice(atlas),
      ...planeControls(atlas),
      h("span", { class: "space" }),
      copy,
      help,
    );
}
