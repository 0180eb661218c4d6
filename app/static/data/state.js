/** What the page shows, and its address: one object, written into the URL's fragment. */

import { fromBase64url, toBase64url } from "./plane.js";

const READABLE = 4; // vectors up to this length are written as decimals
const SETTLE = 250; // milliseconds of rest before the address follows

/** Write a float32 with as few digits as bring it back exactly. */
export function shortest(value) {
  const target = Math.fround(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const text = Number(target.toPrecision(digits));
    if (Math.fround(text) === target) return String(text);
  }
  return String(Number(target.toPrecision(9)));
}

const vector = {
  write: (z) =>
    z.length > READABLE ? toBase64url(Array.from(z)) : Array.from(z, shortest).join(","),
  read(text) {
    const plain = /^[-+.,\de]+$/i.test(text) && text.includes(",");
    const values = plain ? text.split(",").map(Number) : fromBase64url(text);
    return values.every(Number.isFinite) ? Float32Array.from(values) : undefined;
  },
};
const text = { write: String, read: String };
const list = { write: (values) => values.join("."), read: (t) => t.split(".").filter(Boolean) };
const numbers = {
  write: (values) => values.map((value) => Number(value.toPrecision(6))).join(","),
  read(t) {
    const values = t.split(",").map((part) => (part === "" ? Number.NaN : Number(part)));
    return values.every(Number.isFinite) ? values : undefined;
  },
};

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
  layers: list,
  colour: text,
  lasso: numbers,
  item: text,
  seed: text,
  compare: text,
  renderer: text,
};

/** Read a fragment; what cannot be read is left out. */
export function readAddress(fragment) {
  const found = {};
  for (const [key, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    try {
      const read = CODECS[key]?.read(value);
      if (read !== undefined) found[key] = read;
    } catch {
      /* a damaged value is as good as none */
    }
  }
  return found;
}

/** Write a fragment from what is set and is not the default. */
export function writeAddress(values, defaults = {}) {
  const set = (key) => values[key] !== undefined && values[key] !== null;
  const usual = (key) => String(values[key]) === String(defaults[key]);
  const given = Object.keys(CODECS).filter((key) => set(key) && !usual(key));
  return `#${given
    .map(
      (key) =>
        `${key}=${encodeURIComponent(CODECS[key].write(values[key]))
          .replaceAll("%2C", ",")
          .replaceAll("%40", "@")}`,
    )
    .join("&")}`;
}

/** The page's state. `set` fires `change`, whose `keys` is the set of what changed. */
export class State extends EventTarget {
  #timer = 0;

  constructor(defaults) {
    super();
    this.defaults = defaults;
    this.values = { ...defaults, ...readAddress(location.hash) };
    addEventListener("popstate", () => this.#restore());
    addEventListener("pagehide", () => this.write());
  }

  get(key) {
    return this.values[key];
  }

  /** Change values; `push` makes it a step that Back undoes. */
  set(patch, { push = false } = {}) {
    const keys = Object.keys(patch).filter((key) => patch[key] !== this.values[key]);
    if (!keys.length) return;
    if (push) this.write(); // the step before must be whole
    Object.assign(this.values, patch);
    if (push) history.pushState({ depth: (history.state?.depth ?? 0) + 1 }, "", this.address);
    else this.#soon();
    this.#tell(keys);
  }

  /** Bring the address up to date now. */
  write() {
    clearTimeout(this.#timer);
    if (this.address !== location.hash) history.replaceState(history.state, "", this.address);
  }

  get address() {
    return writeAddress(this.values, this.defaults);
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.write(), SETTLE);
  }

  #restore() {
    clearTimeout(this.#timer);
    const before = this.values;
    this.values = { ...this.defaults, ...readAddress(location.hash) };
    const same = (key) => String(before[key]) === String(this.values[key]);
    const keys = Object.keys({ ...before, ...this.values }).filter((key) => !same(key));
    if (keys.length) this.#tell(keys);
  }

  #tell(keys) {
    this.dispatchEvent(Object.assign(new Event("change"), { keys: new Set(keys) }));
  }

  /** Call `then` now and whenever one of `keys` changes, until `signal` aborts. */
  watch(keys, then, signal) {
    const listen = (event) => keys.some((key) => event.keys.has(key)) && then(event.keys);
    this.addEventListener("change", listen, { signal });
    then(new Set(keys));
  }
}
