/** Buttons on the map: tools, layers, zoom. */

import { button, choice, field, h, icon } from "./dom.js";

const TOOLS = [
  ["move", "Move the map (V)"],
  ["probe", "Probe: drag to decode (P)"],
  ["lasso", "Lasso: select items (L)"],
];
const LAYERS = [
  ["digits", "Decoded images"],
  ["items", "Encoded items"],
  ["names", "Class names"],
  ["prior", "Prior, σ rings"],
  ["field", "Density of items"],
];
const COLOURS = [
  ["label", "Class"],
  ["reconstruction", "Reconstruction error"],
  ["kl", "KL"],
  ["norm", "Norm of z"],
];

function toolBar(atlas) {
  const buttons = TOOLS.map(([tool, name]) =>
    button(name, () => atlas.useTool(tool), { glyph: tool }),
  );
  const show = () => {
    for (const [k, [tool]] of TOOLS.entries()) {
      buttons[k].setAttribute("aria-pressed", tool === atlas.tool);
    }
  };
  atlas.bus.addEventListener("tool", show);
  show();
  return h("div", { class: "group", role: "group", "aria-label": "Tool" }, ...buttons);
}

function layerBox(state, [key, text]) {
  const toggle = (event) => {
    const on = state.get("layers").filter((layer) => layer !== key);
    state.set({ layers: event.target.checked ? [...on, key] : on });
  };
  const box = h("input", { type: "checkbox", on: { change: toggle } });
  state.watch(["layers"], () => {
    box.checked = state.get("layers").includes(key);
  });
  return h("label", { class: "check" }, box, text);
}

function layerMenu({ state }) {
  const colour = choice(COLOURS, (value) => state.set({ colour: value }));
  state.watch(["colour"], () => {
    colour.value = state.get("colour");
  });
  const menu = h(
    "details",
    { class: "menu" },
    h("summary", { "aria-label": "Layers", title: "Layers" }, icon("layers")),
    h(
      "div",
      { class: "sheet" },
      ...LAYERS.map((layer) => layerBox(state, layer)),
      field("Colour items by", colour),
    ),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(target)) menu.open = false;
  });
  return menu;
}

export function buildTools(atlas) {
  const zoom = h(
    "div",
    { class: "group upright", role: "group", "aria-label": "Zoom" },
    button("Zoom in (+)", () => atlas.zoomAtPoint(2), { glyph: "plus" }),
    button("Zoom out (−)", () => atlas.zoomAtPoint(0.5), { glyph: "minus" }),
    button("Show everything (0)", () => atlas.home(), { glyph: "home" }),
  );
  document
    .getElementById("stage")
    .append(
      h("div", { class: "tools" }, toolBar(atlas), layerMenu(atlas)),
      h("div", { class: "zoom" }, zoom),
    );
}
