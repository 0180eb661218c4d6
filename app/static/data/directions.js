/** Directions from one set of items to another, and how the page's address holds them. */
/** @import {FoundDirection} from "./api_types.d.ts" */

import { fromBase64url, norm } from "./plane.js";

/** A set of items: its name, its items' ids, and how a request names it.
 * @typedef {{name: string, ids: number[], body: Record<string, unknown>}} ItemSet */
/** @typedef {{start?: ItemSet, to?: ItemSet}} ItemSets */
/** A direction with the names of its sets. @typedef {FoundDirection & {from: string, to: string}} Direction */

const LONGEST = 40; // letters of a name

/** @param {string} text @param {number} d of the latent space */
function readOne(text, d) {
  const [id, low, high, auc, from, to] = text.split(",");
  const direction = fromBase64url(id.slice(2));
  /** @type {Direction} */
  const read = {
    id,
    direction,
    low: Number(low),
    high: Number(high),
    auc: auc ? Number(auc) : null,
    from: decodeURIComponent(from),
    to: decodeURIComponent(to),
  };
  const sound = direction.length === d && Math.abs(norm(direction) - 1) < 1e-3;
  return sound && read.low < read.high && !Number.isNaN(read.auc ?? 0) ? [read] : [];
}

/** Read the address's directions; what does not fit the model is left out.
 * @param {string} text @param {number} d of the latent space */
export function readDirections(text, d) {
  return text.split(";").flatMap((one) => {
    try {
      return readOne(one, d);
    } catch {
      return []; // damaged
    }
  });
}

/** Write directions as the address holds them. @param {Direction[]} directions */
export function writeDirections(directions) {
  const name = (/** @type {string} */ text) => encodeURIComponent(text.slice(0, LONGEST));
  const digits = (/** @type {number} */ value) => Number(value.toPrecision(6));
  return directions
    .map(({ id, low, high, auc, from, to }) =>
      [id, digits(low), digits(high), auc === null ? "" : digits(auc), name(from), name(to)].join(),
    )
    .join(";");
}
