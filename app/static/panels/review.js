/** What may be wrong with the data: lists to look through, and what a person says of each entry. */
/** @import {Reviewed} from "../data/api_types.d.ts" */
/** @import {Model} from "../data/api_client.js" */
/** @import {Verdict} from "../data/verdicts.js" */
/** @import {Explorer} from "../map/actions.js" */

import { getJSON, NONE } from "../data/api_client.js";
import { Verdicts } from "../data/verdicts.js";
import { button, choice, field, h, row, saveBlob, small } from "../ui/dom.js";
import { itemThumbnail } from "../ui/item_thumbnail.js";
import { count, figure } from "../ui/number_format.js";

const PAGE = 20; // entries at a time
const VERDICTS = /** @type {[Verdict, string][]} */ ([
  ["right", "Right"],
  ["wrong", "Wrong"],
  ["hide", "Hide"],
]);

/** A list: its name in the API, its title, what it holds, and what it says of an entry.
 * @typedef {[name: string, title: string, about: string,
 *   finding: (item: Reviewed, model: Model) => string]} List */

/** @type {List[]} */
const LISTS = [
  [
    "labels",
    "Doubtful labels",
    "Images whose nearest neighbours have another label, the surest first.",
    ({ label, suggested, sureness }, model) =>
      `labelled ${model.className(label ?? NONE)}; neighbours say ` +
      `${model.className(suggested ?? NONE)} (${percent(sureness)} sure)`,
  ],
  [
    "duplicates",
    "Near duplicates",
    "Images that are the same, or nearly so, in groups. Deleting all but one of a group loses little.",
    ({ label, similarity }, model) =>
      `${model.className(label ?? NONE)}, ${percent(similarity)} alike`,
  ],
  [
    "strangers",
    "Strangers",
    "Images unlike the rest, for as much detail as they have: reconstructed worse, or without near " +
      "neighbours. 2 deviations are unusual, 5 are rare.",
    ({ label, deviations }, model) =>
      `${model.className(label ?? NONE)}, ${figure(deviations ?? 0, 1)} deviations from the usual`,
  ],
  [
    "reconstructions",
    "Badly reconstructed",
    "Images that the model reconstructs worst: what it has not learned.",
    ({ label, reconstruction }, model) =>
      `${model.className(label ?? NONE)}, reconstruction error ${figure(reconstruction ?? 0, 1)} nats`,
  ],
];

/** @param {number | undefined} share */
const percent = (share) => `${figure(100 * (share ?? 0), share && share < 0.1 ? 1 : 0)} %`;

/** The buttons of an entry. @param {Verdicts} verdicts
 * @param {{list: string, id: number, path: string, finding: string}} entry
 * @param {() => void} changed */
function verdictButtons(verdicts, entry, changed) {
  const buttons = VERDICTS.map(([verdict, text]) => {
    const press = () => {
      verdicts.toggle({ ...entry, verdict });
      show();
      changed();
    };
    return button(text, press, { "aria-label": `${text}: item ${entry.id}` });
  });
  const show = () => {
    const said = verdicts.of(entry.list, entry.id);
    for (const [k, [verdict]] of VERDICTS.entries()) {
      buttons[k].setAttribute("aria-pressed", String(said === verdict));
    }
  };
  show();
  return row(...buttons);
}

/** @param {Explorer} explorer @param {Verdicts} verdicts @param {List} list
 * @param {Reviewed} item @param {() => void} changed */
function entryOf(explorer, verdicts, [name, , , findingOf], item, changed) {
  const { model } = explorer;
  const finding = findingOf(item, model);
  const path = item.path ?? "";
  const entry = { list: name, id: item.id, path, finding };
  const hide = () => {
    element.hidden = verdicts.of(name, item.id) === "hide";
    changed();
  };
  const element = h(
    "li",
    { class: "reviewed" },
    itemThumbnail(explorer, item.id, String(item.id), finding),
    h("div", {}, h("p", {}, finding), small(path), verdictButtons(verdicts, entry, hide)),
  );
  element.hidden = verdicts.of(name, item.id) === "hide";
  return element;
}

/** The entries of a list, page by page.
 * @param {Explorer} explorer @param {Verdicts} verdicts @param {List} list @param {() => void} changed
 * @param {AbortSignal} signal */
function listOf(explorer, verdicts, list, changed, signal) {
  const { model } = explorer;
  const [name, , about] = list;
  const entries = h("ol", { class: "review" });
  const state = small("Looking through the items …");
  let [group, offset] = [-1, 0];
  const load = async () => {
    more.disabled = true;
    const path = model.path(`review/${name}`, { limit: PAGE, offset });
    /** @type {{total: number, items: Reviewed[]}} */
    const { total, items } = await getJSON(path, { signal });
    for (const item of items) {
      const element = entryOf(explorer, verdicts, list, item, changed);
      element.classList.toggle("apart", item.group !== undefined && item.group !== group);
      group = item.group ?? group;
      entries.append(element);
    }
    offset += items.length;
    state.textContent = total ? `${count(offset)} of ${count(total)}` : "None.";
    more.disabled = false;
    more.hidden = offset >= total;
  };
  const safely = () =>
    load().catch(({ message }) => {
      if (signal.aborted) return;
      state.textContent = message;
      more.disabled = false;
    });
  const more = button("More", safely);
  safely();
  return [h("p", {}, about), entries, row(state, more)];
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const verdicts = new Verdicts(explorer.model.fingerprint);
  const body = h("div", { class: "panel-part" });
  let closing = new AbortController();
  signal.addEventListener("abort", () => closing.abort());
  const save = button("", () => {
    saveBlob(new Blob([verdicts.csv()], { type: "text/csv" }), "review.csv");
  });
  const changed = () => {
    save.textContent = `Save ${count(verdicts.said.size)} verdicts as CSV`;
    save.disabled = !verdicts.said.size;
  };
  const open = (/** @type {string} */ asked) => {
    const list = /** @type {List} */ (LISTS.find(([name]) => name === asked));
    closing.abort();
    closing = new AbortController();
    body.replaceChildren(...listOf(explorer, verdicts, list, changed, closing.signal));
  };
  changed();
  open(LISTS[0][0]);
  host.append(
    h("h2", {}, "Review"),
    row(
      field(
        "List",
        choice(
          LISTS.map(([name, title]) => [name, title]),
          open,
        ),
      ),
      save,
    ),
    body,
  );
}
