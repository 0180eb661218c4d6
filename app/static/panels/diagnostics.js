/** What a VAE does not say by itself: which dimensions live, where the prior is empty, what is hard. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON } from "../data/api_client.js";
import { context2d } from "../map/map_view.js";
import { bars, distribution, table, UNITS } from "../ui/charts.js";
import { h, section, small } from "../ui/dom.js";
import { itemThumbnail } from "../ui/item_thumbnail.js";
import { ALIVE, descending } from "../ui/latent_sliders.js";
import { count, figure, items } from "../ui/number_format.js";

/** @param {Model} model */
function activeUnits({ manifest, latentDim }) {
  const { activity, kl_per_dimension: kl } = manifest;
  const rows = descending(kl).map((k) => ({
    name: `z${k}`,
    value: kl[k],
    dead: activity[k] < ALIVE,
    text: `${figure(kl[k], 3)} · ${figure(activity[k], 3)}`,
  }));
  return section(
    "KL per dimension, nats · variance of z_mean",
    bars("KL per dimension", rows),
    small(
      `${manifest.active_units} of ${latentDim} dimensions are active: ` +
        `their z_mean varies by more than ${ALIVE} over the ${count(manifest.dataset.test_items)} test images.`,
    ),
  );
}

/** @param {Model} model */
function metrics({ manifest }) {
  const rows = Object.entries(manifest.metrics).map(([name, value]) => [
    name.replaceAll("_", " "),
    figure(value, 3),
  ]);
  return section("On the test set", table("Metrics", ["Metric", "Value"], rows), small(UNITS));
}

/** What `GET holes` answers, the top row first.
 * @typedef {{share: number, items: number[][], prior: number[][]}} Holes */

/** Blue where the prior has more than the data, orange where the data has more than the prior.
 * @param {HTMLCanvasElement} canvas @param {Holes} found @param {number} n items */
function paintHoles(canvas, { items, prior }, n) {
  const [counts, mass] = [items.flat(), prior.flat()];
  Object.assign(canvas, { width: prior.length, height: prior.length });
  const image = new ImageData(prior.length, prior.length);
  const expected = Math.max(...mass);
  for (const [k, here] of counts.entries()) {
    const excess = Math.max(-1, Math.min(1, (here / n - mass[k]) / expected));
    const [r, g, b] = excess > 0 ? [240, 150, 50] : [70, 140, 255];
    const strength = Math.sqrt(Math.abs(excess));
    image.data.set([r * strength + 18, g * strength + 20, b * strength + 24, 255], 4 * k);
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/** @param {HTMLElement} out @param {Holes} found @param {number} n items */
function showHoles(out, found, n) {
  const about = { role: "img", "aria-label": "Prior against encoded items on this plane" };
  const canvas = h("canvas", { class: "picture pixels", ...about });
  paintHoles(canvas, found, n);
  const share = h(
    "p",
    { data: { figure: "holes" } },
    `${figure(100 * found.share, 1)} % of the prior within ±3σ lies in cells where no item was encoded: holes.`,
  );
  const cells = `${found.prior.length} × ${found.prior.length} cells, ${items(n)} by z_mean`;
  const legend = `Blue: the prior promises more than the data fills. Orange: crowded. ${cells}.`;
  out.replaceChildren(canvas, h("div", {}, share, small(legend)));
}

/** @param {Explorer} explorer @param {number} n items @param {AbortSignal} signal */
function priorOnPlane({ model, state }, n, signal) {
  const { id, kind } = state.get("shownPlane");
  if (kind === "chart") return small("Choose a plane above to see where the prior has no items.");
  const out = h("div", { class: "hero" });
  getJSON(model.path("holes", { plane: id }), { signal }).then(
    (found) => showHoles(out, found, n),
    (error) => signal.aborted || out.replaceChildren(small(error.message)),
  );
  return out;
}

/** @param {Explorer} explorer @param {Points} points @param {AbortSignal} signal */
function aggregate(explorer, points, signal) {
  const { model } = explorer;
  const { mean, standard_deviation: deviation } = model.manifest.aggregate_posterior;
  const rows = mean.map((value, k) => [`z${k}`, figure(value, 3), figure(deviation[k], 3)]);
  return section(
    "Aggregate posterior against the prior, on this plane",
    priorOnPlane(explorer, points.n, signal),
    table("Aggregate posterior", ["Dimension", "Mean", "Deviation"], rows),
    small(
      "The prior has mean 0 and deviation 1 in every dimension." +
        (model.manifest.prior
          ? " That is the prior of the training; samples, and the picture above, are of one that fits the images."
          : ""),
    ),
  );
}

/** log Γ(d/2) for whole d, from Γ(1/2) = √π and Γ(1) = 1. @param {number} d */
function logGammaHalf(d) {
  let sum = d % 2 ? 0.5 * Math.log(Math.PI) : 0;
  for (let k = d % 2 ? 1 : 2; k < d; k += 2) sum += Math.log(k / 2);
  return sum;
}

/** @param {Model} model @param {Points} points */
function norms({ latentDim: d }, points) {
  const high = Math.max(Math.sqrt(d) + 3, 4);
  const density = (/** @type {number} */ r) =>
    r <= 0
      ? 0
      : Math.exp((d - 1) * Math.log(r) - (r * r) / 2 - (d / 2 - 1) * Math.LN2 - logGammaHalf(d));
  const name = "Norm of z_mean by item, with the prior's density";
  return section(
    "Norm of z_mean against the prior's shell",
    distribution(name, points.columns.norm, { low: 0, high, density }),
    small(
      `Bars: encoded items. Line: the norm of a draw from the prior, χ with ${d} degrees of freedom. ` +
        "The more dimensions, the more alike are the norms of all draws: they form a shell.",
    ),
  );
}

/** @param {Explorer} explorer @param {Points} points */
function hardest(explorer, points) {
  const errors = points.columns.reconstruction;
  const order = descending(errors);
  const [high, low] = [errors[order[0]], errors[order.at(-1) ?? 0]];
  const worst = order.slice(0, 12).map((id) => {
    const error = figure(errors[id], 1);
    return itemThumbnail(explorer, id, error, `reconstruction ${error} nats`);
  });
  return section(
    "Reconstruction error by item, nats",
    distribution("Reconstruction error by item", errors, { low, high }),
    h("h3", {}, "The hardest items"),
    h("div", { class: "thumbs" }, ...worst),
  );
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { model, state } = explorer;
  const ofItems = h("div", { class: "panel-part" });
  const show = () => {
    const points = state.get("items")?.points;
    if (!points?.n) return;
    const parts = [
      aggregate(explorer, points, signal),
      norms(model, points),
      hardest(explorer, points),
    ];
    ofItems.replaceChildren(...parts);
  };
  host.append(h("h2", {}, "What this model is"), activeUnits(model), metrics(model), ofItems);
  state.watch(["items"], show, signal);
}
