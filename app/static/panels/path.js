/** From pin A to pin B: the strip, the way on the map, playing it, saving it. */

import { Latest, send } from "../api.js";
import { button, field, h, paint } from "../dom.js";
import { snippetButtons } from "../snippets.js";

const FORMATS = [["gif", "image/gif"], ["webp", "image/webp"], ["png", "image/png"]];
const TICK = 90; // milliseconds a frame

const body = ({ state }) => ({ z: [Array.from(state.get("a")), Array.from(state.get("b"))] });
const query = ({ state }, format) => ({ steps: state.get("steps"), method: state.get("method"), format });

function post(atlas, format, signal) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, signal };
  return send(atlas.model.path("interpolate", query(atlas, format)), { ...init, body: JSON.stringify(body(atlas)) });
}

/** The latent vectors of the way, for the line on the map only: the images are the service's. */
function way([p, q], steps, method) {
  const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  const [lp, lq] = [Math.sqrt(dot(p, p)), Math.sqrt(dot(q, q))];
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(p, q) / (lp * lq || 1))));
  const round = method === "slerp" && Math.sin(angle) > 1e-4;
  return Array.from({ length: steps }, (_, k) => {
    const t = k / (steps - 1);
    const [f, g] = round ? [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)] : [1 - t, t];
    return p.map((value, i) => f * value + g * q[i]);
  });
}

/** The player: one frame of the strip at a time, by slider, or by itself. */
function player(atlas, signal) {
  const screen = h("canvas", { class: "picture pixels", role: "img", "aria-label": "Frame of the path" });
  const frame = h("input", { type: "range", min: 0, max: 1, value: 0, "aria-label": "Frame" });
  const play = button("Play", () => toggle());
  let strip = null;
  let timer = 0;
  let forward = 1;

  const show = () => {
    if (!strip) return;
    const { width, height } = atlas.model;
    const k = Number(frame.value);
    const cut = new OffscreenCanvas(width, height);
    cut.getContext("2d").drawImage(strip, k * width, 0, width, height, 0, 0, width, height);
    paint(screen, cut);
    frame.setAttribute("aria-valuetext", `${k + 1} of ${Number(frame.max) + 1}`);
  };
  const advance = () => {
    const k = Number(frame.value) + forward;
    if (k < 0 || k > Number(frame.max)) forward = -forward;
    frame.value = Number(frame.value) + forward;
    show();
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };
  const toggle = () => {
    if (timer) return stop();
    play.textContent = "Stop";
    timer = setInterval(advance, TICK);
  };
  frame.addEventListener("input", show);
  signal.addEventListener("abort", stop);
  const take = (bitmap, steps) => {
    strip = bitmap;
    frame.max = steps - 1;
    show();
  };
  return { take, element: h("div", { class: "hero" }, screen, h("div", {}, frame, h("div", { class: "row" }, play))) };
}

function save(atlas, format) {
  return button(format.toUpperCase(), async () => {
    const blob = await (await post(atlas, format)).blob();
    const link = h("a", { href: URL.createObjectURL(blob), download: `path.${format}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }, { "aria-label": `Save as ${format.toUpperCase()}` });
}

function options({ state }) {
  const choose = (key, values) => {
    const select = h("select", { on: { change: (e) => state.set({ [key]: e.target.value }, { push: true }) } },
      ...values.map(([value, text]) => h("option", { value }, text)));
    state.watch([key], () => { select.value = state.get(key); });
    return select;
  };
  return h("div", { class: "row" },
    field("Method", choose("method", [["slerp", "slerp (arc)"], ["lerp", "lerp (line)"]])),
    field("Images", choose("steps", ["5", "8", "12", "24", "48"].map((n) => [n, n]))));
}

export function mount(host, atlas, signal) {
  const { state, map } = atlas;
  const ask = h("p", { class: "small" }, "Pin two points: move the point, then press Enter on the map, or use the buttons.");
  const pins = h("div", { class: "row" }, button("Set A here", () => atlas.pin("a")),
    button("Set B here", () => atlas.pin("b")), button("Swap", () => state.set({ a: state.get("b"), b: state.get("a") }, { push: true })),
    button("Remove pins", atlas.unpin));
  const sheet = h("img", { class: "wide-image pixels", alt: "Images from A to B" });
  const { element, take } = player(atlas, signal);
  const shown = h("section", {}, element, h("figure", {}, sheet),
    h("h3", {}, "Save"), h("div", { class: "row" }, ...FORMATS.map(([format]) => save(atlas, format))),
    snippetButtons(atlas, () => ({ path: atlas.model.path("interpolate", query(atlas, "png")), json: body(atlas), save: "path.png" })));

  const load = async (_, abort) => {
    const blob = await (await post(atlas, "png", abort)).blob();
    return { blob, bitmap: await createImageBitmap(blob) };
  };
  const show = ({ blob, bitmap }) => {
    URL.revokeObjectURL(sheet.src);
    sheet.src = URL.createObjectURL(blob);
    take(bitmap, bitmap.width / atlas.model.width);
  };
  const latest = new Latest(load, show, { limit: 1, fail: (error) => atlas.say(error.message, "bad") });
  const update = () => {
    const ready = Boolean(state.get("a") && state.get("b"));
    shown.hidden = !ready;
    ask.hidden = ready;
    atlas.route = ready ? way(body(atlas).z, Number(state.get("steps")) * 4, state.get("method")) : null;
    map.invalidate();
    if (ready) latest.want(true);
  };
  state.watch(["a", "b", "method", "steps"], update, signal);
  signal.addEventListener("abort", () => { atlas.route = null; map.invalidate(); });
  host.append(h("h2", {}, "Path from A to B"), ask, pins, options(atlas), shown);
}
