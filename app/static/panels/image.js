/** One's own image: drawn, chosen, dropped or pasted; encoded, reconstructed, scored, on the map. */

import { getJSON, send } from "../api.js";
import { button, figure, h } from "../dom.js";
import { makePad } from "../draw.js";
import { snippetButtons } from "../snippets.js";

/** Encode, score and reconstruct one image. Returns what the panel and the map need. */
async function study(model, blob, name) {
  const post = { method: "POST", body: blob, headers: { "content-type": blob.type } };
  const picture = send(model.path("reconstruct", { layout: "compare" }),
    { ...post, headers: { ...post.headers, accept: "image/png" } }).then((answer) => answer.blob());
  const [code, score, compare] = await Promise.all(
    [getJSON(model.path("encode"), post), getJSON(model.path("score"), post), picture]);
  const first = (value) => (Array.isArray(value) ? value[0] : value);
  return {
    name, blob, compare,
    zMean: Float32Array.from(code.z_mean[0]), zLogVar: code.z_log_var[0], kl: code.kl[0],
    score: { score: first(score.score), reconstruction: first(score.reconstruction), kl: first(score.kl) },
  };
}

function result(atlas, own) {
  const address = URL.createObjectURL(own.compare);
  const picture = h("img", { class: "wide-image pixels", alt: "The image, its reconstruction and the error",
    src: address, on: { load: () => URL.revokeObjectURL(address) } });
  const { score, reconstruction, kl } = own.score;
  const rows = Array.from(own.zMean, (mean, k) => ({ k, mean, deviation: Math.exp(own.zLogVar[k] / 2), kl: own.kl[k] }))
    .sort((p, q) => q.kl - p.kl)
    .map((row) => h("tr", {}, h("td", {}, `z${row.k}`), h("td", {}, figure(row.mean, 3)),
      h("td", {}, figure(row.deviation, 3)), h("td", {}, figure(row.kl, 3))));
  const heads = ["Dimension", "z_mean", "σ", "KL, nats"].map((text) => h("th", { scope: "col" }, text));
  return h("div", { class: "panel-part" },
    h("figure", {}, picture, h("figcaption", {}, ...["image", "reconstruction", "error"].map((t) => h("span", {}, t)))),
    h("dl", { class: "facts" },
      h("dt", {}, "Score, −ELBO"), h("dd", { data: { figure: "score" } }, `${figure(score)} nats`),
      h("dt", {}, "Reconstruction"), h("dd", {}, `${figure(reconstruction)} nats`),
      h("dt", {}, "KL"), h("dd", {}, `${figure(kl)} nats`)),
    h("div", { class: "row" }, button("Go to it", () => atlas.goTo(own.zMean)),
      button("Take it off the map", () => { atlas.own = null; atlas.map.invalidate(); })),
    h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)),
    snippetButtons(atlas, () => ({
      path: atlas.model.path("reconstruct", { layout: "compare" }), accept: "image/png",
      file: { type: own.blob.type, name: own.name }, save: "reconstruction.png",
    })));
}

function download(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const toBlob = (ink) => {
  const canvas = h("canvas", { width: ink.width, height: ink.height });
  canvas.getContext("2d").drawImage(ink, 0, 0);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
};

export function mount(host, atlas, signal) {
  const out = h("div", { class: "result", "aria-live": "polite" });
  let number = 0;
  const take = async (blob, name) => {
    const mine = (number += 1);
    try {
      const own = await study(atlas.model, blob, name);
      if (signal.aborted || mine !== number) return; // a newer image was taken
      atlas.own = own;
      out.replaceChildren(result(atlas, own));
      atlas.goTo(own.zMean);
    } catch (error) {
      if (mine === number) out.replaceChildren(h("p", { class: "error", role: "alert" }, error.message));
    }
  };
  const files = ([file]) => file && take(file, file.name);
  const pad = h("canvas", { class: "pad" });
  const drawing = makePad(pad, async () => take(await toBlob(drawing.image()), "drawing.png"));
  const input = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp", hidden: true,
    on: { change: () => files(input.files) } });

  document.addEventListener("paste", (event) => files(event.clipboardData.files), { signal });
  host.addEventListener("dragover", (event) => { event.preventDefault(); host.dataset.drop = "yes"; }, { signal });
  host.addEventListener("dragleave", () => { delete host.dataset.drop; }, { signal });
  host.addEventListener("drop", (event) => {
    event.preventDefault();
    delete host.dataset.drop;
    files(event.dataTransfer.files);
  }, { signal });

  host.append(
    h("h2", {}, "Your image"),
    h("p", { class: "small" }, "Draw one, or choose, drop or paste a file. It becomes a diamond on the map with its posterior at 1σ and 2σ; drag it there and watch it change."),
    pad,
    h("div", { class: "row" },
      button("Clear", drawing.clear),
      button("Choose a file…", () => input.click()), input,
      button("Save drawing", async () => download(await toBlob(drawing.image()), "drawing.png"))),
    out);
  if (atlas.own) out.append(result(atlas, atlas.own));
}
