/** From pin A to pin B: the strip, the way on the map, playing it, saving it. */
/** @import {Vector} from "../data/plane.js" */
/** @import {Explorer} from "../map/actions.js" */

import { send } from "../data/api_client.js";
import { Latest } from "../data/latest.js";
import { dot, norm } from "../data/plane.js";
import { moveTo, pin } from "../map/actions.js";
import { button, choice, field, h, row, saveBlob, section, small, stateChoice } from "../ui/dom.js";
import { snippetButtons } from "../ui/request_snippets.js";
import { StripPlayer } from "../ui/strip_player.js";

const HOW = "Pin two points: move the point, then press Enter on the map, or use the buttons.";
const WIDTHS = [256, 512]; // pixels of an image in a file, about
const METHODS = [
  ["slerp", "slerp (arc)"],
  ["lerp", "lerp (line)"],
];
const ARC =
  "An arc (slerp) keeps as far from the origin as the prior's samples are; a straight line (lerp) " +
  "passes nearer to it, where there are few.";

/** The request for the images between the pins.
 * @param {Explorer} explorer @param {string} format @param {Record<string, string>} [drawn] how large */
function request({ state, model }, format, drawn) {
  const z = [state.get("a") ?? [], state.get("b") ?? []].map((one) => Array.from(one));
  const query = { steps: state.get("steps"), method: state.get("method"), ...drawn, format };
  return { path: model.path("interpolate", query), json: { z }, save: `path.${format}` };
}

/** @param {Explorer} explorer @param {string} format
 * @param {{signal?: AbortSignal, drawn?: Record<string, string>}} [options] @returns {Promise<Blob>} */
async function fetchPath(explorer, format, { signal, drawn } = {}) {
  const { path, json } = request(explorer, format, drawn);
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, signal, body: JSON.stringify(json) };
  return (await send(path, init)).blob();
}

/** The latent vectors of the way, for what is drawn on the map: the images are the service's.
 * @param {Vector} p @param {Vector} q @param {number} steps @param {string} method */
function way(p, q, steps, method) {
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(p, q) / (norm(p) * norm(q) || 1))));
  const round = method === "slerp" && Math.sin(angle) > 1e-4;
  return Array.from({ length: steps }, (_, k) => {
    const t = k / (steps - 1);
    const [f, g] = round
      ? [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)]
      : [1 - t, t];
    return Array.from(p, (value, i) => f * value + g * q[i]);
  });
}

/** What saves the path as a file, and how large. @param {Explorer} explorer */
function saver(explorer) {
  const { width } = explorer.model;
  const sizes = [1, ...WIDTHS.map((wanted) => Math.round(wanted / width))].filter((k) => k > 0);
  const options = [...new Set(sizes)].map((k) => [k, `${k * width} pixels`]);
  const size = choice(options, () => undefined, options[Math.min(1, options.length - 1)][0]);
  const smooth = h("input", { type: "checkbox" });
  const save = async (/** @type {string} */ format) => {
    const drawn = { scale: size.value, smooth: String(smooth.checked) };
    try {
      saveBlob(await fetchPath(explorer, format, { drawn }), `path.${format}`);
    } catch (error) {
      explorer.say(/** @type {Error} */ (error).message, "bad");
    }
  };
  const buttons = ["GIF", "WebP", "PNG"].map((name) =>
    button(name, () => save(name.toLowerCase()), { "aria-label": `Save as ${name}` }),
  );
  return section(
    "Save",
    row(...buttons),
    row(field("Width of an image", size), h("label", { class: "check" }, smooth, "Smooth")),
  );
}

/** @param {Explorer} explorer */
function pinButtons(explorer) {
  const { state } = explorer;
  const swap = () => state.set({ a: state.get("b"), b: state.get("a") }, { push: true });
  const unpin = () => state.set({ a: undefined, b: undefined, c: undefined }, { push: true });
  return row(
    button("Set A here", () => pin(explorer, "a")),
    button("Set B here", () => pin(explorer, "b")),
    button("Swap", swap),
    button("Unpin", unpin),
  );
}

/** Keep a picture and a player at the newest path.
 * @param {Explorer} explorer @param {StripPlayer} player @param {HTMLImageElement} sheet */
function pathLoader(explorer, player, sheet) {
  const load = async (/** @type {undefined} */ _, /** @type {AbortSignal} */ abort) => {
    const blob = await fetchPath(explorer, "png", { signal: abort });
    return { blob, strip: await createImageBitmap(blob) };
  };
  const show = (/** @type {{blob: Blob, strip: ImageBitmap}} */ { blob, strip }) => {
    URL.revokeObjectURL(sheet.src);
    sheet.src = URL.createObjectURL(blob);
    player.take(strip);
    sheet.classList.remove("late");
  };
  return new Latest(load, show, { limit: 1, fail: (error) => explorer.say(error.message, "bad") });
}

/** @param {HTMLElement} host @param {Explorer} explorer @param {AbortSignal} signal */
export function mount(host, explorer, signal) {
  const { state, model } = explorer;
  const ask = small(HOW);
  const sheet = h("img", { class: "wide-image pixels", alt: "Images from A to B" });
  const follow = (/** @type {number} */ k) => {
    const [a, b, steps] = [state.get("a"), state.get("b"), Number(state.get("steps"))];
    if (a && b) moveTo(explorer, Float32Array.from(way(a, b, steps, state.get("method"))[k]));
  };
  const player = new StripPlayer(model, signal, follow);
  const shown = h(
    "section",
    {},
    player.element,
    h("figure", {}, sheet),
    saver(explorer),
    snippetButtons(explorer, () => request(explorer, "png")),
  );
  const latest = pathLoader(explorer, player, sheet);
  const update = () => {
    const [a, b, method] = [state.get("a"), state.get("b"), state.get("method")];
    shown.hidden = !(a && b);
    ask.hidden = !shown.hidden;
    const corners = Number(state.get("steps")) * 4;
    state.set({ route: a && b ? way(a, b, corners, method) : null });
    if (!(a && b)) return;
    sheet.classList.add("late");
    latest.want(undefined);
  };
  state.watch(["a", "b", "method", "steps"], update, signal);
  signal.addEventListener("abort", () => state.set({ route: null }));
  const options = row(
    field("Method", stateChoice(state, "method", METHODS, { push: true, signal })),
    field("Images", stateChoice(state, "steps", [5, 8, 12, 24, 48], { push: true, signal })),
  );
  const title = h("h2", {}, "Path from A to B");
  host.append(title, ask, pinButtons(explorer), options, small(ARC), shown);
}
