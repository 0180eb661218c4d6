/** Elements in few words. */
/** @import {PageState} from "../data/state.js" */

import { context2d } from "../map/map_view.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number} Child */
/** @typedef {{[Type in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Type]) => unknown}} Listeners */
/** @typedef {{on?: Listeners, data?: Record<string, unknown>, [name: string]: unknown}} Properties */
/** @typedef {string | number | (string | number)[]} Option a value, or `[value, text]` */

/** Make an HTML element: attributes and properties, `on` listeners, `data`, children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Properties} [properties] @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]} */
export function h(tag, { on = {}, data, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && typeof value !== "string") Object.assign(element, { [key]: value });
    else if (value !== undefined) element.setAttribute(key, String(value));
  }
  for (const [type, listener] of Object.entries(on)) {
    element.addEventListener(type, /** @type {EventListener} */ (listener));
  }
  Object.assign(element.dataset, data);
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

/** Make an SVG element.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, string | number>} attributes @param {(Node | string)[]} children */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** A row of controls. @param {Child[]} children */
export const row = (...children) => h("div", { class: "row" }, ...children);

/** A paragraph in small print. @param {Child[]} children */
export const small = (...children) => h("p", { class: "small" }, ...children);

/** A part of a panel under a title. @param {string} title @param {Child[]} children */
export const section = (title, ...children) => h("section", {}, h("h3", {}, title), ...children);

const PATHS = {
  move: "M8 1.5v13M1.5 8h13M8 1.5 6 3.5M8 1.5l2 2M8 14.5l-2-2M8 14.5l2-2M1.5 8l2-2M1.5 8l2 2M14.5 8l-2-2M14.5 8l-2 2",
  probe: "M8 1.5v4M8 10.5v4M1.5 8h4M10.5 8h4M8 7.5v1M7.5 8h1",
  lasso:
    "M4.5 10.5C2.5 9.500 2 8 2 6.500 2 4 4.700 2.500 8 2.500s6 1.500 6 4-2.700 4-6 4c-1 0-2-.2-2.800-.5M5 9.500c1 0 1.500.7 1.500 1.500s-.7 1.500-1.500 1.500S3.500 12 3.500 11 4 9.500 5 9.500ZM4.500 12.500c0 1 .5 1.500 1.500 2",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  home: "M2.500 2.500h11v11h-11ZM5.500 10.500v.1M7 6v.1M9 9.500v.1M10.500 6v.1",
  layers: "M8 2 14 5.500 8 9 2 5.500 8 2ZM2.500 8.500 8 11.500l5.500-3M2.500 11 8 14l5.500-3",
  link: "M6.500 9.500 9.500 6.500M7.500 4.500l1-1a2.800 2.800 0 0 1 4 4l-1 1M8.500 11.500l-1 1a2.800 2.800 0 0 1-4-4l1-1",
  help: "M5.800 6A2.200 2.200 0 1 1 8.600 8.100C8.200 8.300 8 8.600 8 9v.7M8 12v.2",
};

/** An icon of 16 × 16, drawn in the text's colour; hidden from screen readers.
 * @param {keyof typeof PATHS} name */
export function icon(name) {
  const properties = { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" };
  return s("svg", properties, s("path", { d: PATHS[name] }));
}

/** A button with a visible text.
 * @param {string} text @param {() => unknown} click @param {Properties} [properties] */
export function button(text, click, properties = {}) {
  return h("button", { type: "button", on: { click }, ...properties }, text);
}

/** A button with an icon; its name is shown when the pointer rests on it.
 * @param {string} name @param {keyof typeof PATHS} glyph @param {() => unknown} click */
export function iconButton(name, glyph, click) {
  const properties = { type: "button", "aria-label": name, title: name, on: { click } };
  return h("button", properties, icon(glyph));
}

/** A choice of options; `change` is given the chosen value.
 * @param {Option[]} options @param {(value: string) => unknown} change @param {string | number} [chosen] */
export function choice(options, change, chosen) {
  const entries = options.map((option) => [option].flat());
  const select = h(
    "select",
    {},
    ...entries.map(([value, text = value]) => h("option", { value: String(value) }, text)),
  );
  select.addEventListener("change", () => change(select.value));
  if (chosen !== undefined) select.value = String(chosen);
  return select;
}

/** A choice that follows and sets a value of the address.
 * @param {PageState} state @param {"method" | "steps" | "colour" | "label"} key @param {Option[]} options
 * @param {{push?: boolean, signal?: AbortSignal}} [settings] */
export function stateChoice(state, key, options, { push, signal } = {}) {
  const select = choice(options, (value) => state.set({ [key]: value }, { push }));
  const show = () => {
    select.value = state.get(key) ?? "";
  };
  state.watch([key], show, signal);
  return select;
}

/** A control with its name beside it. @param {string} name @param {HTMLElement} control */
export function field(name, control) {
  control.setAttribute("aria-label", name); // else a select's options would be read as its name
  return h("label", { class: "field" }, h("span", {}, name), control);
}

/** Paint an image on a canvas in the image's own pixels; CSS scales it, pixelated.
 * @param {HTMLCanvasElement} canvas @param {ImageData | OffscreenCanvas} image */
export function paint(canvas, image) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  if (image instanceof ImageData) context2d(canvas).putImageData(image, 0, 0);
  else context2d(canvas).drawImage(image, 0, 0);
}

/** @type {Promise<unknown> | undefined} */
let styled;

/** Load the style of what the first view does not need: panels but the first, dialogs, the tour. */
export function loadStyle() {
  styled ??= new Promise((resolve) => {
    const fail = () => {
      styled = undefined; // the next that needs it asks again
      resolve(undefined);
    };
    const on = { load: resolve, error: fail };
    document.head.append(h("link", { rel: "stylesheet", href: "static/panels.css", on }));
  });
  return styled;
}

/** An element of index.html. @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Let a person save a blob as a file. @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000); // the browser has opened it by then
}
