/** The point's picture: every move of z is decoded, the latest wins. */
/** @import {Model} from "../data/api_client.js" */
/** @import {State} from "../data/state.js" */

import { toImageData } from "../data/api_client.js";
import { Latest } from "../data/latest.js";

/** Keep the `decoded` picture of a state at its z and label.
 * @param {State} state @param {Model} model
 * @param {{fail?: (error: Error) => void, signal?: AbortSignal}} [options] */
export function liveDecode(state, model, { fail, signal } = {}) {
  const latest = new Latest(
    (/** @type {Float32Array} */ z, abort) => model.decode([z], abort),
    (images, z) => state.set({ decoded: { z, image: toImageData(images) } }),
    { fail },
  );
  state.watch(["z", "label"], () => latest.want(state.get("z")), signal);
}
