/** The ground of the map: the decoded plane as tiles, or the items' density where they are too small. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Surface} from "../data/chart.js" */
/** @import {State} from "../data/state.js" */
/** @import {DensityLayer} from "./density_layer.js" */
/** @import {MapView} from "./map_view.js" */

import { send } from "../data/api_client.js";
import { Chart } from "../data/chart.js";
import { context2d } from "./map_view.js";

const READABLE_CELL = 18; // CSS pixels; in a smaller cell the density is drawn instead
const DIM = 0.4; // of the images behind the items
const SQUARE = 2; // pixels of the screen from which an image's pixel is drawn as a square
const KEPT = 400; // bitmaps
const PATIENCE = 1500; // milliseconds until the rest of the page comes without a tile
const AT_ONCE = 2; // requests: more only wait for each other, and are harder to give up
const SMALLEST_CELL = { plane: 27, chart: 19 }; // CSS pixels: below, the next coarser lattice is read better
const MOST_DECODED = 3000; // pixels along the shorter side of a view: a large window costs no more
const COARSE = 2; // levels above the shown one that are loaded first, so that nothing is blank
const LEVELS_BELOW = 6; // coarser levels drawn under missing tiles
const LOSSY = 8; // grey levels by which JPEG may tell two equal pictures apart
const FLAT_FROM = 4; // zoom from which tiles are looked at for being all the same

/** @typedef {{left: number, bottom: number, size: number}} Square of the plane */
/** @typedef {{key: string, box: Square}} Tile by its address */

/** The tiles: which are needed, in which order, what is kept, what is drawn. */
export class TileLayer extends EventTarget {
  /** By address, the latest used last. @type {Map<string, {bitmap: ImageBitmap, flat: boolean}>} */
  #tiles = new Map();
  /** @type {Map<string, AbortController>} */
  #flying = new Map();
  /** @type {string[]} */
  #queue = [];
  /** Until when each is not asked for again, milliseconds. @type {Map<string, number>} */
  #failed = new Map();
  #allowed = Number.POSITIVE_INFINITY; // requests
  veiled = false; // by a layer above, where a chart is deep
  #scratch = context2d(new OffscreenCanvas(1, 1), { willReadFrequently: true });

  /** @param {Model} model @param {Surface} plane */
  constructor(model, plane) {
    super();
    this.model = model;
    this.plane = plane;
    const grey = model.channels === 1;
    /** How tiles come: exact in grey, in colour several times smaller. */
    this.form = grey ? { type: "image/png" } : { type: "image/jpeg", query: { format: "jpeg" } };
    this.alike = grey ? 1 : LOSSY;
  }

  /** Show another plane; tiles of the old one stay cached. @param {Surface} plane */
  use(plane) {
    this.plane = plane;
  }

  /** The finest lattice whose cells are readable, and together not too much to decode.
   * @param {MapView} map */
  zoomFor({ view, width, height }) {
    const readable = SMALLEST_CELL[this.plane.kind === "chart" ? "chart" : "plane"];
    const pixels = Math.max(this.model.height, this.model.width); // of a cell
    const affordable = (Math.min(width, height) * pixels) / MOST_DECODED;
    const zoom = Math.floor(Math.log2(view.scale / Math.max(readable, affordable)));
    return Math.max(0, Math.min(zoom, this.model.maxZoom));
  }

