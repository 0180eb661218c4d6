/** The items that are shown or selected: a filter, thumbnails, classes, a file of them. */
/** @import {Model} from "../data/api_client.js" */
/** @import {ListedItem} from "../data/api_types.d.ts" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, send } from "../data/api_client.js";
import { pickItem, select, selectView } from "../map/actions.js";
import { button, field, h, row, saveBlob, small } from "../ui/dom.js";
import { filterControls } from "../ui/item_filter.js";
import { itemThumbnail } from "../ui/item_thumbnail.js";
import { count } from "../ui/number_format.js";
import { snippetButtons } from "../ui/request_snippets.js";
import { similarItems } from "../ui/similar_items.js";

const MOST_THUMBS = 60;

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

/** The request for the current items: all that pass the filter, or these ids.
 * @param {Points} points @param {Explorer} explorer @param {"csv" | "npz"} format */
function request(points, { model, state }, format) {
  const save = `items.${format}`;
  const [ids, filter] = [current(points), state.get("filter")];
  const whole = !points.chosen && !state.get("hidden").length;
  if (!whole) return { path: model.path("items", { format }), json: { ids }, save };
  return { path: `${model.path("items", { format })}${filter && `&${filter}`}`, save };
}

/** Let a person save the current items as a file.
 * @param {Points} points @param {Explorer} explorer @param {"csv" | "npz"} format */
async function saveItems(points, explorer, format) {
  const { path, json, save } = request(points, explorer, format);
  const body = json && JSON.stringify(json);
  const headers = { "content-type": "application/json" };
  const answer = await send(path, json ? { method: "POST", body, headers } : {});
  saveBlob(await answer.blob(), save);
}

/** Name the pictured items by their files.
 * @param {Model} model @param {number[]} ids @param {AbortSignal} signal
 * @returns {Promise<Map<number, string>>} */
async function filesOf(model, ids, signal) {
  const body = JSON.stringify({ ids });
  const headers = { "content-type": "application/json" };
  /** @type {{items: ListedItem[]}} */
  const { items } = await getJSON(model.path("items"), { method: "POST", body, headers, signal });
  return new Map(items.map(({ id, path }) => [id, path ?? ""]));
}

/** @param {Explorer} explorer */
function thumbnails(explorer) {
  const { model } = explorer;
  const thumbs = h("div", { class: "thumbs" });
  let asking = new AbortController();
  const show = async (/** @type {Points} */ points, /** @type {number[]} */ ids) => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const pictures = ids.map((id) => {
      const name = model.className(points.label[id]);
      return itemThumbnail(explorer, id, `${name} · ${id}`, `class ${name}`);
    });
    thumbs.replaceChildren(...pictures);
    const files = await filesOf(model, ids, signal).catch(() => new Map()); // names are an extra
    for (const [k, id] of ids.entries()) {
      if (!signal.aborted && files.get(id)) pictures[k].title = files.get(id);
    }
  };
  return { thumbs, show };
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const shown = () => /** @type {Points} */ (state.get("items")?.points);
  const save = (/** @type {"csv" | "npz"} */ format) => () =>
    saveItems(shown(), explorer, format).catch(({ message }) => explorer.say(message, "bad"));
  const [heading, classes, more] = [small(), h("p"), small()];
  const { thumbs, show: picture } = thumbnails(explorer);
  const drop = button("Drop the selection", () => select(explorer));
  const similar = similarItems(explorer, () => current(shown()));

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
    similar.renew(ids.length > 0 && ids.length < points.n);
    picture(points, ids.slice(0, MOST_THUMBS));
    more.textContent =
      ids.length > MOST_THUMBS
        ? `The first ${MOST_THUMBS} are pictured; the files hold all ${count(ids.length)}.`
        : "";
  };
  host.append(
    h("h2", {}, "Items"),
    heading,
    filterControls(explorer, signal),
    row(
      button("Select those in view", () => selectView(explorer)),
      drop,
      similar.more,
    ),
    similar.out,
    row(button("Save as CSV", save("csv")), button("Save as npz", save("npz"))),
    finder(explorer),
    classes,
    thumbs,
    more,
    snippetButtons(explorer, () => request(shown(), explorer, "csv")),
  );
  state.watch(["items"], show, signal);
}
