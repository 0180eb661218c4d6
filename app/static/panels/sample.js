/** Pictures of the whole: draws from the prior, a traversal per dimension, a grid of the plane. */

import { shortest } from "../data/state.js";
import { button, choice, field, h, rested } from "../ui/dom.js";
import { snippetButtons } from "../ui/request_snippets.js";

const MOST_ROWS = 16; // dimensions in one traversal picture
const REST = 400; // milliseconds of rest before the point's traversals are drawn

/** A picture of the service under a title. `head` stands above it, `foot` before the copy buttons. */
function picture(atlas, { title, alt, path, head = [], foot = [] }) {
  const image = h("img", { class: "wide-image pixels", alt });
  const copy = snippetButtons(atlas, () => ({
    path: path(),
    accept: "image/png",
    save: "picture.png",
  }));
  copy.prepend(...foot);
  const element = h("section", {}, h("h3", {}, title), ...head, image, copy);
  const refresh = () => {
    image.src = path();
  };
  return { element, refresh };
}

function numberField(name, value, attributes, change) {
  const input = h("input", { type: "number", value, ...attributes, on: { change } });
  return { input, label: field(name, input) };
}

function samples(atlas, signal) {
  const { state, model } = atlas;
  const warm = { min: "0", max: "2", step: "0.1" };
  const temperature = numberField("Temperature", "1", warm, () => shown.refresh());
  const seed = numberField("Seed", state.get("seed"), { min: "0", step: "1" }, () =>
    state.set({ seed: seed.input.value || "0" }),
  );
  const next = () => state.set({ seed: String(Number(state.get("seed")) + 1) });
  const shown = picture(atlas, {
    title: "Samples of the prior",
    alt: "Images decoded from draws of the prior",
    path: () =>
      model.path("sample", {
        n: 36,
        seed: state.get("seed"),
        temperature: temperature.input.value || 1,
        columns: 9,
      }),
    head: [h("div", { class: "row" }, seed.label, temperature.label)],
    foot: [button("Draw again", next)],
  });
  const follow = () => {
    seed.input.value = state.get("seed");
    shown.refresh();
  };
  state.watch(["seed"], follow, signal);
  return shown.element;
}

function traversals(atlas, signal) {
  const { model, state } = atlas;
  const { kl_per_dimension: kl } = model.manifest;
  const order = Array.from(kl.keys()).sort((p, q) => kl[q] - kl[p]);
  const dims = order.slice(0, MOST_ROWS);
  const origin = () => Array.from(state.get("z"), shortest).join(",");
  const shown = picture(atlas, {
    title: "Traversals through the point, −3 … 3",
    alt: "One row of images for each dimension, from −3 to 3",
    path: () =>
      model.path("traverse", { dims: dims.join(","), steps: 11, extent: 3, origin: origin() }),
    head: [h("p", { class: "small" }, `Rows: ${dims.map((k) => `z${k}`).join(", ")}, by KL.`)],
  });
  shown.refresh();
  const follow = rested(() => signal.aborted || shown.refresh(), REST);
  state.addEventListener("change", ({ keys }) => keys.has("z") && follow(), { signal });
  return shown.element;
}

function grid(atlas) {
  const spacing = choice(["linear", "quantile"], () => shown.refresh());
  const dims = atlas.plane.kind === "dims" ? atlas.plane.pair.join(",") : "0,1";
  const side = { rows: 15, columns: 15, extent: 3 };
  const shown = picture(atlas, {
    title: "Grid over two dimensions",
    alt: "Grid of decoded images over two dimensions",
    path: () => atlas.model.path("latent-grid", { ...side, dims, spacing: spacing.value }),
    head: [field("Spacing", spacing)],
  });
  shown.refresh();
  return shown.element;
}

export function mount(host, atlas, signal) {
  const parts = [samples(atlas, signal), traversals(atlas, signal), grid(atlas)];
  host.append(h("h2", {}, "Sample and traverse"), ...parts);
}
