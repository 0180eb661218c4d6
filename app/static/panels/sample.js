/** Pictures of the whole: draws from the prior, a traversal per dimension, a grid of the plane. */
/** @import {Explorer} from "../map/actions.js" */

import { showImage } from "../data/api_client.js";
import { debounce } from "../data/latest.js";
import { decimals } from "../data/state.js";
import { button, choice, field, h, row, section, small } from "../ui/dom.js";
import { descending } from "../ui/latent_sliders.js";
import { snippetButtons } from "../ui/request_snippets.js";

const MOST_ROWS = 16; // dimensions in one traversal picture
const REST = 400; // milliseconds of rest before the point's traversals are drawn

/** A picture of the service under a title: `head` stands above it, `foot` before the copy buttons.
 * @param {Explorer} explorer
 * @param {{title: string, alt: string, path: () => string, head: HTMLElement, foot?: HTMLElement[]}} parts */
function picture(explorer, { title, alt, path, head, foot = [] }) {
  const image = h("img", { class: "wide-image pixels", alt });
  const request = () => ({ path: path(), accept: "image/png", save: "picture.png" });
  const copy = snippetButtons(explorer, request);
  copy.prepend(...foot);
  const refresh = () => showImage(image, path());
  return { element: section(title, head, image, copy), refresh };
}

/** @param {Explorer} explorer @param {AbortSignal} signal */
function samples(explorer, signal) {
  const { state, model } = explorer;
  const warmth = { type: "number", min: "0", max: "2", step: "0.1", value: "1" };
  const temperature = h("input", warmth);
  const seed = h("input", { type: "number", min: "0", step: "1" });
  const query = () => ({
    n: 36,
    seed: state.get("seed"),
    temperature: temperature.value || 1,
    columns: 9,
  });
  const next = () => state.set({ seed: String(Number(state.get("seed")) + 1) }, { push: true });
  const shown = picture(explorer, {
    title: "Samples of the prior",
    alt: "Images decoded from draws of the prior",
    path: () => model.path("sample", query()),
    head: row(field("Seed", seed), field("Temperature", temperature)),
    foot: [button("Draw again", next)],
  });
  temperature.addEventListener("change", shown.refresh);
  seed.addEventListener("change", () => state.set({ seed: seed.value || "0" }));
  const follow = () => {
    seed.value = state.get("seed");
    shown.refresh();
  };
  state.watch(["seed"], follow, signal);
  return shown.element;
}

/** @param {Explorer} explorer @param {AbortSignal} signal */
function traversals(explorer, signal) {
  const { model, state } = explorer;
  const dims = descending(model.manifest.kl_per_dimension).slice(0, MOST_ROWS);
  const query = () => ({
    dims: dims.join(","),
    steps: 11,
    extent: 3,
    origin: decimals(state.get("z")),
  });
  const shown = picture(explorer, {
    title: "Traversals through the point, −3 … 3",
    alt: "One row of images for each dimension, from −3 to 3",
    path: () => model.path("traverse", query()),
    head: small(`Rows: ${dims.map((k) => `z${k}`).join(", ")}, by KL.`),
  });
  shown.refresh();
  const follow = debounce(() => {
    if (!signal.aborted) shown.refresh();
  }, REST);
  state.listen(["z"], follow, signal);
  return shown.element;
}

/** @param {Explorer} explorer */
function grid(explorer) {
  const { state, model } = explorer;
  const spacing = choice(["linear", "quantile"], () => shown.refresh());
  const { kind, pair } = state.get("shownPlane");
  const dims = kind === "dims" && pair ? pair.join(",") : "0,1";
  const size = { rows: 15, columns: 15, extent: 3 };
  const shown = picture(explorer, {
    title: "Grid over two dimensions",
    alt: "Grid of decoded images over two dimensions",
    path: () => model.path("latent-grid", { ...size, dims, spacing: spacing.value }),
    head: field("Spacing", spacing),
  });
  shown.refresh();
  return shown.element;
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const parts = [samples(explorer, signal), traversals(explorer, signal), grid(explorer)];
  host.append(h("h2", {}, "Sample and traverse"), ...parts);
}
