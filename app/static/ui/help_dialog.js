/** Help: what the page is, its keys, and the tour. */
/** @import {Explorer} from "../map/actions.js" */

import { button, h, row } from "./dom.js";
import { KEY_HELP } from "./keyboard.js";

const ABOUT =
  "Every picture on the map is decoded by the model from the place where it lies. " +
  "Dots are images of the test set, where the model encodes them.";
const MOUSE_HELP = [
  ["Drag", "Move the map; drag the ring to decode as you go"],
  ["Click", "Put the point there; with Shift on an item: on the item"],
  ["Wheel, pinch", "Zoom; two fingers on a trackpad move the map"],
  ["Ctrl Z", "Undo; with Shift redo. The browser's Back and Forward do the same"],
];

/** @param {Explorer} explorer */
export function openHelp(explorer) {
  const keys = [...MOUSE_HELP, ...KEY_HELP].flatMap(([key, text]) => [
    h("dt", {}, h("kbd", {}, key)),
    h("dd", {}, text),
  ]);
  const close = () => {
    dialog.close();
  };
  const tour = async () => {
    close();
    (await import("./guided_tour.js")).startTour(explorer);
  };
  const dialog = h(
    "dialog",
    { "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "A map of a latent space"),
    h("p", {}, ABOUT),
    h("dl", { class: "keys" }, ...keys),
    row(button("Take the tour", tour, { class: "primary" }), button("Close", close)),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
