/** An item's picture as a button that goes to it. */
/** @import {Neighbour} from "../data/api_types.d.ts" */
/** @import {Explorer} from "../map/actions.js" */

import { NONE, showImage } from "../data/api_client.js";
import { pickItem } from "../map/actions.js";
import { h } from "./dom.js";
import { figure } from "./number_format.js";

/** Fetch an image once it is scrolled into view; the browser alone would send no API key.
 * @param {HTMLImageElement} image @param {string} path */
function whenSeen(image, path) {
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  const observer = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    observer.disconnect();
    showImage(image, path).catch(() => undefined); // it stays empty
  });
  observer.observe(image);
}

/** @param {Explorer} explorer @param {number} id @param {string} text below the picture
 * @param {string} about the item, after its number, for who does not see the picture */
export function itemThumbnail(explorer, id, text, about) {
  const image = h("img", { alt: "", class: "pixels", data: { id } });
  whenSeen(image, explorer.model.path(`items/${id}`));
  const properties = { title: `Item ${id}`, "aria-label": `Go to item ${id}, ${about}` };
  return h(
    "button",
    { type: "button", class: "thumb", ...properties, on: { click: () => pickItem(explorer, id) } },
    image,
    h("span", {}, text),
  );
}

/** The same of a neighbour, with its class and distance.
 * @param {Explorer} explorer @param {Neighbour} neighbour */
export function neighbourThumbnail(explorer, { id, label, distance }) {
  const [name, far] = [explorer.model.className(label ?? NONE), figure(distance)];
  return itemThumbnail(explorer, id, `${name} · ${far}`, `class ${name}, distance ${far}`);
}
