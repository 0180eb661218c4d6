/** Requests to the service: relative addresses, and patience while it is busy or away. */
/** @import {Images, ModelDescription} from "./api_types.d.ts" */

const PASSING = new Set([429, 502, 503, 504]); // will pass: ask again
const UNAUTHORISED = 401;
const LONGEST_WAIT = 4; // seconds between two attempts
const KEY = "api-key"; // in the session's storage
const GROUND = [11, 13, 16]; // where the model does not say, as in explorer.css
const NPY_SHAPE = /'shape': \(([^)]*)\)/;

/** The label of an item that has no class, and the code of one that has no category. */
export const NONE = 65535;

/** An answer that will not get better by asking again. */
export class Problem extends Error {}

/** Fires `change` when `waiting` changes (null, or why the page waits for the service), and `gone`
 * when a model is no longer served, with the path that was asked as its detail. */
class Connection extends EventTarget {
  /** @type {"busy" | "away" | null} */
  waiting = null;

  /** @param {"busy" | "away" | null} reason */
  wait(reason) {
    if (this.waiting === reason) return;
    this.waiting = reason;
    this.dispatchEvent(new Event("change"));
  }

  /** How to ask the person for the API key, once for all requests that lack it; set by the page.
   * @type {(refused: boolean) => Promise<string>} */
  askForKey = () => Promise.reject(new Problem("The service asks for an API key."));
  /** @type {Promise<void> | null} */
  #asking = null;

  /** Ask for the key unless that is being done; it is kept as long as the tab. */
  async renewKey() {
    this.#asking ??= this.askForKey(sessionStorage.getItem(KEY) !== null)
      .then((key) => sessionStorage.setItem(KEY, key))
      .finally(() => {
        this.#asking = null;
      });
    await this.#asking;
  }
}

export const connection = new Connection();

let quietUntil = 0;

