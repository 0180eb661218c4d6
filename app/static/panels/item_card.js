/** The card of the item that is picked: its image, its reconstruction, its class, its error. */
/** @import {Item} from "../data/api_types.d.ts" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, NONE, showImage } from "../data/api_client.js";
import { decimals } from "../data/state.js";
import { copyText } from "../ui/copy_text.js";
import { button, h, row, section } from "../ui/dom.js";
import { figure } from "../ui/number_format.js";

/** What is known of an item beside its class, its image and its losses. @param {Item} item */
function known({ split, width, height, columns }) {
  const size = width && height ? `${width} × ${height} pixels` : null;
  return { Split: split, File: size, ...columns };
}

/** The path of an item's file, ready to copy. @param {string} path @param {Explorer["say"]} say */
function filePath(path, say) {
  const text = h("input", { type: "text", readOnly: true, value: path, "aria-label": "Path" });
  text.addEventListener("focus", () => text.select());
  return row(
    text,
    button("Copy path", () => copyText(say, path, "The path")),
  );
}

/** Make the card of an item; the neighbours and the pins of the point below it are the item's.
 * @param {Explorer} explorer @param {string} id */
export async function itemCard({ model, state, say }, id) {
  /** @type {Item} */
  const item = await getJSON(model.path(`items/${id}`, { format: "json" }));
  const about = { width: 96, height: 96, class: "pixels" };
  const image = h("img", { alt: `Item ${id}`, ...about, data: { id } });
  const reconstruction = h("img", { alt: "As the model reconstructs it", ...about });
  await Promise.all([
    showImage(image, model.path(`items/${id}`)),
    showImage(
      reconstruction,
      model.path("decode", { z: decimals(Float32Array.from(item.z_mean)) }),
    ),
  ]);
  const errors = state.get("items")?.points.columns.reconstruction;
  const usual = errors && Float32Array.from(errors).sort()[errors.length >> 1];
  const beside = usual === undefined ? "" : ` (half of the items: below ${figure(usual, 1)})`;
  const rows = Object.entries(known(item)).filter(([, value]) => value !== null && value !== "");
  return section(
    `Item ${id}, class ${model.className(item.label ?? NONE)}`,
    h(
      "figure",
      { class: "pair" },
      h("div", { class: "row" }, image, reconstruction),
      h("figcaption", {}, h("span", {}, "image"), h("span", {}, "reconstruction")),
    ),
    h("p", {}, `Reconstruction error ${figure(item.reconstruction, 1)} nats${beside}.`),
    ...(item.path ? [filePath(item.path, say)] : []),
    h(
      "dl",
      { class: "facts" },
      ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]),
    ),
  );
}
