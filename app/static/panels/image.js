/** One's own image: drawn, chosen, dropped or pasted; encoded, reconstructed, scored, on the map. */
/** @import {Explorer} from "../map/actions.js" */

import { goTo } from "../map/actions.js";
import { button, h, row, saveBlob, small } from "../ui/dom.js";
import { Pad } from "../ui/drawing_pad.js";
import { report, reportView } from "./image_report.js";

const HOW =
  "Draw one, or choose, drop or paste a file. It becomes a diamond on the map " +
  "with its posterior at 1σ and 2σ; drag it there and watch it change.";

/** @param {OffscreenCanvas} ink */
const toBlob = (ink) => ink.convertToBlob({ type: "image/png" });

/** Report on each image that comes and show the newest.
 * @param {Explorer} explorer @param {HTMLElement} out @param {AbortSignal} signal */
function reporter(explorer, out, signal) {
  let number = 0;
  return async (/** @type {Blob} */ blob, /** @type {string} */ name) => {
    number += 1;
    const mine = number;
    try {
      const ownImage = await report(explorer.model, blob, name);
      if (signal.aborted || mine !== number) return; // a newer image was taken
      explorer.state.set({ ownImage });
      out.replaceChildren(reportView(explorer, ownImage));
      goTo(explorer, ownImage.zMean);
    } catch (error) {
      if (mine !== number) return;
      const { message } = /** @type {Error} */ (error);
      out.replaceChildren(h("p", { class: "error", role: "alert" }, message));
    }
  };
}

/** Take files that are pasted anywhere or dropped on the panel.
 * @param {HTMLElement} host @param {(files?: FileList | null) => void} files @param {AbortSignal} signal */
function receive(host, files, signal) {
  document.addEventListener("paste", (event) => files(event.clipboardData?.files), { signal });
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    host.dataset.drop = "yes";
  };
  const leave = () => delete host.dataset.drop;
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    leave();
    files(event.dataTransfer?.files);
  };
  host.addEventListener("dragover", over, { signal });
  host.addEventListener("dragleave", leave, { signal });
  host.addEventListener("drop", drop, { signal });
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const out = h("div", { class: "result", "aria-live": "polite" });
  const take = reporter(explorer, out, signal);
  const files = (/** @type {FileList | null | undefined} */ list) =>
    list?.length && take(list[0], list[0].name);
  const canvas = h("canvas", { class: "pad" });
  const pad = new Pad(canvas, async () => take(await toBlob(pad.ink), "drawing.png"));
  const accept = "image/png,image/jpeg,image/webp";
  const input = h("input", { type: "file", accept, hidden: true });
  input.addEventListener("change", () => files(input.files));
  receive(host, files, signal);
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
  const ownImage = explorer.state.get("ownImage");
  if (ownImage) out.append(reportView(explorer, ownImage));
}
