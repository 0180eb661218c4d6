/** One sentence on the map: what the pictures are, what the dots are, what is lost on a plane. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { byId, h } from "./dom.js";
import { count, figure } from "./number_format.js";

const GAP = 8; // CSS pixels between it and the items

/** @param {Explorer} explorer @param {Points} points */
async function sentence({ model }, points) {
  const { kind } = points.plane;
  const dots =
    points.n === 1 ? "the dot is an encoded image" : `dots are ${count(points.n)} encoded images`;
  if (kind === "chart")
    return `${dots}, like beside like; where the pictures fade, there are none.`;
  if (model.latentDim <= 2) return `${dots} where the model encodes them.`;
  const { classAccuracy, variance } = await import("./plane_loss.js");
  const { standard_deviation: deviation } = model.manifest.aggregate_posterior;
  const [kept, accuracy] = [variance(points, deviation), classAccuracy(points)];
  const percent = (/** @type {number} */ share) => `${figure(100 * share, 0)} %`;
  const among = accuracy === null ? "" : `, and ${percent(accuracy)} lie among their own class`;
  return `${dots} pressed onto this plane: ${percent(kept)} of their variance is left${among}.`;
}

/** @param {Explorer} explorer */
export function buildCaption(explorer) {
  const { map, state } = explorer;
  const caption = h("p", { class: "caption", hidden: true });
  const foot = byId("foot");
  foot.prepend(caption);
  const keepClear = () => {
    const top = map.host.getBoundingClientRect().bottom - foot.getBoundingClientRect().top;
    if (!caption.hidden) map.keepClear(Math.round(top) + GAP);
  };
  /** @type {Points | null} */
  let told = null;
  state.watch(["items"], async () => {
    const points = state.get("items")?.points;
    if (!points || points === told) return;
    told = points;
    const pictures = "Pictures are drawn by the model for their places";
    const text = `${pictures}; ${await sentence(explorer, points)}`;
    if (told !== points) return; // another plane was chosen
    caption.hidden = false;
    caption.textContent = text;
    keepClear();
  });
  new ResizeObserver(keepClear).observe(foot);
  map.addEventListener("resize", keepClear);
  map.addEventListener("look", () => caption.classList.toggle("read", !map.showsAll));
}
