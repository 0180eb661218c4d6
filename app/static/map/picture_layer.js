/** Items as pictures: drawn at their places in place of dots, once so few are in view that they fit;
 * until then, a few typical ones of data without classes. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Model} from "../data/api_client.js" */
/** @import {State} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */

import { send } from "../data/api_client.js";
import { classColour } from "./colours.js";
import { exactEnough, PICTURE as SIDE } from "./dots.js";
import { landmarks } from "./region_names.js";

const MOST = 90; // pictures
const ROOM = 2.5; // times a picture's area that each needs
const AT_ONCE = 4; // requests
const KEPT = 400; // bitmaps
const FRAME = 2; // CSS pixels, in the colour of the class

/** The items in view, or none when they are too many to be drawn as pictures.
 * @param {Points} points @param {MapView} map */
function fitting(points, map) {
  const most = Math.min(MOST, (map.width * map.height) / (ROOM * SIDE * SIDE));
  /** @type {number[]} */
  const ids = [];
  if (!exactEnough(map, points)) return ids;
  for (const id of points.within(map.bounds)) {
    if (ids.length >= most) return [];
    ids.push(id);
  }
  return ids;
}

export class PictureLayer {
  /** @type {Map<number, ImageBitmap>} */
  #pictures = new Map();
  #flying = new Set();
  /** @type {number[]} */
  #wanted = [];

  /** @param {State} state @param {Model} model @param {() => void} arrive */
  constructor(state, model, arrive) {
    this.state = state;
    this.model = model;
    this.arrive = arrive;
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map */
  draw(context, map) {
    const items = this.state.get("items");
    const points = items?.points;
    const layers = this.state.get("layers");
    const close = points && layers.includes("items") ? fitting(points, map) : [];
    const named = layers.includes("items") && layers.includes("names");
    const typical = items && named && !close.length ? landmarks(map, items) : [];
    const far = typical.map(({ item }) => item);
    map.host.dataset.pictures = String(close.length);
    map.host.dataset.landmarks = far.join(" ");
    const ids = close.length ? close : far;
    this.#wanted = ids.filter((id) => !this.#pictures.has(id));
    this.#pump();
    if (!points) return;
    context.save();
    context.scale(map.ratio, map.ratio);
    for (const id of ids) {
      const picture = this.#pictures.get(id);
      if (!picture) continue;
      const share = SIDE / Math.max(picture.width, picture.height);
      const [width, height] = [picture.width * share, picture.height * share];
      const [x, y] = [map.x(points.x[id]) - width / 2, map.y(points.y[id]) - height / 2];
      context.fillStyle = classColour(points.label[id]);
      context.fillRect(x - FRAME, y - FRAME, width + 2 * FRAME, height + 2 * FRAME);
      context.drawImage(picture, x, y, width, height);
    }
    context.restore();
  }

  #pump() {
    const next = this.#wanted.filter((id) => !this.#flying.has(id));
    for (const id of next.slice(0, Math.max(0, AT_ONCE - this.#flying.size))) this.#load(id);
  }

  /** @param {number} id */
  async #load(id) {
    this.#flying.add(id);
    try {
      const headers = { accept: "image/png" };
      const answer = await send(this.model.path(`items/${id}`), { headers, priority: "low" });
      this.#pictures.set(id, await createImageBitmap(await answer.blob()));
      const [oldest] = this.#pictures.keys();
      if (this.#pictures.size > KEPT) this.#pictures.delete(oldest);
      this.arrive();
    } catch {
      // it stays a dot, and is asked for again when the map moves
    }
    this.#flying.delete(id);
    this.#wanted = this.#wanted.filter((other) => other !== id);
    this.#pump();
  }
}
