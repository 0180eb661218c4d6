/** Pictures of the whole: draws from the prior, a traversal per dimension, a grid of the plane. */

import { button, field, h } from "../dom.js";
import { snippetButtons } from "../snippets.js";
import { shortest } from "../state.js";

const MOST_ROWS = 16; // dimensions in one traversal picture

function picture(atlas, alt, path) {
  const image = h("img", { class: "wide-image pixels", alt });
  const refresh = () => {
    image.src = path();
  };
  const copy = snippetButtons(atlas, () => ({
    path: path(),
    accept: "image/png",
    save: "picture.png",
  }));
  return { image, copy, refresh };
}

function numberField(name, value, attributes, changed) {
  const input = h("input", { type: "number", value, ...attributes, on: { change: changed } });
  return { input, label: field(name, input) };
}

function samples(atlas) {
  const { state, model } = atlas;
  const temperature = numberField("Temperature", "1", { min: "0", max: "2", step: "0.1" }, () =>
    show.refresh(),
  );
  const seed = numberField("Seed", state.get("seed"), { min: "0", step: "1" }, () =>
    state.set({ seed: seed.input.value || "0" }),
  );
  const show = picture(atlas, "Images decoded from draws of the prior", () =>
    model.path("sample", {
      n: 36,
      seed: state.get("seed"),
      temperature: temperature.input.value || 1,
      columns: 9,
    }),
  );
  const again = button("Draw again", () => {
    seed.input.value = Number(state.get("seed")) + 1;
    state.set({ seed: seed.input.value });
  });
  return {
    show,
    part: h(
      "section",
      {},
      h("h3", {}, "Samples of the prior"),
      h("div", { class: "row" }, seed.label, temperature.label, again),
      show.image,
      show.copy,
    ),
  };
}

function traversals(atlas) {
  const { model, state } = atlas;
  const { kl_per_dimension: kl } = model.manifest;
  const order = kl
    .map((_, k) => k)
    .sort((p, q) => kl[q] - kl[p])
    .slice(0, MOST_ROWS);
  const origin = () => Array.from(state.get("z"), shortest).join(",");
  const show = picture(atlas, "One row of images for each dimension, from −3 to 3", () =>
    model.path("traverse", { dims: order.join(","), steps: 11, extent: 3, origin: origin() }),
  );
  return {
    show,
    part: h(
      "section",
      {},
      h("h3", {}, "Traversals through the point, −3 … 3"),
      h("p", { class: "small" }, `Rows: ${order.map((k) => `z${k}`).join(", ")}, by KL.`),
      show.image,
      h(
        "div",
        { class: "row" },
        button("Through the point as it is now", () => show.refresh()),
      ),
      show.copy,
    ),
  };
}

function grid(atlas) {
  const { model } = atlas;
  const select = h(
    "select",
    { on: { change: () => show.refresh() } },
    h("option", { value: "linear" }, "linear"),
    h("option", { value: "quantile" }, "quantile"),
  );
  const dims = () => (atlas.plane.id.match(/^dims-(\d+)-(\d+)$/) ?? [0, 0, 1]).slice(1).join(",");
  const show = picture(atlas, "Grid of decoded images over two dimensions", () =>
    model.path("latent-grid", {
      rows: 15,
      columns: 15,
      extent: 3,
      dims: dims(),
      spacing: select.value,
    }),
  );
  return {
    show,
    part: h(
      "section",
      {},
      h("h3", {}, "Grid over two dimensions"),
      field("Spacing", select),
      show.image,
      show.copy,
    ),
  };
}

export function mount(host, atlas, signal) {
  const parts = [samples(atlas), traversals(atlas), grid(atlas)];
  host.append(h("h2", {}, "Sample and traverse"), ...parts.map(({ part }) => part));
  atlas.state.watch(["seed"], () => parts[0].show.refresh(), signal);
  for (const { show } of parts.slice(1)) show.refresh();
}
