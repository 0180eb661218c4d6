/** The point's picture: every move of z is decoded, the latest wins. */
/** @import {Model} from "../data/api_client.js" */
/** @import {State} from "../data/state.js" */

import { toImageData } from "../data/api_client.js";
import { Latest } from "../data/latest.js";

const LATE = 400; // milliseconds

/** Keep the `decoded` picture of a state at its z and label.
 * @param {State} state @param {Model} model
 * @param {{fail?: (error: Error) => void, signal?: AbortSignal}} [options] */
export function liveDecode(state, model, { fail, signal } = {}) {
  let [timer, shownAt] = [0, 0];
  const latest = new Latest(
    (/** @type {Float32Array} */ z, abort) => model.decode([z], abort),
    (images, z) => {
      shownAt = performance.now();
      state.set({ decoded: { z, image: toImageData(images) }, late: false });
    },
    { fail },
  );
  const look = () => {
    timer = 0;
    if (state.get("decoded")?.z === state.get("z")) return;
    state.set({ late: performance.now() - shownAt > LATE });
    timer = setTimeout(look, LATE);
  };
  const want = () => {
    latest.want(state.get("z"));
    timer ||= setTimeout(look, LATE);
  };
  state.watch(["z", "label"], want, signal);
  signal?.addEventListener("abort", () => clearTimeout(timer));
}
