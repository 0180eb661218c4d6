/** The top bar: model, plane, link, help. */

import { button, field, h } from "./dom.js";
import { planeAround, planeThrough } from "./plane.js";

function modelSelect({ catalog, model, state }) {
  const here = model.manifest.name;
  const names = [...new Set(catalog.models.map((entry) => entry.name))];
  const options = names.map((name) => h("option", { value: name, selected: name === here }, name));
  return h(
    "select",
    {
      on: {
        change: (e) =>
          state.set(
            {
              model: e.target.value,
              label: undefined,
              made: undefined,
              plane: undefined,
              z: undefined,
              view: undefined,
              a: undefined,
              b: undefined,
              c: undefined,
              lasso: undefined,
              item: undefined,
              hidden: [],
            },
            { push: true },
          ),
      },
    },
    ...options,
  );
}

/** The class that a conditional model draws; null for others. */
function labelField({ model, state }) {
  if (!model.manifest.conditional) return null;
  const names = model.manifest.labels.length ? model.manifest.labels : ["0"];
  const select = h(
    "select",
    { on: { change: () => state.set({ label: select.value }, { push: true }) } },
    ...names.map((name, label) => h("option", { value: label }, name)),
  );
  state.watch(["label"], () => (select.value = state.get("label") ?? "0"));
  const choice = field("Class", select);
  choice.classList.add("second");
  return choice;
}

function axisSelect(size, name, start) {
  const options = Array.from({ length: size }, (_, k) =>
    h("option", { value: k }, String(k + start)),
  );
  return h("select", { "aria-label": name }, ...options);
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
  const kind = h(
    "select",
    {},
    ...kinds.map(([value, text]) => h("option", { value }, text)),
    h("option", { value: "v", hidden: true }, "Chosen points"),
  );
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
    const [, name = "v", i, j] = atlas.plane.id.match(/^(dims|pca)-(\d+)-(\d+)$/) ?? [];
    kind.value = name;
    axes.hidden = name === "v" || model.latentDim === 2;
    const size = name === "pca" ? model.manifest.pca.components.length : model.latentDim;
    const start = name === "pca" ? 1 : 0;
    pair = [axisSelect(size, "Horizontal axis", start), axisSelect(size, "Vertical axis", start)];
    pair[0].value = i ?? 0;
    pair[1].value = j ?? 1;
    for (const select of pair) select.addEventListener("change", choose);
    axes.replaceChildren(pair[0], "×", pair[1]);
  };
  kind.addEventListener("change", () => {
    if (kind.value === "dims" || kind.value === "pca") return atlas.usePlane(`${kind.value}-0-1`);
    return choose();
  });
  bus.addEventListener("plane", show);
  show();
  return [field("Plane", kind), axes];
}

export function buildBar(atlas) {
  const copy = button(
    "Copy link",
    async () => {
      atlas.state.write();
      await navigator.clipboard.writeText(location.href).catch(() => {});
      atlas.say("The address of this view is on the clipboard.", "done");
    },
    { glyph: "link" },
  );
  const help = button("Help and keys", () => atlas.help(), { glyph: "help" });
  document
    .getElementById("bar")
    .append(
      field("Model", modelSelect(atlas)),
      labelField(atlas) ?? "",
      ...planeControls(atlas),
      h("span", { class: "space" }),
      copy,
      help,
    );
}
