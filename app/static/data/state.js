/** What the page shows: one object of named values, of which the first part is the page's address. */
/** @import {Surface} from "./chart.js" */
/** @import {Place, Vector} from "./plane.js" */
/** @import {ItemSets} from "./directions.js" */
/** @import {Points, Scale} from "./encoded_items.js" */

import { fromBase64url, toBase64url } from "./plane.js";

/** The values of the address: the URL's fragment holds those that are not the usual ones.
 * @typedef {object} Addressed
 * @property {string} [model] name, or name@version
 * @property {string} [label] of a conditional model
 * @property {string} [made] fingerprint of the model on which the address was made
 * @property {string} plane
 * @property {number[]} [view] centre and scale of the map
 * @property {Float32Array} z the point
 * @property {string} panel
 * @property {Float32Array} [a] pin
 * @property {Float32Array} [b] pin
 * @property {Float32Array} [c] pin
 * @property {string} method of interpolation
 * @property {string} steps of interpolation
 * @property {string[]} hidden labels
 * @property {string} filter of items: a query of the service's `items`
 * @property {string[]} layers that are drawn
 * @property {string} colour of items
 * @property {number[]} [lasso] corners of the selection
 * @property {string} [item] that was picked
 * @property {string} [directions] that were found: see data/directions.js
 * @property {string} [own] one's own image: see data/kept_image.js
 * @property {string} seed of samples
 * @property {string} [compare] the second model
 * @property {string} [renderer] of items: 2d or webgl2 */

/** @typedef {{zMean: Vector, zLogVar: Vector}} Posterior */
/** @typedef {{name: string, own?: string, blob: Blob, compare: Blob}} ImageFiles */
/** @typedef {{kl: number[], score: number, reconstruction: number, klTotal: number}} ImageLosses */
/** @typedef {{points: Points, scale: Scale}} ShownItems with what their colours mean */
/** @typedef {{missing: number, flat: boolean, readable: boolean, zoom?: number}} TilesSeen */

/** The values that no address holds, each with the module that sets it.
 * @typedef {object} Transient
 * @property {Surface} shownPlane the plane, or the chart, as an object (map/actions.js)
 * @property {boolean} located whether every vector has a place on it (map/actions.js)
 * @property {"move" | "probe" | "lasso"} tool (map/actions.js)
 * @property {(Posterior & {label: number}) | null} posterior of the picked item (map/actions.js)
 * @property {{z: Float32Array, image: ImageData} | null} decoded the point's picture (map/live_decode.js)
 * @property {boolean} late whether that has not come for a while (map/live_decode.js)
 * @property {ShownItems | null} items on the map (map/item_layer.js)
 * @property {number[] | null} lassoDrawn corners of a lasso that is being drawn (map/gestures.js)
 * @property {Place | null} pointer (ui/hover_card.js)
 * @property {TilesSeen} tilesSeen in the last frame (main.js)
 * @property {(Posterior & ImageFiles & ImageLosses) | null} ownImage (panels/image.js)
 * @property {File | null} given to be taken as one's own image (ui/given_files.js)
 * @property {number[][] | null} route from pin A to B (panels/path.js)
 * @property {ItemSets} sets that a direction leads from and to (ui/item_set.js) */

/** @typedef {Addressed & Transient} Values */
/** @typedef {Set<keyof Values>} Keys */

const READABLE = 4; // vectors up to this length are written as decimals
const SETTLE = 250; // milliseconds of rest that end a step
const DECIMALS = /^[-+.,\de]+$/i;
export const PINS = /** @type {const} */ (["a", "b", "c"]);

/** Write a float32 with as few digits as bring it back exactly. @param {number} value */
export function shortest(value) {
  const target = Math.fround(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const text = Number(target.toPrecision(digits));
    if (Math.fround(text) === target) return String(text);
  }
  return String(Number(target.toPrecision(9)));
}

/** Write a latent vector as decimals. @param {Vector} z */
export const decimals = (z) => Array.from(z, shortest).join(",");

const vector = {
  /** @param {Float32Array} z */
  write: (z) => (z.length > READABLE ? toBase64url(Array.from(z)) : decimals(z)),
  /** @param {string} text */
  read(text) {
    const plain = DECIMALS.test(text) && text.includes(",");
    const values = plain ? text.split(",").map(Number) : fromBase64url(text);
    return values.every(Number.isFinite) ? Float32Array.from(values) : undefined;
  },
};
const text = { write: String, read: String };
const list = {
  /** @param {string[]} values */
  write: (values) => values.join("."),
  /** @param {string} written */
  read: (written) => written.split(".").filter(Boolean),
};
const numbers = {
  /** @param {number[]} values */
  write: (values) => values.map((value) => Number(value.toPrecision(6))).join(","),
  /** @param {string} written */
  read(written) {
    const values = written.split(",").map((part) => (part === "" ? Number.NaN : Number(part)));
    return values.every(Number.isFinite) ? values : undefined;
  },
};

/** @type {Record<keyof Addressed, {write: (value: any) => string, read: (text: string) => unknown}>} */
const CODECS = {
  model: text,
  label: text,
  made: text,
  plane: text,
  view: numbers,
  z: vector,
  panel: text,
  a: vector,
  b: vector,
  c: vector,
  method: text,
  steps: text,
  hidden: list,
  filter: text,
  layers: list,
  colour: text,
  lasso: numbers,
  item: text,
  directions: text,
  own: text,
  seed: text,
  compare: text,
  renderer: text,
};
const ADDRESSED = /** @type {(keyof Addressed)[]} */ (Object.keys(CODECS));

