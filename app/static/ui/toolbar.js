/** Buttons on the map: tools, layers, zoom. */
/** @import {PageState} from "../data/state.js" */
/** @import {Explorer} from "../map/actions.js" */

import { home, zoomAtPoint } from "../map/actions.js";
import { byId, h, icon, iconButton } from "./dom.js";

const TOOLS = /** @type {const} */ ([
  ["move", "Move the map (V)"],
  ["probe", "Probe: drag to decode (P)"],
  ["lasso", "Lasso: select items (L)"],
]);
/** @param {PageState} state */
function toolButtons(state) {
  const buttons = TOOLS.map(([tool, name]) => {
    const one = iconButton(name, tool, () => state.set({ tool }));
    const show = () => one.setAttribute("aria-pressed", String(tool === state.get("tool")));
    state.watch(["tool"], show);
    return one;
  });
  return h("div", { class: "group", role: "group", "aria-label": "Tool" }, ...buttons);
}

/** @param {Explorer} explorer */
function layerMenu(explorer) {
  const summary = h("summary", { "aria-label": "Layers", title: "Layers" }, icon("layers"));
  const sheet = h("div", { class: "sheet" });
  const menu = h("details", { class: "menu" }, summary, sheet);
  const fill = async () => {
    const { layerControls } = await import("./layer_menu.js");
    sheet.append(...layerControls(explorer));
  };
  menu.addEventListener("toggle", fill, { once: true });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(/** @type {Node} */ (target))) menu.open = false;
  });
  return menu;
}

/** @param {Explorer} explorer */
export function buildToolbar(explorer) {
  const zoom = h(
    "div",
    { class: "group upright", role: "group", "aria-label": "Zoom" },
    iconButton("Zoom in (+)", "plus", () => zoomAtPoint(explorer, 2)),
    iconButton("Zoom out (−)", "minus", () => zoomAtPoint(explorer, 0.5)),
    iconButton("Show everything (0)", "home", () => home(explorer)),
  );
  const { state } = explorer;
  byId("stage").append(
    h("div", { class: "tools" }, toolButtons(state), layerMenu(explorer)),
    h("div", { class: "zoom" }, zoom),
  );
}