  /** Draw what is there and ask for what is missing.
   * @param {CanvasRenderingContext2D} context @param {MapView} map */
  draw(context, map) {
    const zoom = this.zoomFor(map);
    const wanted = this.#inView(map, zoom);
    const missing = wanted.filter((tile) => !this.#tiles.has(tile.key));
    this.#want(map, zoom, missing);
    if (missing.length) {
      for (let z = Math.max(0, zoom - LEVELS_BELOW); z < zoom; z += 1) {
        this.#paint(context, map, this.#inView(map, z));
      }
      this.#paint(context, map, this.#inView(map, zoom + 1));
    }
    this.#paint(context, map, wanted);
    const flat = !missing.length && wanted.every((tile) => this.#tiles.get(tile.key)?.flat);
    return { missing: missing.length, flat, zoom };
  }

  /** The tiles in view, the middle ones first. @param {MapView} map @param {number} zoom */
  #inView(map, zoom, margin = 0) {
    const { cells } = this.model;
    const size = cells / 2 ** zoom; // of a tile, in units of the plane
    const half = 0.5 / 2 ** zoom; // a cell is centred on its lattice point
    const { left, right, bottom, top } = map.bounds;
    const index = (/** @type {number} */ value) => Math.floor((value + half) / size);
    /** @type {Tile[]} */
    const tiles = [];
    for (let y = index(bottom) - margin; y <= index(top) + margin; y += 1) {
      for (let x = index(left) - margin; x <= index(right) + margin; x += 1) {
        const box = { left: x * size - half, bottom: y * size - half, size };
        if (this.veiled && this.#isSea(box)) continue;
        const operation = `tiles/${this.plane.id}/${zoom}/${x}/${y}`;
        tiles.push({ key: this.model.path(operation, this.form.query), box });
      }
    }
    const far = (/** @type {Tile} */ { box }) =>
      Math.hypot(box.left + size / 2 - map.view.a, box.bottom + size / 2 - map.view.b);
    return tiles.sort((p, q) => far(p) - far(q));
  }

  /** Whether nothing of a square shows through the veil of a chart. @param {Square} box */
  #isSea({ left, bottom, size }) {
    const box = { left, bottom, right: left + size, top: bottom + size };
    return this.plane instanceof Chart && this.plane.isDeep(box);
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map @param {Tile[]} tiles */
  #paint(context, map, tiles) {
    for (const { key, box } of tiles) {
      const tile = this.#tiles.get(key);
      if (!tile) continue;
      this.#tiles.delete(key); // to the end: used last
      this.#tiles.set(key, tile);
      const left = Math.round(map.x(box.left) * map.ratio);
      const right = Math.round(map.x(box.left + box.size) * map.ratio);
      const top = Math.round(map.y(box.bottom + box.size) * map.ratio);
      const bottom = Math.round(map.y(box.bottom) * map.ratio);
      context.imageSmoothingEnabled = (right - left) / tile.bitmap.width < SQUARE;
      context.drawImage(tile.bitmap, left, top, right - left, bottom - top);
    }
  }

  /** @param {MapView} map @param {number} zoom @param {Tile[]} missing */
  #want(map, zoom, missing) {
    const still = map.showsAll; // nobody has moved yet: what lies around can wait
    const below = Math.max(still ? -1 : 0, zoom - COARSE);
    const ahead = below >= 0 && below < zoom;
    const coarse = ahead && !still ? this.#inView(map, below, 1) : [];
    const behind = ahead && missing.length ? this.#inView(map, below) : [];
    const wanted = [...missing.slice(0, 1), ...behind, ...missing.slice(1), ...coarse];
    const keys = new Set(wanted.map(({ key }) => key).filter((key) => !this.#tiles.has(key)));
    for (const [key, controller] of this.#flying) {
      if (keys.has(key)) continue;
      controller.abort();
      this.#flying.delete(key);
      this.#allowed += 1;
    }
    const refused = (/** @type {string} */ key) => performance.now() < (this.#failed.get(key) ?? 0);
    this.#queue = [...keys].filter((key) => !this.#flying.has(key) && !refused(key));
    this.#pump();
  }

  #pump() {
    const free = Math.min(AT_ONCE - this.#flying.size, this.#allowed);
    const next = this.#queue.splice(0, Math.max(0, free));
    this.#allowed -= next.length;
    for (const key of next) this.#load(key);
  }

  /** Ask for one tile only, which comes soonest alone. Resolves when it is there or cannot be had. */
  loadFirst() {
    this.#allowed = 1;
    return new Promise((resolve) => {
      for (const type of ["arrive", "fail"]) this.addEventListener(type, resolve, { once: true });
      setTimeout(resolve, PATIENCE);
    });
  }

  /** Ask for the others, once it is known what is land. */
  loadRest() {
    this.#allowed = Number.POSITIVE_INFINITY;
    this.#pump();
  }

  /** @param {string} key */
  async #load(key) {
    const controller = new AbortController();
    const { signal } = controller;
    this.#flying.set(key, controller);
    try {
      const headers = { accept: this.form.type };
      const response = await send(key, { signal, headers, priority: "low" });
      this.#keep(key, await createImageBitmap(await response.blob()));
    } catch {
      if (!signal.aborted) {
        this.#failed.set(key, performance.now() + 5000);
        this.dispatchEvent(new Event("fail"));
      }
    }
    if (this.#flying.get(key) === controller) this.#flying.delete(key);
    this.#pump();
  }

  /** @param {string} key @param {ImageBitmap} bitmap */
  #keep(key, bitmap) {
    this.#tiles.set(key, { bitmap, flat: this.#isFlat(key, bitmap) });
    for (const [oldest, tile] of this.#tiles) {
      if (this.#tiles.size <= KEPT) break;
      tile.bitmap.close();
      this.#tiles.delete(oldest);
    }
    this.dispatchEvent(new Event("arrive"));
  }

  /** Whether all cells show the same picture, but for rounding.
   * @param {string} key @param {ImageBitmap} bitmap */
  #isFlat(key, bitmap) {
    if (Number(key.split("/").at(-3)) < FLAT_FROM) return false;
    const { width, height } = bitmap;
    Object.assign(this.#scratch.canvas, { width, height });
    this.#scratch.drawImage(bitmap, 0, 0);
    const { data } = this.#scratch.getImageData(0, 0, width, height);
    const [w, h] = [width / this.model.cells, height / this.model.cells];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const here = 4 * (y * width + x);
        const first = 4 * ((y % h) * width + (x % w));
        if (Math.abs(data[here] - data[first]) > this.alike) return false;
      }
    }
    return true;
  }
}

/** Part the cells, and step back behind the items.
 * @param {CanvasRenderingContext2D} context @param {MapView} map
 * @param {{zoom: number, dim: boolean, ground: string}} how */
function shade(context, map, { zoom, dim, ground }) {
  const step = 2 ** -zoom;
  const { left, right, bottom, top } = map.bounds;
  const { width, height } = context.canvas;
  const thick = Math.max(1, Math.round(0.05 * step * map.view.scale * map.ratio));
  const half = Math.floor(thick / 2);
  context.fillStyle = ground;
  for (let k = Math.floor(left / step) + 0.5; k * step < right; k += 1) {
    context.fillRect(Math.round(map.x(k * step) * map.ratio) - half, 0, thick, height);
  }
  for (let k = Math.floor(bottom / step) + 0.5; k * step < top; k += 1) {
    context.fillRect(0, Math.round(map.y(k * step) * map.ratio) - half, width, thick);
  }
  if (!dim) return;
  context.globalAlpha = DIM;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 1;
}

export class BaseLayer {
  /** Comes when it is first needed. @type {DensityLayer | null} */
  #density = null;

