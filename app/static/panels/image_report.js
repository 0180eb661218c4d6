/** What the service makes of one image: its posterior, its score, its reconstruction. */

import { getJSON, send } from "../data/api_client.js";
import { table } from "../ui/charts.js";
import { button, figure, h } from "../ui/dom.js";
import { snippetButtons } from "../ui/request_snippets.js";

/** Encode, score and reconstruct one image. Returns what the panel and the map need. */
export async function report(model, blob, name) {
  const post = { method: "POST", body: blob, headers: { "content-type": blob.type } };
  const picture = send(model.path("reconstruct", { layout: "compare" }), {
    ...post,
    headers: { ...post.headers, accept: "image/png" },
  }).then((answer) => answer.blob());
  const [code, score, compare] = await Promise.all([
    getJSON(model.path("encode"), post),
    getJSON(model.path("score"), post),
    picture,
  ]);
  return {
    name,
    blob,
    compare,
    zMean: Float32Array.from(code.z_mean[0]),
    zLogVar: code.z_log_var[0],
    kl: code.kl[0],
    score: score.score[0],
    reconstruction: score.reconstruction[0],
    klTotal: score.kl[0],
  };
}

function comparison({ compare }) {
  const address = URL.createObjectURL(compare);
  const picture = h("img", {
    class: "wide-image pixels",
    alt: "The image, its reconstruction and the error",
    src: address,
    on: { load: () => URL.revokeObjectURL(address) },
  });
  const parts = ["image", "reconstruction", "error"].map((text) => h("span", {}, text));
  return h("figure", {}, picture, h("figcaption", {}, ...parts));
}

function losses({ score, reconstruction, klTotal }) {
  const row = (name, value, key) => [
    h("dt", {}, name),
    h("dd", { data: { figure: key } }, `${figure(value)} nats`),
  ];
  return h(
    "dl",
    { class: "facts" },
    ...row("Score, −ELBO", score, "score"),
    ...row("Reconstruction", reconstruction, "reconstruction"),
    ...row("KL", klTotal, "kl"),
  );
}

function posterior({ zMean, zLogVar, kl }) {
  const order = Array.from(kl.keys()).sort((p, q) => kl[q] - kl[p]);
  const rows = order.map((k) => [
    `z${k}`,
    figure(zMean[k], 3),
    figure(Math.exp(zLogVar[k] / 2), 3),
    figure(kl[k], 3),
  ]);
  return table("Posterior", ["Dimension", "z_mean", "σ", "KL, nats"], rows);
}

/** Show what `report` found. */
export function reportView(atlas, own) {
  const takeOff = () => {
    atlas.own = null;
    atlas.map.invalidate();
  };
  const request = () => ({
    path: atlas.model.path("reconstruct", { layout: "compare" }),
    accept: "image/png",
    file: { type: own.blob.type, name: own.name },
    save: "reconstruction.png",
  });
  return h(
    "div",
    { class: "panel-part" },
    comparison(own),
    losses(own),
    h(
      "div",
      { class: "row" },
      button("Go to it", () => atlas.goTo(own.zMean)),
      button("Take it off the map", takeOff),
    ),
    posterior(own),
    snippetButtons(atlas, request),
  );
}
