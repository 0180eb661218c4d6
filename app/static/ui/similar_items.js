/** "More like these": the items nearest to the mean of some. */
/** @import {Neighbour} from "../data/api_types.d.ts" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON } from "../data/api_client.js";
import { button, h, section, small } from "./dom.js";
import { neighbourThumbnail } from "./item_thumbnail.js";
import { count } from "./number_format.js";

const PICTURED = 24;
const MOST = 1000; // items that a request may name, and neighbours that it may ask for

/** Picture the items nearest to the mean of these, or of a sample spread over them, but for these.
 * @param {Explorer} explorer @param {number[]} ids @param {AbortSignal} signal */
async function nearestTo(explorer, ids, signal) {
  const each = Math.ceil(ids.length / MOST);
  const sample = ids.filter((_, i) => i % each === 0);
  const query = { item: sample.join(), k: each > 1 ? MOST : PICTURED };
  const { items } = await getJSON(explorer.model.path("neighbours", query), { signal });
  const these = new Set(ids);
  /** @type {Neighbour[]} */
  const found = items.filter((/** @type {Neighbour} */ { id }) => !these.has(id));
  const thumbs = found.slice(0, PICTURED).map((item) => neighbourThumbnail(explorer, item));
  const some = each > 1 ? `${count(sample.length)} of ` : "";
  const by = found.length
    ? `The nearest to the mean of ${some}these ${count(ids.length)}, and none of them.`
    : `The ${count(MOST)} nearest are all among these.`;
  return section("More like these", h("div", { class: "thumbs" }, ...thumbs), small(by));
}

/** A button that shows more items like these, and where they are shown.
 * @param {Explorer} explorer @param {() => number[]} these */
export function similarItems(explorer, these) {
  const out = h("div", { class: "panel-part", hidden: true });
  let asking = new AbortController();
  const ask = async () => {
    const { signal } = asking;
    try {
      const found = await nearestTo(explorer, these(), signal);
      if (signal.aborted) return;
      out.replaceChildren(found);
      out.hidden = false;
    } catch (error) {
      if (!signal.aborted) explorer.say(/** @type {Error} */ (error).message, "bad");
    }
  };
  const more = button("More like these", ask);
  /** Take away what was shown, which is of other items, and offer the button or not.
   * @param {boolean} offer */
  const renew = (offer) => {
    asking.abort();
    asking = new AbortController();
    more.hidden = !offer;
    out.hidden = true;
  };
  return { more, out, renew };
}
