/** What a VAE does not say by itself: which dimensions live, where the prior is empty, what is hard. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Place} from "../data/plane.js" */
/** @import {Explorer} from "../map/actions.js" */

import { context2d } from "../map/map_view.js";
import { bars, distribution, table, UNITS } from "../ui/charts.js";
import { h, section, small } from "../ui/dom.js";
import { itemThumbnail } from "../ui/item_thumbnail.js";
import { ALIVE, descending } from "../ui/latent_sliders.js";
import { count, figure } from "../ui/number_format.js";

const BINS = 24; // along a side of the holes' grid
const REACH = 3; // deviations of the prior that the grid covers

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

/** Share of the prior's mass, within ±3σ of this plane, in cells without any encoded item.
 * @param {Points} points @param {Place} origin */
function holes(points, origin) {
  const counts = new Uint32Array(BINS * BINS);
  const place = (/** @type {number} */ value) => Math.floor(((value + REACH) / (2 * REACH)) * BINS);
  for (let i = 0; i < points.n; i += 1) {
    const [column, row] = [place(points.x[i] - origin.a), place(points.y[i] - origin.b)];
    if (column >= 0 && row >= 0 && column < BINS && row < BINS) counts[row * BINS + column] += 1;
  }
  const centre = (/** @type {number} */ k) => ((k + 0.5) / BINS) * 2 * REACH - REACH;
  const mass = Float64Array.from(counts, (_, k) =>
    Math.exp(-0.5 * (centre(k % BINS) ** 2 + centre(Math.floor(k / BINS)) ** 2)),
  );
  const total = mass.reduce((sum, value) => sum + value, 0);
  const empty = mass.reduce((sum, value, k) => sum + (counts[k] ? 0 : value), 0);
  return { counts, mass: mass.map((value) => value / total), share: empty / total };
}

/** Blue where the prior has more than the data, orange where the data has more than the prior. */
/** @param {HTMLCanvasElement} canvas @param {ReturnType<typeof holes>} found
 * @param {number} n items */
function paintHoles(canvas, { counts, mass }, n) {
  Object.assign(canvas, { width: BINS, height: BINS });
  const image = new ImageData(BINS, BINS);
  const expected = Math.max(...mass);
  for (let k = 0; k < BINS * BINS; k += 1) {
    const at = 4 * ((BINS - 1 - Math.floor(k / BINS)) * BINS + (k % BINS));
    const excess = Math.max(-1, Math.min(1, (counts[k] / n - mass[k]) / expected));
    const [r, g, b] = excess > 0 ? [240, 150, 50] : [70, 140, 255];
    const strength = Math.sqrt(Math.abs(excess));
    image.data.set([r * strength + 18, g * strength + 20, b * strength + 24, 255], at);
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/** @param {Points} points @param {Place | null} origin of the prior on the plane; a chart has none */
function priorOnPlane(points, origin) {
  if (!origin) return small("Choose a plane above to see where the prior has no items.");
  const found = holes(points, origin);
  const about = { role: "img", "aria-label": "Prior against encoded items on this plane" };
  const canvas = h("canvas", { class: "picture pixels", ...about });
  paintHoles(canvas, found, points.n);
  const share = h(
    "p",
    { data: { figure: "holes" } },
    `${figure(100 * found.share, 1)} % of the prior within ±3σ lies in cells where no item was encoded: holes.`,
  );
  const legend = small(
    `Blue: the prior promises more than the data fills. Orange: crowded. ${BINS} × ${BINS} cells, ${count(points.n)} items by z_mean.`,
  );
  return h("div", { class: "hero" }, canvas, h("div", {}, share, legend));
}

/** @param {Explorer} explorer @param {Points} points */
function aggregate({ model, state }, points) {
  const { mean, standard_deviation: deviation } = model.manifest.aggregate_posterior;
  const rows = mean.map((value, k) => [`z${k}`, figure(value, 3), figure(deviation[k], 3)]);
  return section(
    "Aggregate posterior against the prior, on this plane",
    priorOnPlane(points, state.get("shownPlane").origin),
    table("Aggregate posterior", ["Dimension", "Mean", "Deviation"], rows),
    small(
      "The prior has mean 0 and deviation 1 in every dimension." +
        (model.manifest.prior
          ? " That is the prior of the training; samples are drawn from one that fits the images."
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
      `Bars: encoded items. Line: the norm of a draw from the prior, χ with ${d} degrees of freedom.`,
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
    const parts = [aggregate(explorer, points), norms(model, points), hardest(explorer, points)];
    ofItems.replaceChildren(...parts);
  };
  host.append(h("h2", {}, "What this model is"), activeUnits(model), metrics(model), ofItems);
  state.watch(["items"], show, signal);
}