/** Read a fragment; what cannot be read is left out. @param {string} fragment */
export function readAddress(fragment) {
  const given = new URLSearchParams(fragment.replace("#", ""));
  /** @type {Record<string, unknown>} */
  const found = {};
  for (const key of ADDRESSED) {
    try {
      const read = given.has(key) ? CODECS[key].read(given.get(key) ?? "") : undefined;
      if (read !== undefined) found[key] = read;
    } catch {
      // a damaged value is as good as none
    }
  }
  return /** @type {Partial<Addressed>} */ (found);
}

/** Write a fragment from what is set and is not the default.
 * @param {Partial<Addressed>} values @param {Partial<Addressed>} defaults */
function writeAddress(values, defaults) {
  const given = ADDRESSED.filter(
    (key) =>
      (values[key] ?? undefined) !== undefined && String(values[key]) !== String(defaults[key]),
  );
  const write = (/** @type {keyof Addressed} */ key) =>
    encodeURIComponent(CODECS[key].write(values[key]))
      .replaceAll("%2C", ",")
      .replaceAll("%40", "@");
  return `#${given.map((key) => `${key}=${write(key)}`).join("&")}`;
}

/** What one map shows: values that are got, set and watched by name. */
export class State extends EventTarget {
  /** What the address leaves out. @type {Partial<Addressed>} */
  defaults = {};

  /** @param {Values} values */
  constructor(values) {
    super();
    this.values = values;
  }

  /** @template {keyof Values} Key @param {Key} key @returns {Values[Key]} */
  get(key) {
    return this.values[key];
  }

  /** Change values. @param {Partial<Values>} patch */
  set(patch) {
    const keys = this.differing(patch);
    Object.assign(this.values, patch);
    this.tell(keys);
  }

  /** @param {Partial<Values>} patch */
  differing(patch) {
    const keys = /** @type {(keyof Values)[]} */ (Object.keys(patch));
    return keys.filter((key) => patch[key] !== this.values[key]);
  }

  /** @param {(keyof Values)[]} keys that have changed */
  tell(keys) {
    if (keys.length) this.dispatchEvent(new CustomEvent("change", { detail: new Set(keys) }));
  }

  /** Call `then` whenever one of `keys` changes, until `signal` aborts.
   * @param {(keyof Values)[]} keys @param {(changed: Keys) => void} then @param {AbortSignal} [signal] */
  listen(keys, then, signal) {
    const on = (/** @type {Event} */ event) => {
      const changed = /** @type {CustomEvent<Keys>} */ (event).detail;
      if (keys.some((key) => changed.has(key))) then(changed);
    };
    this.addEventListener("change", on, { signal });
  }

  /** The same, and call it now as well.
   * @param {(keyof Values)[]} keys @param {(changed: Keys) => void} then @param {AbortSignal} [signal] */
  watch(keys, then, signal) {
    this.listen(keys, then, signal);
    then(new Set(keys));
  }
}

/** The page's state: its address follows it step by step, and Back and Forward bring each back. A step
 * is what one press of the pointer does, or what is done without a rest. */
export class PageState extends State {
  #timer = 0;
  #stepping = false; // whether there are changes that the address does not have yet
  #pressed = false;

  /** @param {Values} values @param {Addressed} defaults what the address leaves out */
  constructor(values, defaults) {
    super(values);
    this.defaults = defaults;
    addEventListener("popstate", () => this.#restore());
    addEventListener("pagehide", () => this.write());
    for (const type of ["pointerdown", "pointerup", "pointercancel"]) {
      const press = () => {
        this.#pressed = type === "pointerdown";
        this.write();
      };
      addEventListener(type, press, { capture: type === "pointerdown" }); // before or after all else
    }
  }

  /** Change values. With `push` a step begins that holds all that follows at once; a `quiet` change is
   * none: it comes from the page itself.
   * @override @param {Partial<Values>} patch @param {{push?: boolean, quiet?: boolean}} [options] */
  set(patch, { push = false, quiet = false } = {}) {
    const keys = this.differing(patch);
    if (!keys.length) return;
    const addressed = keys.some((key) => key in CODECS);
    if (addressed && !quiet) {
      if (push || !this.#stepping) this.write(); // the step before must be complete
      this.#stepping = true;
    }
    Object.assign(this.values, patch);
    if (addressed) this.#soon();
    if (push) queueMicrotask(() => this.write());
    this.tell(keys);
  }

  /** Bring the address up to date now, as a new step if there is one. */
  write() {
    clearTimeout(this.#timer);
    const { address } = this;
    const step = this.#stepping;
    this.#stepping = false;
    if (address === location.hash) return;
    if (step) history.pushState({ depth: (history.state?.depth ?? 0) + 1 }, "", address);
    else history.replaceState(history.state, "", address);
  }

  /** Take back the last step, if there is one. */
  undo() {
    this.write();
    if (history.state?.depth) history.back();
  }

  get address() {
    return writeAddress(this.values, this.defaults);
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pressed || this.write(), SETTLE);
  }

  #restore() {
    clearTimeout(this.#timer);
    const next = { ...this.defaults, ...readAddress(location.hash) };
    const keys = ADDRESSED.filter((key) => String(next[key]) !== String(this.values[key]));
    for (const key of ADDRESSED) Object.assign(this.values, { [key]: next[key] });
    this.#stepping = false;
    this.tell(keys);
    this.#stepping = false; // what follows from that is no step
  }
}
