/** The picture that is decoded at the point, which follows it. */
/** @import {Explorer} from "../map/actions.js" */

import { decimals } from "../data/state.js";
import { h, paint } from "./dom.js";

/** @param {Explorer} explorer @param {AbortSignal} signal */
export function decodedPicture({ state, model: { width, height } }, signal) {
  const about = { role: "img", "aria-label": "Image decoded at the point" };
  const picture = h("canvas", { class: "picture pixels", width, height, ...about });
  const show = () => {
    const decoded = state.get("decoded");
    if (!decoded) return;
    paint(picture, decoded.image);
    picture.dataset.z = decimals(decoded.z);
  };
  const fade = () => picture.classList.toggle("late", state.get("late"));
  state.watch(["decoded"], show, signal);
  state.watch(["late"], fade, signal);
  return picture;
}
