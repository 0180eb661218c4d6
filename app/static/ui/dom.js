/** Elements in few words. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (key === "on")
      for (const [type, f] of Object.entries(value)) element.addEventListener(type, f);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key in element && typeof value !== "string") element[key] = value;
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Make an HTML element: attributes and properties, `on` listeners, `data`, children. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** Make an SVG element. */
export function s(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const PATHS = {
  move: "M8 1.5v13M1.5 8h13M8 1.5 6 3.5M8 1.5l2 2M8 14.5l-2-2M8 14.5l2-2M1.5 8l2-2M1.5 8l2 2M14.5 8l-2-2M14.5 8l-2 2",
  probe: "M8 1.5v4M8 10.5v4M1.5 8h4M10.5 8h4M8 7.5v1M7.5 8h1",
  lasso:
    "M4.5 10.5C2.5 9.500 2 8 2 6.500 2 4 4.700 2.500 8 2.500s6 1.500 6 4-2.700 4-6 4c-1 0-2-.2-2.800-.5M5 9.500c1 0 1.500.7 1.500 1.500s-.7 1.500-1.500 1.500S3.500 12 3.500 11 4 9.500 5 9.500ZM4.500 12.500c0 1 .5 1.500 1.500 2",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  home: "M2.500 5.500v-3h3M10.500 2.500h3v3M13.500 10.500v3h-3M5.500 13.500h-3v-3",
  layers: "M8 2 14 5.500 8 9 2 5.500 8 2ZM2.500 8.500 8 11.500l5.500-3M2.500 11 8 14l5.500-3",
  link: "M6.500 9.500 9.500 6.500M7.500 4.500l1-1a2.800 2.800 0 0 1 4 4l-1 1M8.500 11.500l-1 1a2.800 2.800 0 0 1-4-4l1-1",
  help: "M5.800 6A2.200 2.200 0 1 1 8.600 8.100C8.200 8.300 8 8.600 8 9v.7M8 12v.2",
};

/** An icon of 16 × 16, drawn in the text's colour; hidden from screen readers. */
export function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" },
    s("path", { d: PATHS[name] }),
  );
}

/** A button with a visible text, or an icon and a name. */
export function button(text, click, properties = {}) {
  const { glyph, ...rest } = properties;
  const label = glyph ? { "aria-label": text, title: text } : {};
  return h(
    "button",
    { type: "button", on: { click }, ...label, ...rest },
    glyph ? icon(glyph) : text,
  );
}

/** A choice of `options`, each a value or `[value, text]`; `change` is given the chosen value. */
export function choice(options, change, chosen) {
  const entries = options.map((option) => [option].flat());
  const select = h(
    "select",
    { on: { change: () => change(select.value) } },
    ...entries.map(([value, text = value]) => h("option", { value }, String(text))),
  );
  if (chosen !== undefined) select.value = chosen;
  return select;
}

/** A control with its name beside it. */
export function field(name, control) {
  control.setAttribute("aria-label", name); // else a select's options would be read as its name
  return h("label", { class: "field" }, h("span", {}, name), control);
}

/** Paint an image on a canvas in the image's own pixels; CSS scales it, pixelated. */
export function paint(canvas, image) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  const context = canvas.getContext("2d");
  if (image instanceof ImageData) context.putImageData(image, 0, 0);
  else context.drawImage(image, 0, 0);
}

/** Let a person save a blob as a file. */
export function saveBlob(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000); // the browser has opened it by then
}

/** Write a number as a reader wants it: fixed digits, a true minus. */
export function figure(value, digits = 2) {
  const text = Number(value).toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Write a count with thin spaces between thousands. */
export function count(value) {
  return Number(value).toLocaleString("en").replaceAll(",", "\u2009");
}

/** Call `f` once, after `milliseconds` without another call. */
export function rested(f, milliseconds) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(f, milliseconds, ...values);
  };
}
