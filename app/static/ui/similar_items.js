/** "More like these": the items nearest to the mean of some. */
/** @import {Neighbour} from "../data/api_types.d.ts" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON } from "../data/api_client.js";
import { button, h, section, small } from "./dom.js";
import { neighbourThumbnail } from "./item_thumbnail.js";
import { count } from "./number_format.js";

const PICTURED = 24;
const MOST = 1000; // items that a request may name, and neighbours that it may ask for

/** Ask for the items nearest to the mean of some, or of a sample that is spread over them.
 * @param {Explorer} explorer @param {number[]} ids @returns {Promise<Neighbour[]>} */
async function nearestTo({ model }, ids) {
  const each = Math.ceil(ids.length / MOST);
  const item = ids.filter((_, i) => i % each === 0).join();
  const k = each > 1 ? MOST : PICTURED;
  const { items } = await getJSON(model.path("neighbours", { item, k }));
  const these = new Set(ids);
  return items.filter((/** @type {Neighbour} */ { id }) => !these.has(id)).slice(0, PICTURED);
}

/** A button that shows more items like these, and a way to take what it has shown away.
 * @param {Explorer} explorer @param {() => number[]} these */
export function similarItems(explorer, these) {
  const out = h("div", { class: "panel-part", hidden: true });
  const ask = async () => {
    const ids = these();
    try {
      const found = await nearestTo(explorer, ids);
      const thumbs = found.map((item) => neighbourThumbnail(explorer, item));
      const by = found.length
        ? `The nearest to the mean of these ${count(ids.length)}, and none of them.`
        : `The ${count(MOST)} nearest are all among these.`;
      out.replaceChildren(
        section("More like these", h("div", { class: "thumbs" }, ...thumbs), small(by)),
      );
      out.hidden = false;
    } catch (error) {
      explorer.say(/** @type {Error} */ (error).message, "bad");
    }
  };
  const more = button("More like these", ask);
  /** Offer it or not; what was shown is of other items. @param {boolean} offer */
  const renew = (offer) => {
    more.hidden = !offer;
    out.hidden = true;
  };
  return { more, out, renew };
}
