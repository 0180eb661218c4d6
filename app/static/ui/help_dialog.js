/** Help: what the page is, its keys, and the tour. */

import { button, h } from "./dom.js";
import { mapKeys } from "./keyboard.js";

const MOUSE = [
  ["Drag", "Move the map; drag the ring to decode as you go"],
  ["Click", "Put the point there; with Shift on an item: on the item"],
  ["Wheel, pinch", "Zoom; two fingers on a trackpad move the map"],
  ["Ctrl Z", "Undo; with Shift redo. The browser's Back and Forward do the same"],
];

export function openHelp(atlas) {
  const rows = [
    ...MOUSE,
    ...mapKeys(atlas)
      .filter(({ show }) => show)
      .map(({ show, help }) => [show, help]),
  ];
  const keys = h(
    "dl",
    { class: "keys" },
    ...rows.flatMap(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)]),
  );
  const close = () => dialog.close();
  const tour = button(
    "Take the tour",
    async () => {
      close();
      (await import("./guided_tour.js")).startTour(atlas);
    },
    { class: "primary" },
  );
  const dialog = h(
    "dialog",
    { "aria-labelledby": "help-title", on: { close: () => dialog.remove() } },
    h("h2", { id: "help-title" }, "A map of a latent space"),
    h(
      "p",
      {},
      "Every picture on the map is decoded by the model from the place where it lies. Dots are images of the test set, where the model encodes them.",
    ),
    keys,
    h("div", { class: "row" }, tour, button("Close", close)),
  );
  document.body.append(dialog);
  dialog.showModal();
}
