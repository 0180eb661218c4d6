/** The items that are shown or selected: thumbnails, classes, a file of them. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { pickItem, select, selectView } from "../map/actions.js";
import { button, field, h, row, saveBlob, small } from "../ui/dom.js";
import { itemThumbnail } from "../ui/item_thumbnail.js";
import { count } from "../ui/number_format.js";
import { snippetButtons } from "../ui/request_snippets.js";

const MOST_THUMBS = 60;
const QUOTED = /[",\n]/;

/** Write the current items as CSV: what the map knows of each, by id.
 * @param {Points} points @param {Explorer} explorer */
function csv(points, { model, state }) {
  const extra = ["reconstruction", "kl", "norm"].filter((name) => points.columns[name]);
  const head = ["id", "label", "class", ...state.get("shownPlane").axes, ...extra];
  const quote = (/** @type {string} */ text) =>
    QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const rows = current(points).map((i) =>
    [
      i,
      points.label[i],
      quote(model.className(points.label[i])),
      points.x[i].toPrecision(6),
      points.y[i].toPrecision(6),
      ...extra.map((name) => points.columns[name][i].toPrecision(6)),
    ].join(","),
  );
  return `${[head.join(","), ...rows].join("\n")}\n`;
}

/** What is looked at: the selection, or else every visible item. @param {Points} points */
function current(points) {
  if (points.chosen) return points.ids;
  return Array.from({ length: points.n }, (_, i) => i).filter((i) => points.visible[i]);
}

/** @param {Points} points @param {number[]} ids @param {Model} model */
function byClass(points, ids, model) {
  const counts = new Map();
  for (const i of ids) counts.set(points.label[i], (counts.get(points.label[i]) ?? 0) + 1);
  const parts = [...counts]
    .sort(([p], [q]) => p - q)
    .map(([label, n]) => `${model.className(label)}:\u00a0${count(n)}`);
  return parts.join("  ·  ");
}

/** @param {Explorer} explorer */
function finder(explorer) {
  const input = h("input", { type: "number", min: 0, step: 1 });
  const go = () => {
    const [id, n] = [Number(input.value), explorer.state.get("items")?.points.n ?? 0];
    if (input.value === "" || !Number.isInteger(id) || id < 0 || id >= n) {
      return explorer.say(`Items are numbered 0 to ${n - 1}.`, "warn");
    }
    return pickItem(explorer, id);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go();
  });
  return row(field("Item", input), button("Go to it", go));
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const saveCsv = () => {
    const points = state.get("items")?.points;
    if (points) saveBlob(new Blob([csv(points, explorer)], { type: "text/csv" }), "items.csv");
  };
  const [heading, classes, more] = [small(), h("p"), small()];
  const thumbs = h("div", { class: "thumbs" });
  const drop = button("Drop the selection", () => select(explorer));
  const request = () => ({
    path: model.path("points", {
      plane: state.get("plane"),
      columns: "x,y,label",
      format: "json",
    }),
    save: "points.json",
  });

  const show = () => {
    const points = state.get("items")?.points;
    if (!points) return;
    const ids = current(points);
    const what = points.chosen
      ? "items selected"
      : "items shown. Select with the lasso (L), or those in view (S).";
    heading.textContent = `${count(ids.length)} of ${count(points.n)} ${what}`;
    classes.textContent = byClass(points, ids, model);
    drop.hidden = !points.chosen;
    const pictures = ids.slice(0, MOST_THUMBS).map((id) => {
      const name = model.className(points.label[id]);
      return itemThumbnail(explorer, id, `${name} · ${id}`, `class ${name}`);
    });
    thumbs.replaceChildren(...pictures);
    more.textContent =
      ids.length > MOST_THUMBS
        ? `The first ${MOST_THUMBS} are pictured; the CSV holds all ${count(ids.length)}.`
        : "";
  };
  host.append(
    h("h2", {}, "Items"),
    heading,
    row(
      button("Select those in view", () => selectView(explorer)),
      drop,
      button("Save as CSV", saveCsv),
    ),
    finder(explorer),
    classes,
    thumbs,
    more,
    snippetButtons(explorer, request),
  );
  state.watch(["items"], show, signal);
}
