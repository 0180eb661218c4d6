/** The point and its picture: every move of z is decoded, the latest wins. */

import { Latest, toImageData } from "../data/api_client.js";
import { norm } from "../data/plane.js";

/** Give `atlas` its point: `place`, `moveTo`, `shown`, and the `image` event on its bus. */
export function liveDecode(atlas) {
  const { state, model, bus } = atlas;
  const show = (answer, z) => {
    atlas.shown = { z, image: toImageData(answer) };
    bus.dispatchEvent(new Event("image"));
    atlas.map.invalidate("overlay");
  };
  const fail = (error) => atlas.say(error.message, "bad");
  const latest = new Latest((z, signal) => model.decode([z], signal), show, { fail });

  /** Set z; `push` makes it a step that Back undoes. */
  atlas.moveTo = (z, { push = false } = {}) => {
    state.set({ z: Float32Array.from(z), item: undefined }, { push });
  };

  /** Set z to the plane's (a, b), plus what lies off the plane. */
  atlas.place = (a, b, { off = null, push = false } = {}) => {
    const z = atlas.plane.at(a, b);
    atlas.moveTo(off ? z.map((value, i) => value + off[i]) : z, { push });
  };

  /** What of z lies off the plane, or null when it lies in it. */
  atlas.offPlane = (z) => {
    const { a, b, away } = atlas.plane.project(z);
    if (away < 1e-5) return null;
    const foot = atlas.plane.at(a, b);
    return z.map((value, i) => value - foot[i]);
  };

  state.watch(["z", "label"], () => {
    latest.want(state.get("z"));
    atlas.map.invalidate("overlay");
  });
}

/** The norm of z against the shell where the prior's mass is: χ with d degrees of freedom. */
export function shell(z) {
  const d = z.length;
  const length = norm(z);
  const centre = Math.sqrt(Math.max(d - 0.5, 0.5)); // χ's mean, to 1 % from d = 2 on
  return { length, centre, deviations: (length - centre) / Math.SQRT1_2 };
}
