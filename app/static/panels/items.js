/** The items that are shown or selected: a filter, thumbnails, classes, a file of them. */
/** @import {Model} from "../data/api_client.js" */
/** @import {ListedItem} from "../data/api_types.d.ts" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, send } from "../data/api_client.js";
import { pickItem, select, selectView } from "../map/actions.js";
import { button, choice, field, h, row, saveBlob, small } from "../ui/dom.js";
import { filterControls } from "../ui/item_filter.js";
import { itemThumbnail } from "../ui/item_thumbnail.js";
import { count, figure, items } from "../ui/number_format.js";
import { snippetButtons } from "../ui/request_snippets.js";
import { similarItems } from "../ui/similar_items.js";

const PAGE = 60; // pictures at a time
const MOST_DOUBTFUL = 1000; // items
const ORDERS = [
  ["id", "number"],
  ["reconstruction", "reconstruction error"],
  ["kl", "KL"],
  ["norm", "norm of z"],
];
const DOUBTFUL = ["doubt", "doubt about the label"];

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

/** The current items in an order: by number, the greatest first, or as the neighbours doubt their labels.
 * @param {Model} model @param {Points} points @param {string} order */
async function ordered(model, points, order) {
  const ids = current(points);
  if (order === "id") return ids;
  if (order !== "doubt") {
    const values = points.columns[order];
    return ids.sort((p, q) => values[q] - values[p]);
  }
  /** @type {{items: {id: number}[]}} */
  const { items } = await getJSON(model.path("review/labels", { limit: MOST_DOUBTFUL }));
  const doubt = new Map(items.map(({ id }, k) => [id, k]));
  const rank = (/** @type {number} */ id) => doubt.get(id) ?? MOST_DOUBTFUL + id;
  return ids.sort((p, q) => rank(p) - rank(q));
}

/** Pictures of items, page by page. @param {Explorer} explorer */
function thumbnails(explorer) {
  const { model } = explorer;
  const thumbs = h("div", { class: "thumbs" });
  let asking = new AbortController();
  const add = async (
    /** @type {Points} */ points,
    /** @type {number[]} */ ids,
    /** @type {string} */ order,
  ) => {
    const { signal } = asking;
    const pictures = ids.map((id) => {
      const name = model.className(points.label[id]);
      const values = points.columns[order];
      const text = `${name} · ${values ? figure(values[id]) : id}`;
      return itemThumbnail(explorer, id, text, `class ${name}`);
    });
    thumbs.append(...pictures);
    const files = await filesOf(model, ids, signal).catch(() => new Map()); // names are an extra
    for (const [k, id] of ids.entries()) {
      if (!signal.aborted && files.get(id)) pictures[k].title = files.get(id);
    }
  };
  const clear = () => {
    asking.abort();
    asking = new AbortController();
    thumbs.replaceChildren();
  };
  return { thumbs, add, clear };
}

/** The current items as pictures, with what sorts them and what shows more.
 * @param {Explorer} explorer @param {() => Points} shown */
function gallery(explorer, shown) {
  const { thumbs, add, clear } = thumbnails(explorer);
  const state = small();
  const classes = explorer.model.manifest.labels.length > 1;
  const order = choice(classes ? [...ORDERS, DOUBTFUL] : ORDERS, () => renew());
  /** @type {number[]} */
  let ids = [];
  const next = () => {
    const from = thumbs.childElementCount;
    add(shown(), ids.slice(from, from + PAGE), order.value);
    const pictured = thumbs.childElementCount;
    state.textContent = `${count(pictured)} of ${count(ids.length)} pictured`;
    more.hidden = pictured >= ids.length;
  };
  const more = button("Show more", next);
  const renew = async () => {
    const points = shown();
    const wanted = order.value;
    const found = await ordered(explorer.model, points, wanted).catch(({ message }) => {
      explorer.say(message, "bad");
      return current(points);
    });
    if (points !== shown() || wanted !== order.value) return; // asked anew
    clear();
    ids = found;
    next();
  };
  return { parts: [field("Sort by", order), thumbs, row(state, more)], renew };
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const shown = () => /** @type {Points} */ (state.get("items")?.points);
  const save = (/** @type {"csv" | "npz"} */ format) => () =>
    saveItems(shown(), explorer, format).catch(({ message }) => explorer.say(message, "bad"));
  const [heading, classes] = [small(), h("p")];
  const { parts, renew } = gallery(explorer, shown);
  const drop = button("Drop the selection", () => select(explorer));
  const similar = similarItems(explorer, () => current(shown()));

  const show = () => {
    const points = state.get("items")?.points;
    if (!points) return;
    const ids = current(points);
    const what = points.chosen
      ? "selected"
      : "shown. Select with the lasso (L), or those in view (S).";
    heading.textContent = `${count(ids.length)} of ${items(points.n)} ${what}`;
    classes.textContent = byClass(points, ids, model);
    drop.hidden = !points.chosen;
    similar.renew(ids.length > 0 && ids.length < points.n);
    renew();
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
    ...parts,
    snippetButtons(explorer, () => request(shown(), explorer, "csv")),
  );
  state.watch(["items"], show, signal);
}
