/** Sets up everything around the map: gestures, keys, items, bars and panels. */
/** @import {Explorer} from "./map/actions.js" */
/** @import {PanelTab} from "./ui/side_panel.js" */

import { NONE } from "./data/api_client.js";
import { chartOf } from "./data/chart.js";
import { followState, home } from "./map/actions.js";
import { handleGestures } from "./map/gestures.js";
import { followItems } from "./map/item_layer.js";
import { liveDecode } from "./map/live_decode.js";
import { overlayLayer } from "./map/overlay_layer.js";
import { buildLegend } from "./ui/class_legend.js";
import { followOwnImage, receiveFiles } from "./ui/given_files.js";
import { hoverCard } from "./ui/hover_card.js";
import { handleKeys } from "./ui/keyboard.js";
import { buildCaption } from "./ui/map_caption.js";
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
  ["review", "Review", () => import("./panels/review.js")],
  ["directions", "Directions", () => import("./panels/directions.js")],
  ["diagnostics", "Diagnostics", () => import("./panels/diagnostics.js")],
  ["compare", "Compare", () => import("./panels/compare.js")],
];

/** Fetch what of a chart the first view needs: its land, and where the point begins.
 * @param {Explorer} explorer */
async function openChart(explorer) {
  const { state, model, map, say } = explorer;
  const chart = chartOf(model);
  if (!chart) return;
  try {
    const veil = import("./map/veil_layer.js");
    const [z] = await Promise.all([chart.home(), chart.loadLand()]);
    map.add("veil", new (await veil).VeilLayer(state, model));
    const untouched = state.get("z") === state.defaults.z;
    state.defaults.z = z;
    if (untouched) state.set({ z }, { quiet: true });
    if (map.showsAll) home(explorer);
  } catch (error) {
    say(`The coast cannot be shown: ${/** @type {Error} */ (error).message}`, "warn");
  }
}

/** Draw items as pictures from when someone has looked closer, since they do not fit before; at once
 * where pictures stand for names. @param {Explorer} explorer */
async function addPictures({ state, model, map }) {
  const named = state.get("items")?.points.label.some((label) => label !== NONE);
  if (named) {
    await new Promise((resolve) => {
      const look = () => map.showsAll || resolve(null);
      map.addEventListener("look", look);
      look();
    });
  }
  const { PictureLayer } = await import("./map/picture_layer.js");
  map.add("pictures", new PictureLayer(state, model, () => map.invalidate("pictures")), "overlay");
}

/** Set up the page around the map. Resolves when the items are on it.
 * @param {Explorer} explorer */
export async function setUp(explorer) {
  const { state, model, map, say } = explorer;
  const help = async () => (await import("./ui/help_dialog.js")).openHelp(explorer);
  await openChart(explorer);
  explorer.tiles.loadRest();
  followState(explorer);
  liveDecode(state, model, { fail: (error) => say(error.message, "bad") });
  buildTopBar(explorer, help);
  buildToolbar(explorer);
  buildSidePanel(explorer, PANELS);
  buildStatusLine(explorer);
  handleGestures(explorer, map, { hover: hoverCard(explorer) });
  handleKeys(explorer, help);
  map.add("overlay", overlayLayer(state, model));
  const items = followItems(explorer);
  receiveFiles(explorer);
  followOwnImage(explorer);
  buildLegend(explorer);
  buildCaption(explorer);
  await items;
  addPictures(explorer);
  document.body.dataset.items = "yes";
  if (!location.hash.includes("tour")) (await import("./ui/guided_tour.js")).offerTour(explorer);
}
