/** The decoded plane as tiles: which are needed, in which order, what is kept, what is drawn. */

import { send } from "../data/api_client.js";

const KEPT = 400; // bitmaps
const AT_ONCE = 2; // requests: more only wait for each other, and are harder to give up
const SMALLEST_CELL = 27; // CSS pixels: below this the next coarser lattice is read better
const COARSE = 2; // levels above the shown one that are loaded first, so that nothing is blank
const LEVELS_BELOW = 6; // coarser levels drawn under missing tiles
const FLAT_FROM = 4; // zoom from which tiles are looked at for being all the same

export class TileLayer extends EventTarget {
  #tiles = new Map(); // address -> {bitmap, flat}, the latest used last
  #flying = new Map();
  #queue = [];
  #failed = new Map();
  #arrived = 0;
  #scratch = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  constructor(model, plane) {
    super();
    this.model = model;
    this.plane = plane;
  }

  /** Show another plane; tiles of the old one stay cached. */
  use(plane) {
    this.plane = plane;
  }

  /** The lattice's zoom whose cells are readable at `scale` CSS pixels a unit. */
  zoomFor(scale) {
    const zoom = Math.floor(Math.log2(scale / SMALLEST_CELL));
    return Math.max(0, Math.min(zoom, this.model.maxZoom));
  }

  /** Draw what is there and ask for what is missing. Returns `{missing, flat}`. */
  draw(context, map) {
    const zoom = this.zoomFor(map.view.scale);
    const wanted = this.#inView(map, zoom);
    const missing = wanted.filter((tile) => !this.#tiles.has(tile.key));
    this.#want(map, zoom, missing);
    context.imageSmoothingEnabled = false;
    if (missing.length) {
      for (let z = Math.max(0, zoom - LEVELS_BELOW); z < zoom; z += 1) {
        this.#paint(context, map, this.#inView(map, z));
      }
      this.#paint(context, map, this.#inView(map, zoom + 1));
    }
    this.#paint(context, map, wanted);
    const flat = !missing.length && wanted.every((tile) => this.#tiles.get(tile.key).flat);
    return { missing: missing.length, flat, zoom };
  }

  #inView(map, zoom, margin = 0) {
    const { cells } = this.model;
    const size = cells / 2 ** zoom; // of a tile, in units of the plane
    const half = 0.5 / 2 ** zoom; // a cell is centred on its lattice point
    const { left, right, bottom, top } = map.bounds;
    const index = (value) => Math.floor((value + half) / size);
    const tiles = [];
    for (let y = index(bottom) - margin; y <= index(top) + margin; y += 1) {
      for (let x = index(left) - margin; x <= index(right) + margin; x += 1) {
        const box = { left: x * size - half, bottom: y * size - half, size };
        tiles.push({ key: this.model.path(`tiles/${this.plane.id}/${zoom}/${x}/${y}`), box });
      }
    }
    const far = ({ box }) =>
      Math.hypot(box.left + size / 2 - map.view.a, box.bottom + size / 2 - map.view.b);
    return tiles.sort((p, q) => far(p) - far(q));
  }

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
      context.drawImage(tile.bitmap, left, top, right - left, bottom - top);
    }
  }

  #want(map, zoom, missing) {
    const below = Math.max(0, zoom - COARSE);
    const coarse = (margin) => (below < zoom ? this.#inView(map, below, margin) : []);
    const behind = missing.length ? coarse(0) : [];
    const wanted = [...missing.slice(0, 1), ...behind, ...missing.slice(1), ...coarse(1)].map(
      (tile) => tile.key,
    );
    const keys = new Set(wanted.filter((key) => !this.#tiles.has(key)));
    for (const [key, controller] of this.#flying) {
      if (keys.has(key)) continue;
      controller.abort();
      this.#flying.delete(key);
    }
    this.#queue = [...keys].filter((key) => !this.#flying.has(key) && !this.#refused(key));
    this.#pump();
  }

  #refused(key) {
    return performance.now() < (this.#failed.get(key) ?? 0);
  }

  #pump() {
    while (this.#queue.length && this.#flying.size < AT_ONCE) this.#load(this.#queue.shift());
  }

  async #load(key) {
    const controller = new AbortController();
    const { signal } = controller;
    this.#flying.set(key, controller);
    try {
      const headers = { accept: "image/png" };
      const response = await send(key, { signal, headers, priority: "low" });
      this.#keep(key, await createImageBitmap(await response.blob()));
    } catch (error) {
      if (!signal.aborted) {
        this.#failed.set(key, performance.now() + 5000);
        this.dispatchEvent(Object.assign(new Event("fail"), { error }));
      }
    }
    if (this.#flying.get(key) === controller) this.#flying.delete(key);
    if (this.#arrived !== 1) this.#pump(); // the first is drawn before more is asked for
  }

  #keep(key, bitmap) {
    this.#tiles.set(key, { bitmap, flat: this.#isFlat(key, bitmap) });
    for (const old of this.#tiles.keys()) {
      if (this.#tiles.size <= KEPT) break;
      this.#tiles.get(old).bitmap.close();
      this.#tiles.delete(old);
    }
    this.#arrived += 1;
    this.dispatchEvent(new Event("arrive"));
  }

  /** Whether all cells show the same picture, within one grey level. */
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
        if (Math.abs(data[here] - data[first]) > 1) return false;
      }
    }
    return true;
  }
}
