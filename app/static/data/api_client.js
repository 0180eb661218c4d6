/** Requests to the service: relative addresses, patience while it is busy or away, latest wins. */

const PASSING = new Set([429, 502, 503, 504]); // will pass: ask again
const LONGEST_WAIT = 4; // seconds between two attempts

/** An answer that will not get better by asking again: `status`, `code` and the detail as text. */
export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code });
  }
}

/**
 * Fires `change` with `waiting` (null, or why the page waits for the service), and `gone` with the
 * `path` of a request whose model is no longer served.
 */
export const connection = Object.assign(new EventTarget(), { waiting: null });

let quietUntil = 0;

function announce(waiting) {
  if (connection.waiting === waiting) return;
  connection.waiting = waiting;
  connection.dispatchEvent(new Event("change"));
}

function delay(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

async function problem(response, path) {
  const body = await response.json().catch(() => ({}));
  if (body.code === "ModelNotFound") {
    connection.dispatchEvent(Object.assign(new Event("gone"), { path }));
  }
  const detail = body.detail ?? `${response.status} ${response.statusText}`;
  return new Problem(response.status, body.code ?? "Unknown", String(detail));
}

/** Fetch a path relative to the page; wait and repeat while the service is busy or away. */
export async function send(path, { signal, ...init } = {}) {
  for (let attempt = 0; ; attempt += 1) {
    const quiet = quietUntil - performance.now();
    if (quiet > 0) await delay(quiet, signal);
    signal?.throwIfAborted();
    const response = await fetch(new URL(path, document.baseURI), { ...init, signal }).catch(
      (error) => {
        if (signal?.aborted) throw error;
        return null; // no connection
      },
    );
    if (response?.ok) {
      announce(null);
      return response;
    }
    if (response && !PASSING.has(response.status)) throw await problem(response, path);
    announce(response?.status === 429 ? "busy" : "away");
    const asked = Number(response?.headers.get("retry-after")) || 0.2 * 2 ** attempt;
    quietUntil = performance.now() + 1000 * Math.min(asked, LONGEST_WAIT);
  }
}

/** Fetch JSON. */
export async function getJSON(path, init = {}) {
  const headers = { accept: "application/json", ...init.headers };
  return (await send(path, { ...init, headers })).json();
}

const OF_DATA = /^(points|items|neighbours)\b/; // verbs that take no label

/**
 * A served model's verbs: `path("decode", {z: "0,0"})` is an address relative to the page. With a
 * conditional model it names the chosen `label` as well.
 */
export class Model {
  constructor(info) {
    this.info = info;
    this.manifest = info.manifest;
    this.reference = `${info.manifest.name}@${info.manifest.version}`;
    this.fingerprint = info.fingerprint ?? "";
    this.latentDim = info.manifest.latent_dim;
    [this.height, this.width, this.channels] = info.manifest.image_shape;
    this.cells = info.tiles?.cells ?? 8;
    this.maxZoom = info.tiles?.max_zoom ?? 24;
    this.choose();
  }

  /** Choose a conditional model's label by its index; the first when there is no such. */
  choose(label) {
    const known = Math.max(this.manifest.labels.length, 1);
    if (this.manifest.conditional) this.label = Number(label) < known ? String(label) : "0";
  }

  path(verb, query = {}) {
    const label = OF_DATA.test(verb) ? undefined : this.label;
    const given = Object.entries({ ...query, label }).filter(([, value]) => value !== undefined);
    const text = given.map(([k, v]) => `${k}=${encodeURIComponent(v).replaceAll("%2C", ",")}`);
    const search = text.length ? `?${text.join("&")}` : "";
    return `v1/models/${this.reference}/${verb}${search}`;
  }

  /** Name a label: its class name, its number, or nothing. */
  className(label) {
    return label === 255 ? "unlabelled" : (this.manifest.labels[label] ?? String(label));
  }

  /** Decode vectors; the answer is `{count, height, width, channels, pixels}` of uint8. */
  async decode(vectors, signal) {
    const body = JSON.stringify({ z: vectors.map((z) => Array.from(z)) });
    const headers = { accept: "application/x-npy", "content-type": "application/json" };
    const response = await send(this.path("decode"), { method: "POST", body, headers, signal });
    return readImages(await response.arrayBuffer());
  }
}

/** Read a uint8 npy of images, `(n, height, width[, channels])`. */
function readImages(buffer) {
  const view = new DataView(buffer);
  const long = view.getUint8(6) > 1; // version 2 has a four-byte length
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(new Uint8Array(buffer, start, length));
  const shape = header
    .match(/'shape': \(([^)]*)\)/)[1]
    .split(",")
    .filter((s) => s.trim());
  const [count, height, width, channels = 1] = shape.map(Number);
  return { count, height, width, channels, pixels: new Uint8Array(buffer, start + length) };
}

/** Turn the image at `index` of a decoded batch into ImageData. */
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

/** Runs the newest wish: at most `limit` requests in flight, never an older answer after a newer. */
export class Latest {
  #asked = 0;
  #shown = 0;
  #waiting = null;
  #flying = new Map();

  constructor(run, show, { limit = 2, fail = () => undefined } = {}) {
    Object.assign(this, { run, show, limit, fail });
  }

  want(value) {
    this.#waiting = { value };
    this.#pump();
  }

  #pump() {
    if (!this.#waiting || this.#flying.size >= this.limit) return;
    const { value } = this.#waiting;
    this.#waiting = null;
    this.#asked += 1;
    this.#fly(this.#asked, value);
  }

  async #fly(number, value) {
    const controller = new AbortController();
    this.#flying.set(number, controller);
    try {
      const answer = await this.run(value, controller.signal);
      if (number > this.#shown) this.#arrive(number, answer, value);
    } catch (error) {
      if (!controller.signal.aborted) this.fail(error, value);
    } finally {
      this.#flying.delete(number);
      this.#pump();
    }
  }

  #arrive(number, answer, value) {
    this.#shown = number;
    for (const [other, controller] of this.#flying) if (other < number) controller.abort();
    this.show(answer, value);
  }
}
