/** Six short steps over the living page, with this model's own numbers. Each step is an address. */
/** @import {Explorer} from "../map/actions.js" */

import { home, place, untilReady } from "../map/actions.js";
import { button, byId, h, loadStyle, row } from "./dom.js";
import { count, figure } from "./number_format.js";

const SEEN = "vae-atlas-tour";

/** The middle of the k-th class. @param {Explorer} explorer @param {number} k */
function centre({ state }, k) {
  const centres = state.get("items")?.points.centres ?? [];
  return centres[k % (centres.length || 1)] ?? { a: 0, b: 0 };
}

/** @type {{title: string, text: (explorer: Explorer) => string, show: (explorer: Explorer) => unknown}[]} */
const STEPS = [
  {
    title: "A map that is decoded",
    text: ({ model }) =>
      `This model squeezes an image of ${model.height} × ${model.width} pixels into ${model.latentDim} numbers. Each picture here is what it makes of the numbers at that place. Zoom: there is always more between two pictures.`,
    show: home,
  },
  {
    title: "Drag the ring",
    text: ({ model }) =>
      `The ring is the point you look at. Drag it, or use the arrow keys: its image follows. In the panel, a slider for each of the ${model.latentDim} dimensions.`,
    show: (explorer) => {
      const { a, b } = centre(explorer, 0);
      explorer.state.set({ panel: "point" });
      place(explorer, a, b, { push: true });
    },
  },
  {
    title: "Where the images are",
    text: ({ state, model }) =>
      `Dots are ${count(state.get("items")?.points.n ?? 0)} images of ${model.manifest.dataset.name}, each where the model encodes it, coloured by class. Press a class below to hide it.`,
    show: ({ state }) => state.set({ panel: "items" }, { push: true }),
  },
  {
    title: "From A to B",
    text: () => "Two pins, and the images between them. Press Play, or save the way as GIF.",
    show: async (explorer) => {
      const plane = await untilReady(explorer);
      const [a, b] = [0, 1].map((k) => centre(explorer, k)).map((p) => plane.at(p.a, p.b));
      explorer.state.set({ a, b, panel: "path" }, { push: true });
    },
  },
  {
    title: "What it does not say by itself",
    text: ({ model: { manifest } }) =>
      `It uses ${manifest.active_units} of its ${manifest.latent_dim} dimensions, at ${figure(manifest.kl_per_dimension.reduce((sum, kl) => sum + kl, 0))} nats of KL an image. Here you also see where the prior is empty and which images are hard.`,
    show: ({ state }) => state.set({ panel: "diagnostics" }, { push: true }),
  },
  {
    title: "Bring your own",
    text: () =>
      "Draw, paste or choose an image: you see where it lands, how sure the model is, and what it gets wrong. Copy the link above to share what you see. The question mark lists the keys.",
    show: ({ state }) => state.set({ panel: "image" }, { push: true }),
  },
];

/** Walk through the steps in a card over the map. @param {Explorer} explorer */
export async function startTour(explorer) {
  await loadStyle();
  document.querySelector(".tour")?.remove();
  let at = 0;
  const title = h("h2", { tabIndex: -1 });
  const text = h("p");
  const where = h("span", { class: "small" });
  const card = h("section", { class: "tour", "aria-label": "Tour" });
  const end = () => {
    card.remove();
    explorer.map.host.focus();
  };
  const go = (/** @type {number} */ step) => {
    at = step;
    if (at >= STEPS.length) return end();
    title.textContent = STEPS[at].title;
    text.textContent = STEPS[at].text(explorer);
    where.textContent = `${at + 1} of ${STEPS.length}`;
    back.disabled = at === 0;
    next.textContent = at === STEPS.length - 1 ? "Done" : "Next";
    STEPS[at].show(explorer);
    return title.focus();
  };
  const back = button("Back", () => go(at - 1));
  const next = button("Next", () => go(at + 1), { class: "primary" });
  const space = h("span", { class: "space" });
  card.append(title, text, row(where, space, back, next, button("Close", end)));
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
  byId("stage").append(card);
  go(0);
}

/** Offer the tour to who has not been here, once. @param {Explorer} explorer */
export async function offerTour(explorer) {
  await loadStyle();
  try {
    if (localStorage.getItem(SEEN)) return;
    localStorage.setItem(SEEN, "yes");
  } catch {
    return; // without storage it would come at every visit
  }
  const offer = h("section", { class: "tour", "aria-label": "Welcome" });
  const take = () => {
    offer.remove();
    startTour(explorer);
  };
  offer.append(
    h("p", {}, "A map of what this model can imagine: every picture is decoded at its place."),
    row(
      button("Six short steps", take, { class: "primary" }),
      button("No, thanks", () => offer.remove()),
    ),
  );
  byId("stage").append(offer);
}
