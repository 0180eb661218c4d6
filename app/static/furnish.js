/** Brings everything around the map: hands, keys, items, bars and panels. */

import { giveActions } from "./actions.js";
import { buildBar } from "./bar.js";
import { hoverCard } from "./hover.js";
import { handleInput } from "./input.js";
import { followItems } from "./items.js";
import { handleKeys } from "./keys.js";
import { buildLegend } from "./legend.js";
import { liveDecode } from "./live.js";
import { Overlay } from "./overlay.js";
import { buildSide } from "./side.js";
import { buildStatus } from "./status.js";
import { buildTools } from "./tools.js";

/** Furnish the page around `atlas.map`. Resolves when the items are on it. */
export async function furnish(atlas) {
  giveActions(atlas);
  liveDecode(atlas);
  atlas.useTool("move");
  atlas.help = async () => (await import("./help.js")).openHelp(atlas);
  buildBar(atlas);
  buildTools(atlas);
  buildSide(atlas);
  buildStatus(atlas);
  handleInput(atlas, hoverCard(atlas));
  handleKeys(atlas);
  const items = followItems(atlas);
  atlas.map.add("overlay", new Overlay(atlas));
  buildLegend(atlas);
  document.body.dataset.furnished = "yes";
  await items;
  document.body.dataset.items = "yes";
  if (!location.hash.includes("tour")) (await import("./tour.js")).offerTour(atlas);
}
