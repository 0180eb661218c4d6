/** The panels beside the map: one at a time, each loaded when it is first opened. */

import { h } from "./dom.js";

/** Build the tabs of `panels`, each `[name in the address, text of its tab, load()]`. */
export function buildSidePanel(atlas, panels) {
  const { state } = atlas;
  const body = h("div", { class: "panel", role: "tabpanel", id: "panel", tabIndex: 0 });
  const tabs = panels.map(([name, text]) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": "panel",
        on: { click: () => state.set({ panel: name }, { push: true }) },
      },
      text,
    ),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": "Panels" }, ...tabs);
  document.getElementById("side").append(list, body);
  let closing = new AbortController();

  list.addEventListener("keydown", (event) => {
    const here = tabs.indexOf(document.activeElement);
    const last = tabs.length - 1;
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last }[event.key];
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
    tabs.forEach((tab, k) => {
      const here = panels[k][0] === name;
      tab.setAttribute("aria-selected", here);
      tab.tabIndex = here ? 0 : -1;
      if (here) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    body.setAttribute("aria-labelledby", `tab-${name}`);
    const { mount } = await load();
    if (signal.aborted) return;
    body.replaceChildren();
    body.dataset.panel = name;
    mount(body, atlas, signal);
  };
  state.watch(["panel", "label"], open);
}
