/** Controls that choose a set of items: a class, the selection, those shown, or all others. */
/** @import {ItemSet} from "../data/directions.js" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "../map/actions.js" */

import { NONE } from "../data/api_client.js";
import { button, choice, h, row, section } from "./dom.js";
import { count } from "./number_format.js";

/** @typedef {"start" | "to"} Side */

const NO_SELECTION = "Select items first: with the lasso (L), or those in view (S).";
const ALL_SHOWN =
  "All items are shown: hide classes below the map, or filter the items in the panel Items.";
const CONDITIONS = new Set(["where", "split", "search"]); // of a filter, that a set may have
const NO_OTHER = "Choose the other set first.";

/** The ids of items that are so.
 * @param {Points} points @param {(id: number) => unknown} are */
const idsThat = ({ n }, are) => Array.from({ length: n }, (_, id) => id).filter(are);

/** Make the items of a class a set. @param {Explorer} explorer @param {Points} points @param {number} label
 * @returns {ItemSet} */
function ofClass({ model }, points, label) {
  const ids = idsThat(points, (id) => points.label[id] === label);
  return { name: model.className(label), ids, body: { labels: [model.classKey(label)] } };
}

/** Make items a set, or nothing if there are none. @param {string} what @param {number[]} ids
 * @returns {ItemSet | undefined} */
const ofItems = (what, ids) =>
  ids.length ? { name: `${count(ids.length)} ${what}`, ids, body: { ids } } : undefined;

/** Make what is shown a set, by the filter's conditions where these alone decide; nothing if that is
 * everything. @param {Explorer} explorer @param {Points} points @returns {ItemSet | undefined} */
function ofShown({ state }, points) {
  if (points.shown === points.n) return undefined;
  const ids = idsThat(points, (id) => points.visible[id]);
  const filter = new URLSearchParams(state.get("filter"));
  const filtered = filter.size && [...filter.keys()].every((key) => CONDITIONS.has(key));
  if (!ids.length || !filtered || state.get("hidden").length) return ofItems("shown", ids);
  const [where, split] = [filter.getAll("where"), filter.get("split")?.split(",")];
  const body = { where, split, search: filter.get("search") ?? undefined };
  return { name: [...filter.values()].join(", "), ids, body };
}

/** @param {Points} points @param {ItemSet} [other] */
function allBut(points, other) {
  const taken = new Set(other?.ids);
  const rest = idsThat(points, (id) => !taken.has(id));
  return other && ofItems("others", rest);
}

/** The classes that items have, as options; choosing is what counts, so none is ever shown as chosen.
 * @param {Points} points @param {Explorer} explorer */
function classOptions({ classes }, { model }) {
  const labels = classes.map(([label]) => label).filter((label) => label !== NONE);
  return labels.map((value) => h("option", { value: String(value) }, model.className(value)));
}

/** Make the controls of one side. @param {Explorer} explorer @param {Side} side
 * @param {AbortSignal} signal */
export function itemSet(explorer, side, signal) {
  const { state, say } = explorer;
  const title = side === "start" ? "From" : "To";
  const take = (/** @type {ItemSet | undefined} */ set, why = "") => {
    if (set) state.set({ sets: { ...state.get("sets"), [side]: set } });
    else say(why, "warn");
  };
  const points = () => /** @type {Points} */ (state.get("items")?.points);
  const other = () => state.get("sets")[side === "start" ? "to" : "start"];
  const classes = choice([["", "A class"]], (label) => {
    take(ofClass(explorer, points(), Number(label)));
    classes.value = "";
  });
  classes.setAttribute("aria-label", `${title}: a class`);
  /** @type {[string, () => void][]} */
  const others = [
    ["Selected", () => take(ofItems("selected", points().ids), NO_SELECTION)],
    ["Shown", () => take(ofShown(explorer, points()), ALL_SHOWN)],
    ["All others", () => take(allBut(points(), other()), NO_OTHER)],
  ];
  const buttons = others.map(([text, click]) =>
    button(text, click, { "aria-label": `${title}: ${text.toLowerCase()}` }),
  );
  const ways = row(classes, ...buttons);
  const fill = () => {
    const items = state.get("items");
    ways.hidden = !items;
    if (!items) return;
    const [none] = classes.options;
    classes.replaceChildren(none, ...classOptions(items.points, explorer));
    classes.hidden = classes.length === 1;
  };
  const says = h("p", { role: "status" });
  const show = () => {
    const set = state.get("sets")[side];
    const n = set?.ids.length ?? 0;
    const many = set?.body.ids ? "" : `: ${count(n)} ${n === 1 ? "item" : "items"}`;
    says.textContent = set ? set.name + many : "";
  };
  state.watch(["items"], fill, signal);
  state.watch(["sets"], show, signal);
  return section(title, ways, says);
}
