/** The item under the pointer: its thumbnail, class and id. */
/** @import {Place} from "../data/plane.js" */
/** @import {Explorer} from "../map/actions.js" */
/** @import {Hover} from "../map/gestures.js" */
/** @import {Box} from "../map/region_names.js" */

import { showImage } from "../data/api_client.js";
import { PICTURE } from "../map/dots.js";
import { landmarks } from "../map/region_names.js";
import { byId, h } from "./dom.js";

/** @type {Record<string, number>} */
const REACH = { mouse: 7, pen: 14, touch: 22 }; // CSS pixels

/** @param {Explorer} explorer @returns {Hover} */
export function hoverCard({ map, model, state }) {
  const picture = h("img", { alt: "", width: 56, height: 56, class: "pixels" });
  const text = h("span");
  const card = h("div", { class: "card", hidden: true }, picture, text);
  byId("stage").append(card);
  let shown = -1;
  let due = 0;
  /** @type {Place | null} */
  let last = null;

  const find = (/** @type {number} */ x, /** @type {number} */ y, kind = "mouse") => {
    const items = state.get("items");
    if (!items || !state.get("layers").includes("items")) return -1;
    const { points } = items;
    const inside = (/** @type {{box: Box}} */ { box }) =>
      x > box.left && x < box.right && y > box.top && y < box.bottom;
    const landmark = map.host.dataset.landmarks && landmarks(map, items).find(inside);
    if (landmark) return landmark.item;
    const { a, b } = map.at(x, y);
    const least = Number(map.host.dataset.pictures) ? PICTURE / 2 : 0;
    return points.nearest(a, b, Math.max(REACH[kind] ?? REACH.mouse, least) / map.view.scale);
  };

  const show = (/** @type {number} */ id) => {
    if (id === shown) return;
    shown = id;
    const points = state.get("items")?.points;
    card.hidden = id < 0;
    if (id < 0 || !points) return;
    showImage(picture, model.path(`items/${id}`));
    picture.dataset.id = String(id);
    text.textContent = `${model.className(points.label[id])} · item ${id}`;
    const [x, y] = [map.x(points.x[id]), map.y(points.y[id])];
    card.style.left = `${Math.max(8, Math.min(x + 14, map.width - card.offsetWidth - 8))}px`;
    card.style.top = `${Math.max(8, Math.min(y + 14, map.height - card.offsetHeight - 8))}px`;
  };

  const over = (/** @type {number} */ x, /** @type {number} */ y) => {
    last = map.at(x, y);
    if (due) return;
    due = requestAnimationFrame(() => {
      due = 0;
      if (!last) return; // it has left in the meantime
      show(find(map.x(last.a), map.y(last.b)));
      state.set({ pointer: last });
    });
  };
  const leave = () => {
    show(-1);
    last = null;
    state.set({ pointer: null });
  };
  map.addEventListener("look", leave);
  return { find, over, leave };
}
