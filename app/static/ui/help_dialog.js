/** Help: what the page is, its keys, and the tour. */
/** @import {Explorer} from "../map/actions.js" */

import { button, h, loadStyle, row } from "./dom.js";

const ABOUT =
  "Every picture on the map is decoded by the model from the place where it lies. " +
  "Dots are images of the test set, where the model encodes them.";
const MOUSE_HELP = [
  ["Drag", "Move the map; drag the ring to decode as you go"],
  ["Click", "On a dot or picture: open the item. Elsewhere, or with Shift: put the point there"],
  ["Wheel, pinch", "Zoom; two fingers on a trackpad move the map"],
  ["Ctrl Z", "Undo; with Shift redo. The browser's Back and Forward do the same"],
];

const KEY_HELP = [
  ["← ↑ → ↓", "Move the point by a cell; with Shift by eight"],
  ["+", "Zoom in on the point"],
  ["−", "Zoom out"],
  ["0", "Show all encoded items"],
  ["Enter", "Pin the point: A, then B, then C"],
  ["N", "Go to the nearest item"],
  ["S", "Select the items in view"],
  ["[  ]", "Previous or next pair of axes"],
  ["V  P  L", "Tool: move the map, probe, lasso"],
  ["Esc", "Drop the selection"],
  ["Page ↑ ↓", "Scroll the map"],
];

/** @param {Explorer} explorer */
export async function openHelp(explorer) {
  await loadStyle();
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
