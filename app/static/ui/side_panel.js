/** The panels beside the map: one at a time, each loaded when it is first opened. */
/** @import {Explorer} from "../map/actions.js" */

import { follow } from "../map/actions.js";
import { button, byId, h, loadStyle, small } from "./dom.js";

/** @typedef {(host: HTMLElement, explorer: Explorer, signal: AbortSignal) => void} Mount */
/** A panel: its name in the address, the text of its tab, its module.
 * @typedef {[name: string, text: string, load: () => Promise<{mount: Mount}>]} PanelTab */

const AGAIN = 2000; // milliseconds
const NOT_COME = "This panel has not come from the service. The page asks for it again.";

/** Load a panel's code, however often that takes; say so meanwhile.
 * @param {HTMLElement} body @param {PanelTab[2]} load @param {AbortSignal} signal
 * @returns {Promise<Mount>} */
async function fetchPanel(body, load, signal) {
  try {
    return (await load()).mount;
  } catch {
    if (!signal.aborted) body.replaceChildren(h("p", { role: "alert" }, NOT_COME));
    await new Promise((resolve) => {
      setTimeout(resolve, AGAIN);
    });
    return signal.aborted ? () => undefined : fetchPanel(body, load, signal);
  }
}

/** Go from tab to tab by keys. @param {HTMLButtonElement[]} tabs @param {KeyboardEvent} event */
function turn(tabs, event) {
  const here = tabs.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const targets = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 };
  const to = targets[event.key];
  if (to === undefined || here < 0) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  tab.click();
}

/** @param {Explorer} explorer @param {PanelTab[]} panels */
export function buildSidePanel(explorer, panels) {
  const { state, map } = explorer;
  const body = h("div", { class: "panel", role: "tabpanel", id: "panel", tabIndex: 0 });
  const side = byId("side");
  const press = (/** @type {string} */ name) => () => {
    if (name === state.get("panel") && "open" in side.dataset) delete side.dataset.open;
    else reveal();
    state.set({ panel: name }, { push: true });
  };
  const tabs = panels.map(([name, text]) =>
    button(text, press(name), { role: "tab", id: `tab-${name}`, "aria-controls": "panel" }),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, ...tabs);
  side.append(list, body);
  let closing = new AbortController();

  list.addEventListener("keydown", (event) => turn(tabs, event));
  const open = async () => {
    const asked = state.get("panel");
    const [name, , load] = panels.find(([known]) => known === asked) ?? panels[0];
    closing.abort();
    closing = new AbortController();
    const { signal } = closing;
    for (const tab of tabs) {
      const here = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      if (here) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    body.setAttribute("aria-labelledby", `tab-${name}`);
    delete body.dataset.panel;
    body.scrollTop = 0;
    body.replaceChildren(small("Loading this panel …"));
    const style = name !== panels[0][0] && loadStyle();
    const [mount] = await Promise.all([fetchPanel(body, load, signal), style]);
    if (signal.aborted) return;
    body.replaceChildren();
    body.dataset.panel = name;
    mount(body, explorer, signal);
  };
  /** Where the map has most of a small screen, give the panel its part. */
  const reveal = () => {
    const keepPoint = () => {
      const { a, b } = state.get("shownPlane").project(state.get("z"));
      follow(explorer, a, b);
    };
    if (!body.checkVisibility()) map.addEventListener("resize", keepPoint, { once: true });
    side.dataset.open = "";
  };
  if (state.get("item") || state.get("panel") !== state.defaults.panel) side.dataset.open = "";
  state.listen(["panel", "item"], (changed) => {
    if (changed.has("panel") || state.get("item")) reveal();
  });
  state.watch(["panel", "label"], open);
}
