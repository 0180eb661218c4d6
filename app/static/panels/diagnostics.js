/** What a VAE does not say by itself: which dimensions live, where the prior is empty, what is hard. */

import { bars, distribution, table, UNITS } from "../ui/charts.js";
import { count, figure, h } from "../ui/dom.js";
import { thumb } from "../ui/item_thumbnail.js";
import { ALIVE } from "../ui/latent_sliders.js";

const BINS = 24; // along a side of the holes' grid
const REACH = 3; // deviations of the prior that the grid covers

function activeUnits({ manifest, latentDim }) {
  const rows = manifest.kl_per_dimension
    .map((kl, k) => ({
      name: `z${k}`,
      value: kl,
      dead: manifest.activity[k] < ALIVE,
      text: `${figure(kl, 3)} · ${figure(manifest.activity[k], 3)}`,
    }))
    .sort((p, q) => q.value - p.value);
  return h(
    "section",
    {},
    h("h3", {}, "KL per dimension, nats · variance of z_mean"),
    bars("KL per dimension", rows),
    h(
      "p",
      { class: "small" },
      `${manifest.active_units} of ${latentDim} dimensions are active: ` +
        `their z_mean varies by more than ${ALIVE} over the ${count(manifest.dataset.test_items)} test images.`,
    ),
  );
}

function metrics({ manifest }) {
  const rows = Object.entries(manifest.metrics).map(([name, value]) => [
    name.replaceAll("_", " "),
    figure(value, 3),
  ]);
  return h(
    "section",
    {},
    h("h3", {}, "On the test set"),
    table("Metrics", ["Metric", "Value"], rows),
    h("p", { class: "small" }, UNITS),
  );
}

/** Share of the prior's mass, within ±3σ of this plane, in cells without any encoded item. */
function holes(points, origin) {
  const counts = new Uint32Array(BINS * BINS);
  const place = (value) => Math.floor(((value + REACH) / (2 * REACH)) * BINS);
  for (let i = 0; i < points.n; i += 1) {
    const [column, row] = [place(points.x[i] - origin.a), place(points.y[i] - origin.b)];
    if (column >= 0 && row >= 0 && column < BINS && row < BINS) counts[row * BINS + column] += 1;
  }
  const centre = (k) => ((k + 0.5) / BINS) * 2 * REACH - REACH;
  const mass = Float64Array.from(counts, (_, k) =>
    Math.exp(-0.5 * (centre(k % BINS) ** 2 + centre(Math.floor(k / BINS)) ** 2)),
  );
  const total = mass.reduce((sum, value) => sum + value, 0);
  const empty = mass.reduce((sum, value, k) => sum + (counts[k] ? 0 : value), 0);
  return { counts, mass: mass.map((value) => value / total), share: empty / total };
}

/** Blue where the prior has more than the data, orange where the data has more than the prior. */
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
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function aggregate(atlas) {
  const { model, points, plane } = atlas;
  const { mean, standard_deviation: deviation } = model.manifest.aggregate_posterior;
  const found = holes(points, plane.origin);
  const canvas = h("canvas", {
    class: "picture pixels",
    role: "img",
    "aria-label": "Prior against encoded items on this plane",
  });
  paintHoles(canvas, found, points.n);
  const order = mean.map((_, k) => k);
  return h(
    "section",
    {},
    h("h3", {}, "Aggregate posterior against the prior, on this plane"),
    h(
      "div",
      { class: "hero" },
      canvas,
      h(
        "div",
        {},
        h(
          "p",
          { data: { figure: "holes" } },
          `${figure(100 * found.share, 1)} % of the prior within ±3σ lies in cells where no item was encoded: holes.`,
        ),
        h(
          "p",
          { class: "small" },
          `Blue: the prior promises more than the data fills. Orange: crowded. ${BINS} × ${BINS} cells, ${count(points.n)} items by z_mean.`,
        ),
      ),
    ),
    table(
      "Aggregate posterior",
      ["Dimension", "Mean", "Deviation"],
      order.map((k) => [`z${k}`, figure(mean[k], 3), figure(deviation[k], 3)]),
    ),
    h("p", { class: "small" }, "The prior has mean 0 and deviation 1 in every dimension."),
  );
}

/** log Γ(d/2) for whole d, from Γ(1/2) = √π and Γ(1) = 1. */
function logGammaHalf(d) {
  let sum = d % 2 ? 0.5 * Math.log(Math.PI) : 0;
  for (let k = d % 2 ? 1 : 2; k < d; k += 2) sum += Math.log(k / 2);
  return sum;
}

function norms({ model, points }) {
  const d = model.latentDim;
  const high = Math.max(Math.sqrt(d) + 3, 4);
  const density = (r) =>
    r <= 0
      ? 0
      : Math.exp((d - 1) * Math.log(r) - (r * r) / 2 - (d / 2 - 1) * Math.LN2 - logGammaHalf(d));
  return h(
    "section",
    {},
    h("h3", {}, "Norm of z_mean against the prior's shell"),
    distribution("Norm of z_mean by item, with the prior's density", points.columns.norm, {
      low: 0,
      high,
      density,
    }),
    h(
      "p",
      { class: "small" },
      `Bars: encoded items. Line: the norm of a draw from the prior, χ with ${d} degrees of freedom.`,
    ),
  );
}

function hardest(atlas) {
  const { points } = atlas;
  const errors = points.columns.reconstruction;
  const order = Array.from(errors.keys()).sort((p, q) => errors[q] - errors[p]);
  const sorted = Float32Array.from(errors).sort();
  const worst = order.slice(0, 12).map((id) => {
    const error = figure(errors[id], 1);
    return thumb(atlas, id, error, `reconstruction ${error} nats`);
  });
  return h(
    "section",
    {},
    h("h3", {}, "Reconstruction error by item, nats"),
    distribution("Reconstruction error by item", errors, {
      low: sorted[0],
      high: sorted.at(-1),
    }),
    h("h3", {}, "The hardest items"),
    h("div", { class: "thumbs" }, ...worst),
  );
}

export function mount(host, atlas, signal) {
  const { model } = atlas;
  const ofItems = h("div", { class: "panel-part" });
  const show = () => {
    if (!atlas.points?.n) return;
    ofItems.replaceChildren(aggregate(atlas), norms(atlas), hardest(atlas));
  };
  atlas.bus.addEventListener("items", show, { signal });
  host.append(h("h2", {}, "What this model is"), activeUnits(model), metrics(model), ofItems);
  show();
}
