/** The panels beside the map: one at a time, each loaded when it is first opened. */
/** @import {Explorer} from "../map/actions.js" */

import { button, byId, h, loadStyle } from "./dom.js";

/** @typedef {(host: HTMLElement, explorer: Explorer, signal: AbortSignal) => void} Mount */
/** A panel: its name in the address, the text of its tab, its module.
 * @typedef {[name: string, text: string, load: () => Promise<{mount: Mount}>]} PanelTab */

/** @param {Explorer} explorer @param {PanelTab[]} panels */
export function buildSidePanel(explorer, panels) {
  const { state } = explorer;
  const body = h("div", { class: "panel", role: "tabpanel", id: "panel", tabIndex: 0 });
  const tabs = panels.map(([name, text]) =>
    button(text, () => state.set({ panel: name }, { push: true }), {
      role: "tab",
      id: `tab-${name}`,
      "aria-controls": "panel",
    }),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, ...tabs);
  byId("side").append(list, body);
  let closing = new AbortController();

  list.addEventListener("keydown", (event) => {
    const here = tabs.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 };
    const to = targets[event.key];
    if (to === undefined || here < 0) return;
    event.preventDefault();
    const tab = tabs[(to + tabs.length) % tabs.length];
    tab.focus();
    tab.click();
  });

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
    const [{ mount }] = await Promise.all([load(), name !== panels[0][0] && loadStyle()]);
    if (signal.aborted) return;
    body.replaceChildren();
    body.dataset.panel = name;
    mount(body, explorer, signal);
  };
  state.watch(["panel", "label"], open);
}
