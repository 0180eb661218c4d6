/** Sets up everything around the map: gestures, keys, items, bars and panels. */
/** @import {Explorer} from "./map/actions.js" */
/** @import {BaseLayer} from "./map/tile_layer.js" */
/** @import {PanelTab} from "./ui/side_panel.js" */

import { followState } from "./map/actions.js";
import { DensityLayer } from "./map/density_layer.js";
import { handleGestures } from "./map/gestures.js";
import { followItems } from "./map/item_layer.js";
import { liveDecode } from "./map/live_decode.js";
import { overlayLayer } from "./map/overlay_layer.js";
import { buildLegend } from "./ui/class_legend.js";
import { hoverCard } from "./ui/hover_card.js";
import { handleKeys } from "./ui/keyboard.js";
import { buildSidePanel } from "./ui/side_panel.js";
import { buildStatusLine } from "./ui/status_line.js";
import { buildToolbar } from "./ui/toolbar.js";
import { buildTopBar } from "./ui/top_bar.js";

/** @type {PanelTab[]} */
const PANELS = [
  ["point", "Point", () => import("./panels/point.js")],
  ["image", "Image", () => import("./panels/image.js")],
  ["path", "Path", () => import("./panels/path.js")],
  ["sample", "Sample", () => import("./panels/sample.js")],
  ["items", "Items", () => import("./panels/items.js")],
  ["truths", "Truths", () => import("./panels/diagnostics.js")],
  ["compare", "Compare", () => import("./panels/compare.js")],
];

/** Set up the page around the map. Resolves when the items are on it.
 * @param {Explorer} explorer @param {BaseLayer} base */
export async function setUp(explorer, base) {
  const { state, model, map, say } = explorer;
  const help = async () => (await import("./ui/help_dialog.js")).openHelp(explorer);
  followState(explorer);
  liveDecode(state, model, { fail: (error) => say(error.message, "bad") });
  buildTopBar(explorer, help);
  buildToolbar(explorer);
  buildSidePanel(explorer, PANELS);
  buildStatusLine(explorer);
  handleGestures(explorer, map, hoverCard(explorer));
  handleKeys(explorer, help);
  base.density = new DensityLayer();
  const items = followItems(explorer, base.density);
  map.add("overlay", overlayLayer(state, model));
  buildLegend(explorer);
  await items;
  document.body.dataset.items = "yes";
  if (!location.hash.includes("tour")) (await import("./ui/guided_tour.js")).offerTour(explorer);
}
