/** Controls of the filter of items: a search, the split, and conditions on columns. */
/** @import {ItemColumn} from "../data/api_types.d.ts" */
/** @import {Explorer} from "../map/actions.js" */

import { withValues } from "../data/item_filter.js";
import { debounce } from "../data/latest.js";
import { button, choice, field, h, row, section } from "./dom.js";

const TYPING = 300; // milliseconds of rest before a search
const ORDERED = ["≥", "≤", "=", "≠"];
/** What can be asked of a column. @type {Record<ItemColumn["kind"], string[]>} */
const OPERATORS = {
  number: ORDERED,
  date: ORDERED,
  category: ["=", "≠", "contains"],
  text: ["contains", "=", "≠"],
};
/** As the service writes them. @type {Record<string, string>} */
const WRITTEN = { "≥": ">=", "≤": "<=", "≠": "!=", contains: "~" };
const INPUT_TYPES = { number: "number", date: "date", category: "text", text: "text" };

/** @param {Explorer} explorer @param {(name: string, values: string[]) => void} change
 * @param {AbortSignal} signal */
function searchField({ state }, change, signal) {
  const input = h("input", { type: "search", placeholder: "File name or text" });
  const search = debounce(() => change("search", [input.value.trim()]), TYPING);
  input.addEventListener("input", search);
  const show = () => {
    const asked = new URLSearchParams(state.get("filter")).get("search") ?? "";
    if (document.activeElement !== input) input.value = asked;
  };
  state.watch(["filter"], show, signal);
  return field("Search", input);
}

/** @param {Explorer} explorer @param {(name: string, values: string[]) => void} change
 * @param {AbortSignal} signal */
function splitField({ state }, change, signal) {
  const options = [["", "any"], "train", "test", "new"];
  const select = choice(options, (value) => change("split", [value]));
  const show = () => {
    select.value = new URLSearchParams(state.get("filter")).get("split") ?? "";
  };
  state.watch(["filter"], show, signal);
  return field("Split", select);
}

/** A condition to add: a column, an operator, a value.
 * @param {ItemColumn[]} columns @param {(condition: string) => void} add */
function conditionForm(columns, add) {
  const value = h("input", { "aria-label": "Value" });
  const operator = h("select", { "aria-label": "Condition" });
  const kindOf = () => columns[column.selectedIndex]?.kind ?? "text";
  const suit = () => {
    operator.replaceChildren(...OPERATORS[kindOf()].map((one) => h("option", {}, one)));
    value.type = INPUT_TYPES[kindOf()];
    value.step = "any";
  };
  const column = choice(
    columns.map(({ name }) => name),
    suit,
  );
  column.setAttribute("aria-label", "Column");
  suit();
  const submit = () => {
    const written = WRITTEN[operator.value] ?? operator.value;
    add(`${column.value}${written}${value.value}`);
    value.value = "";
  };
  value.addEventListener("keydown", (event) => {
    if (event.key === "Enter") submit();
  });
  return row(column, operator, value, button("Add", submit));
}

/** Make the controls. @param {Explorer} explorer @param {AbortSignal} signal */
export function filterControls(explorer, signal) {
  const { state, model } = explorer;
  const change = (/** @type {string} */ name, /** @type {string[]} */ values) =>
    state.set({ filter: withValues(state.get("filter"), name, values) }, { push: true });
  const conditions = () => new URLSearchParams(state.get("filter")).getAll("where");
  const chips = h("div", { class: "row" });
  const show = () => {
    const made = conditions().map((text, k) => {
      const drop = () => change("where", conditions().toSpliced(k, 1));
      return button(`${text} ×`, drop, { "aria-label": `Drop the condition ${text}` });
    });
    if (state.get("filter")) {
      made.push(button("Clear the filter", () => state.set({ filter: "" }, { push: true })));
    }
    chips.replaceChildren(...made);
  };
  state.watch(["filter"], show, signal);
  const columns = model.columns.filter(({ name }) => !["path", "split", "label"].includes(name));
  return section(
    "Filter",
    row(searchField(explorer, change, signal), splitField(explorer, change, signal)),
    conditionForm(columns, (condition) => change("where", [...conditions(), condition])),
    chips,
  );
}