/** @param {number} milliseconds @param {AbortSignal | null} [signal] @returns {Promise<void>} */
function delay(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** @param {Response} response @param {string} path */
async function problem(response, path) {
  const body = await response.json().catch(() => ({}));
  if (body.code === "ModelNotFound") {
    connection.dispatchEvent(new CustomEvent("gone", { detail: path }));
  }
  return new Problem(String(body.detail ?? `${response.status} ${response.statusText}`));
}

/** Fetch a path relative to the page, with the key; null without a connection.
 * @param {string} path @param {RequestInit} init @param {string | null} key */
function ask(path, init, key) {
  const headers = key === null ? init.headers : { ...init.headers, "x-api-key": key };
  return fetch(new URL(path, document.baseURI), { ...init, headers }).catch((error) => {
    if (init.signal?.aborted) throw error;
    return null;
  });
}

/** How many seconds to wait before the next attempt.
 * @param {Response | null} response @param {number} attempt */
function pauseAfter(response, attempt) {
  const asked = Number(response?.headers.get("retry-after")) || 0.2 * 2 ** attempt;
  return Math.min(asked, LONGEST_WAIT);
}

/** Fetch a path relative to the page; wait and repeat while the service is busy or away.
 * @param {string} path @param {RequestInit} [init] @returns {Promise<Response>} */
export async function send(path, init = {}) {
  const { signal } = init;
  for (let attempt = 0; ; attempt += 1) {
    const quiet = quietUntil - performance.now();
    if (quiet > 0) await delay(quiet, signal);
    signal?.throwIfAborted();
    const key = sessionStorage.getItem(KEY);
    const response = await ask(path, init, key);
    if (response?.ok) {
      connection.wait(null);
      return response;
    }
    if (response?.status === UNAUTHORISED) {
      if (key === sessionStorage.getItem(KEY)) await connection.renewKey();
      continue;
    }
    if (response && !PASSING.has(response.status)) throw await problem(response, path);
    connection.wait(response?.status === 429 ? "busy" : "away");
    quietUntil = performance.now() + 1000 * pauseAfter(response, attempt);
  }
}

/** Show an image of the service in an element, which is empty until then; of several, the last.
 * @param {HTMLImageElement} image @param {string} path */
export async function showImage(image, path) {
  image.dataset.path = path;
  URL.revokeObjectURL(image.src);
  image.removeAttribute("src"); // what it showed is not what is asked for
  const blob = await (await send(path, { headers: { accept: "image/png" } })).blob();
  if (image.dataset.path !== path) return;
  image.src = URL.createObjectURL(blob);
}

/** Fetch JSON. @param {string} path @param {RequestInit} [init] */
export async function getJSON(path, init = {}) {
  const headers = { accept: "application/json", ...init.headers };
  return (await send(path, { ...init, headers })).json();
}

const OF_DATA = /^(points|items|neighbours|review|chart|density|holes|planes|direction)\b/; // operations that take no label

/** A served model and the addresses of its operations. */
export class Model {
  /** The class that a conditional model draws, by its index. @type {string | undefined} */
  label;

  /** @param {ModelDescription} description */
  constructor({ manifest, fingerprint, tiles, columns }) {
    this.manifest = manifest;
    this.reference = `${manifest.name}@${manifest.version}`;
    this.fingerprint = fingerprint;
    /** What is known of each item. */
    this.columns = columns;
    this.latentDim = manifest.latent_dim;
    this.height = manifest.image_shape[0];
    this.width = manifest.image_shape[1];
    /** Bytes a pixel. */
    this.channels = manifest.image_shape[2];
    const [red, green = red, blue = red] = manifest.chart?.ground ?? GROUND;
    /** The colour on which the images stand. */
    this.ground = `rgb(${red} ${green} ${blue})`;
    /** Whether that is light. */
    this.light = red + green + blue > 384;
    this.cells = tiles.cells;
    this.maxZoom = tiles.max_zoom;
    this.choose();
  }

  /** Choose a conditional model's label; the first when there is no such.
   * @param {string} [label] */
  choose(label) {
    const known = Math.max(this.manifest.labels.length, 1);
    if (this.manifest.conditional) this.label = Number(label) < known ? String(label) : "0";
  }

  /** Address an operation relative to the page; with a conditional model it names the label as well.
   * @param {string} operation @param {Record<string, string | number | undefined>} [query] */
  path(operation, query = {}) {
    const label = this.label && !OF_DATA.test(operation) ? this.classKey(this.label) : undefined;
    const text = Object.entries({ ...query, label }).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${encodeURIComponent(value).replaceAll("%2C", ",")}`],
    );
    const search = text.length ? `?${text.join("&")}` : "";
    return `v1/models/${this.reference}/${operation}${search}`;
  }

  /** How a request names a class: by its name, since its index may be the name of another.
   * @param {string | number} label */
  classKey(label) {
    return this.manifest.labels[Number(label)] || String(label);
  }

  /** Name a label: its class name, its number, or nothing. @param {number} label */
  className(label) {
    return label === NONE ? "unlabelled" : (this.manifest.labels[label] ?? String(label));
  }

  /** Decode latent vectors. @param {ArrayLike<number>[]} vectors @param {AbortSignal} [signal] */
  async decode(vectors, signal) {
    const body = JSON.stringify({ z: vectors.map((z) => Array.from(z)) });
    const headers = { accept: "application/x-npy", "content-type": "application/json" };
    const response = await send(this.path("decode"), { method: "POST", body, headers, signal });
    return readImages(await response.arrayBuffer());
  }
}

/** Read a uint8 npy of images, `(n, height, width[, channels])`.
 * @param {ArrayBuffer} buffer @returns {Images} */
function readImages(buffer) {
  const view = new DataView(buffer);
  const long = view.getUint8(6) > 1; // version 2 has a four-byte length
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(new Uint8Array(buffer, start, length));
  const shape = header.match(NPY_SHAPE)?.[1].split(",") ?? [];
  const [count, height, width, channels = 1] = shape.filter((size) => size.trim()).map(Number);
  return { count, height, width, channels, pixels: new Uint8Array(buffer, start + length) };
}

/** Turn the image at `index` of a decoded batch into ImageData. @param {Images} images */
export function toImageData({ height, width, channels, pixels }, index = 0) {
  const out = new ImageData(width, height);
  const start = index * height * width * channels;
  for (let i = 0; i < height * width; i += 1) {
    for (let k = 0; k < 3; k += 1) {
      out.data[4 * i + k] = pixels[start + i * channels + (channels === 3 ? k : 0)];
    }
    out.data[4 * i + 3] = 255;
  }
  return out;
}
