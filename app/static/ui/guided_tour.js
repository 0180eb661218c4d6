/** Six short steps over the living page, with this model's own numbers. Each step is an address. */

import { button, count, figure, h } from "./dom.js";

const SEEN = "vae-atlas-tour";

function centre({ centres = [] }, k) {
  return centres[k % (centres.length || 1)] ?? { a: 0, b: 0 };
}

const STEPS = [
  {
    title: "A map that is decoded",
    text: ({ model }) =>
      `This model squeezes an image of ${model.height} × ${model.width} pixels into ${model.latentDim} numbers. Each picture here is what it makes of the numbers at that place. Zoom: there is always more between two pictures.`,
    show: (atlas) => {
      atlas.home();
    },
  },
  {
    title: "Drag the ring",
    text: ({ model }) =>
      `The ring is the point you look at. Drag it, or use the arrow keys: its image follows. In the panel, a slider for each of the ${model.latentDim} dimensions.`,
    show: (atlas) => {
      const { a, b } = centre(atlas, 0);
      atlas.state.set({ panel: "point" });
      atlas.place(a, b, { push: true });
    },
  },
  {
    title: "Where the images are",
    text: ({ points, model }) =>
      `Dots are ${count(points?.n ?? 0)} images that the model was never trained on (${model.manifest.dataset.name}), coloured by class. Press a class below to hide it.`,
    show: (atlas) => {
      atlas.state.set({ panel: "items" }, { push: true });
    },
  },
  {
    title: "From A to B",
    text: () => "Two pins, and the images between them. Press Play, or save the way as GIF.",
    show: (atlas) => {
      const [p, q] = [centre(atlas, 0), centre(atlas, 1)];
      atlas.state.set(
        { a: atlas.plane.at(p.a, p.b), b: atlas.plane.at(q.a, q.b), panel: "path" },
        { push: true },
      );
    },
  },
  {
    title: "What it does not say by itself",
    text: ({ model: { manifest } }) =>
      `It uses ${manifest.active_units} of its ${manifest.latent_dim} dimensions, at ${figure(manifest.kl_per_dimension.reduce((sum, kl) => sum + kl, 0))} nats of KL an image. Here you also see where the prior is empty and which images are hard.`,
    show: (atlas) => {
      atlas.state.set({ panel: "truths" }, { push: true });
    },
  },
  {
    title: "Bring your own",
    text: () =>
      "Draw, paste or choose an image: you see where it lands, how sure the model is, and what it gets wrong. Copy the link above to share what you see. The question mark lists the keys.",
    show: (atlas) => {
      atlas.state.set({ panel: "image" }, { push: true });
    },
  },
];

/** Walk through the steps in a card over the map. */
export function startTour(atlas) {
  document.querySelector(".tour")?.remove();
  let at = 0;
  const title = h("h2", { tabIndex: -1 });
  const text = h("p");
  const where = h("span", { class: "small" });
  const card = h("section", { class: "tour", "aria-label": "Tour" });
  const end = () => {
    card.remove();
    atlas.map.host.focus();
  };
  const go = (step) => {
    at = step;
    if (at >= STEPS.length) return end();
    title.textContent = STEPS[at].title;
    text.textContent = STEPS[at].text(atlas);
    where.textContent = `${at + 1} of ${STEPS.length}`;
    back.disabled = at === 0;
    next.textContent = at === STEPS.length - 1 ? "Done" : "Next";
    STEPS[at].show(atlas);
    return title.focus();
  };
  const back = button("Back", () => go(at - 1));
  const next = button("Next", () => go(at + 1), { class: "primary" });
  card.append(
    title,
    text,
    h(
      "div",
      { class: "row" },
      where,
      h("span", { class: "space" }),
      back,
      next,
      button("Close", end),
    ),
  );
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
  document.getElementById("stage").append(card);
  go(0);
}

/** Offer the tour to who has not been here, once. */
export function offerTour(atlas) {
  try {
    if (localStorage.getItem(SEEN)) return;
    localStorage.setItem(SEEN, "yes");
  } catch {
    return; // without storage it would come at every visit
  }
  const close = () => offer.remove();
  const offer = h(
    "section",
    { class: "tour", "aria-label": "Welcome" },
    h("p", {}, "A map of what this model can imagine: every picture is decoded at its place."),
    h(
      "div",
      { class: "row" },
      button(
        "Six short steps",
        () => {
          close();
          startTour(atlas);
        },
        { class: "primary" },
      ),
      button("No, thanks", close),
    ),
  );
  document.getElementById("stage").append(offer);
}
