/** Shows what the service makes of one image: its posterior, its score, its reconstruction. */
/** @import {Neighbour} from "../data/api_types.d.ts" */
/** @import {ImageReport} from "../data/image_report.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON } from "../data/api_client.js";
import { decimals } from "../data/state.js";
import { goTo } from "../map/actions.js";
import { table } from "../ui/charts.js";
import { button, h, row, section, small } from "../ui/dom.js";
import { neighbourThumbnail } from "../ui/item_thumbnail.js";
import { descending } from "../ui/latent_sliders.js";
import { figure } from "../ui/number_format.js";
import { snippetButtons } from "../ui/request_snippets.js";

/** @param {ImageReport} report */
function comparison({ compare }) {
  const src = URL.createObjectURL(compare);
  const picture = h("img", {
    class: "wide-image pixels",
    alt: "The image, its reconstruction and the error",
    src,
    on: { load: () => URL.revokeObjectURL(src) },
  });
  const parts = ["image", "reconstruction", "error"].map((text) => h("span", {}, text));
  return h("figure", {}, picture, h("figcaption", {}, ...parts));
}

/** @param {ImageReport} report */
function losses({ score, reconstruction, klTotal }) {
  const line = (
    /** @type {string} */ name,
    /** @type {number} */ value,
    /** @type {string} */ key,
  ) => [h("dt", {}, name), h("dd", { data: { figure: key } }, `${figure(value)} nats`)];
  return h(
    "dl",
    { class: "facts" },
    ...line("Score, −ELBO", score, "score"),
    ...line("Reconstruction", reconstruction, "reconstruction"),
    ...line("KL", klTotal, "kl"),
  );
}

/** @param {ImageReport} report */
function posterior({ zMean, zLogVar, kl }) {
  const rows = descending(kl).map((k) => [
    `z${k}`,
    figure(zMean[k], 3),
    figure(Math.exp(zLogVar[k] / 2), 3),
    figure(kl[k], 3),
  ]);
  return table("Posterior", ["Dimension", "z_mean", "σ", "KL, nats"], rows);
}

/** The items near an image. @param {Explorer} explorer @param {ImageReport} report */
function nearest(explorer, { zMean }) {
  const strip = h("div", { class: "thumbs" });
  const path = explorer.model.path("neighbours", { z: decimals(Float32Array.from(zMean)), k: 5 });
  const show = (/** @type {{items: Neighbour[]}} */ { items }) =>
    strip.append(...items.map((item) => neighbourThumbnail(explorer, item)));
  getJSON(path).then(show, () => undefined); // an extra
  return section("Nearest items", strip);
}

/** Show what `report` found. @param {Explorer} explorer @param {ImageReport} found */
export function reportView(explorer, found) {
  const request = () => ({
    path: explorer.model.path("reconstruct", { layout: "compare" }),
    accept: "image/png",
    file: { type: found.blob.type, name: found.name },
    save: "reconstruction.png",
  });
  return h(
    "div",
    { class: "panel-part" },
    comparison(found),
    losses(found),
    small(
      "The score is both losses added, in nats (1 nat is 1.44 bits): less is better explained.",
    ),
    row(
      button("Go to it", () => goTo(explorer, found.zMean)),
      button("Take it off the map", () => explorer.state.set({ own: undefined }, { push: true })),
    ),
    nearest(explorer, found),
    posterior(found),
    snippetButtons(explorer, request),
  );
}