  /** @param {State} state @param {TileLayer} tiles */
  constructor(state, tiles) {
    this.state = state;
    this.tiles = tiles;
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map @param {boolean} over */
  async #drawDensity(context, map, over) {
    const items = this.state.get("items");
    if (items && this.#density) return this.#density.draw(context, map, items, over);
    if (!items) return;
    const { DensityLayer } = await import("./density_layer.js");
    this.#density ??= new DensityLayer();
    map.invalidate("base");
  }

  /** @param {CanvasRenderingContext2D} context @param {MapView} map */
  draw(context, map) {
    const { state, tiles } = this;
    const layers = state.get("layers");
    const readable = map.view.scale >= READABLE_CELL;
    tiles.veiled = layers.includes("coast");
    const images = layers.includes("digits") && readable;
    const seen = images ? tiles.draw(context, map) : { missing: 0, flat: false };
    const items = layers.includes("items") && Boolean(state.get("items"));
    const dim = items && state.get("shownPlane").kind !== "chart"; // there they lie on their like
    const { ground } = tiles.model;
    if ("zoom" in seen) shade(context, map, { zoom: seen.zoom, dim, ground });
    if (!readable || layers.includes("field")) this.#drawDensity(context, map, images);
    map.host.dataset.missing = String(seen.missing);
    state.set({ tilesSeen: { ...state.get("tilesSeen"), ...seen, readable } });
  }
}
