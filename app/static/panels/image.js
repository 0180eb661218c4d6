/** One's own image: drawn, chosen, dropped or pasted; encoded, reconstructed, scored, on the map. */

import { button, h, saveBlob } from "../ui/dom.js";
import { Pad } from "../ui/drawing_pad.js";
import { report, reportView } from "./image_report.js";

const HOW =
  "Draw one, or choose, drop or paste a file. It becomes a diamond on the map " +
  "with its posterior at 1σ and 2σ; drag it there and watch it change.";

function toBlob(ink) {
  const canvas = h("canvas", { width: ink.width, height: ink.height });
  canvas.getContext("2d").drawImage(ink, 0, 0);
  return new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
}

/** Report on each image that comes and show the newest. Returns `take(blob, name)`. */
function reporter(atlas, out, signal) {
  let number = 0;
  return async (blob, name) => {
    number += 1;
    const mine = number;
    try {
      const own = await report(atlas.model, blob, name);
      if (signal.aborted || mine !== number) return; // a newer image was taken
      atlas.own = own;
      out.replaceChildren(reportView(atlas, own));
      atlas.goTo(own.zMean);
    } catch (error) {
      if (mine !== number) return;
      out.replaceChildren(h("p", { class: "error", role: "alert" }, error.message));
    }
  };
}

/** Take files that are pasted anywhere or dropped on the panel. */
function receive(host, files, signal) {
  const on = (target, type, f) => target.addEventListener(type, f, { signal });
  on(document, "paste", (event) => files(event.clipboardData.files));
  on(host, "dragover", (event) => {
    event.preventDefault();
    host.dataset.drop = "yes";
  });
  on(host, "dragleave", () => delete host.dataset.drop);
  on(host, "drop", (event) => {
    event.preventDefault();
    delete host.dataset.drop;
    files(event.dataTransfer.files);
  });
}

export function mount(host, atlas, signal) {
  const out = h("div", { class: "result", "aria-live": "polite" });
  const take = reporter(atlas, out, signal);
  const files = ([file]) => file && take(file, file.name);
  const canvas = h("canvas", { class: "pad" });
  const pad = new Pad(canvas, async () => take(await toBlob(pad.ink), "drawing.png"));
  const input = h("input", {
    type: "file",
    accept: "image/png,image/jpeg,image/webp",
    hidden: true,
    on: { change: () => files(input.files) },
  });
  receive(host, files, signal);
  host.append(
    h("h2", {}, "Your image"),
    h("p", { class: "small" }, HOW),
    canvas,
    h(
      "div",
      { class: "row" },
      button("Clear", () => pad.clear()),
      button("Choose a file…", () => input.click()),
      input,
      button("Save drawing", async () => saveBlob(await toBlob(pad.ink), "drawing.png")),
    ),
    out,
  );
  if (atlas.own) out.append(reportView(atlas, atlas.own));
}
