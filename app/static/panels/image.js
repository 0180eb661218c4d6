/** One's own image: drawn, chosen, dropped or pasted; encoded, reconstructed, scored, on the map. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Explorer} from "../map/actions.js" */

import { report } from "../data/image_report.js";
import { isKept, keepImage } from "../data/kept_image.js";
import { goTo } from "../map/actions.js";
import { context2d } from "../map/map_view.js";
import { button, h, row, saveBlob, small } from "../ui/dom.js";
import { Pad } from "../ui/drawing_pad.js";
import { reportView } from "./image_report.js";

const HOW =
  "Draw one, or choose, drop or paste a file. It becomes a diamond on the map " +
  "with its posterior at 1σ and 2σ; drag it there and watch it change.";

/** @param {OffscreenCanvas} ink */
const toBlob = (ink) => ink.convertToBlob({ type: "image/png" });

/** The drawing in the model's own size, small enough for a link.
 * @param {OffscreenCanvas} ink @param {Model} model */
function shrink(ink, { width, height }) {
  const side = Math.max(width, height);
  const small = new OffscreenCanvas(side, side);
  const context = context2d(small);
  context.imageSmoothingQuality = "high";
  context.drawImage(ink, 0, 0, side, side);
  return small;
}

/** Report on each image that comes and show the newest.
 * @param {Explorer} explorer @param {HTMLElement} out @param {AbortSignal} signal */
function reporter(explorer, out, signal) {
  let number = 0;
  return async (/** @type {Blob} */ blob, /** @type {string} */ name) => {
    number += 1;
    const mine = number;
    try {
      const own = await keepImage(blob);
      const ownImage = await report(explorer.model, blob, { name, own });
      if (signal.aborted || mine !== number) return; // a newer image was taken
      goTo(explorer, ownImage.zMean, { ownImage, own });
      if (isKept(own)) explorer.say("This image is kept in this browser: a link does not hold it.");
    } catch (error) {
      if (mine !== number) return;
      const { message } = /** @type {Error} */ (error);
      out.replaceChildren(h("p", { class: "error", role: "alert" }, message));
    }
  };
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const out = h("div", { class: "result", "aria-live": "polite" });
  const take = reporter(explorer, out, signal);
  const files = (/** @type {FileList | null | undefined} */ list) =>
    list?.length && take(list[0], list[0].name);
  const canvas = h("canvas", { class: "pad" });
  const colours = { ground: model.manifest.chart ? model.ground : "#000", pen: "#fff" };
  if (model.light) colours.pen = "#000";
  const draw = async () => take(await toBlob(shrink(pad.ink, model)), "drawing.png");
  const pad = new Pad(canvas, colours, draw);
  const accept = "image/png,image/jpeg,image/webp";
  const input = h("input", { type: "file", accept, hidden: true });
  input.addEventListener("change", () => files(input.files));
  const given = () => {
    const file = state.get("given");
    if (!file) return;
    state.set({ given: null });
    take(file, file.name);
  };
  host.append(
    h("h2", {}, "Your image"),
    h("div", { class: "drawing" }, canvas, out),
    row(
      button("Clear", () => pad.clear()),
      button("Choose a file…", () => input.click()),
      input,
      button("Save drawing", async () => saveBlob(await toBlob(pad.ink), "drawing.png")),
    ),
    small(HOW),
  );
  const show = () => {
    const ownImage = state.get("ownImage");
    out.replaceChildren(...(ownImage ? [reportView(explorer, ownImage)] : []));
  };
  state.watch(["ownImage"], show, signal);
  state.watch(["given"], given, signal);
}
