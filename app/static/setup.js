/** Sets up everything around the map: gestures, keys, items, bars and panels. */

import { giveActions } from "./map/actions.js";
import { handleInput } from "./map/gestures.js";
import { followItems } from "./map/item_layer.js";
import { liveDecode } from "./map/live_decode.js";
import { Overlay } from "./map/overlay_layer.js";
import { buildLegend } from "./ui/class_legend.js";
import { hoverCard } from "./ui/hover_card.js";
import { handleKeys } from "./ui/keyboard.js";
import { buildSidePanel } from "./ui/side_panel.js";
import { buildStatus } from "./ui/status_line.js";
import { buildTools } from "./ui/toolbar.js";
import { buildBar } from "./ui/top_bar.js";

const PANELS = [
  ["point", "Point", () => import("./panels/point.js")],
  ["image", "Image", () => import("./panels/image.js")],
  ["path", "Path", () => import("./panels/path.js")],
  ["sample", "Sample", () => import("./panels/sample.js")],
  ["items", "Items", () => import("./panels/items.js")],
  ["truths", "Truths", () => import("./panels/diagnostics.js")],
  ["compare", "Compare", () => import("./panels/compare.js")],
];

/** Set up the page around `atlas.map`. Resolves when the items are on it. */
export async function setUp(atlas) {
  giveActions(atlas);
  liveDecode(atlas);
  atlas.useTool("move");
  atlas.help = async () => (await import("./ui/help_dialog.js")).openHelp(atlas);
  buildBar(atlas);
  buildTools(atlas);
  buildSidePanel(atlas, PANELS);
  buildStatus(atlas);
  handleInput(atlas, hoverCard(atlas));
  handleKeys(atlas);
  const items = followItems(atlas);
  atlas.map.add("overlay", new Overlay(atlas));
  buildLegend(atlas);
  await items;
  document.body.dataset.items = "yes";
  if (!location.hash.includes("tour")) (await import("./ui/guided_tour.js")).offerTour(atlas);
}
