/** Keeps the items on the map in step with the plane, the filter, the colour and the selection. */
/** @import {ItemColumn} from "../data/api_types.d.ts" */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "./actions.js" */
/** @import {CanvasScatter} from "./scatter_canvas.js" */
/** @import {WebglScatter} from "./scatter_webgl.js" */

import { loadColumn, loadPoints } from "../data/encoded_items.js";
import { home } from "./actions.js";
import { palette, scaleOf, shades } from "./colours.js";

const FAINT = 36; // of 255: items outside the selection
/** What is known of every item beside the model's columns. @type {ItemColumn[]} */
const COMPUTED = [{ name: "norm", kind: "number" }];
const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

/** Whether WebGL is computed by the processor, where stamping dots is twice as fast.
 * @param {WebGL2RenderingContext} gl */
function isSoftware(gl) {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return SOFTWARE.test(names ? gl.getParameter(names.UNMASKED_RENDERER_WEBGL) : "");
}

/** Whether a graphics processor draws by WebGL2; `renderer=2d` or `webgl2` in the address decides.
 * @param {string} [wanted] */
function useWebgl(wanted) {
  if (wanted === "2d") return false;
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return false;
  const fast = wanted === "webgl2" || !isSoftware(gl);
  gl.getExtension("WEBGL_lose_context")?.loseContext(); // browsers keep only a few
  return fast;
}

/** How lit each item is: the hidden are not, those outside the selection faintly.
 * @param {Points} points */
const lights = ({ visible, chosen }) =>
  visible.map((shown, i) => shown && (chosen && !chosen[i] ? FAINT : 255));

/** The column that items are coloured by, if it is here.
 * @param {Explorer} explorer @param {Points} points */
const colouring = ({ model, state }, points) =>
  [...COMPUTED, ...model.columns].find(
    ({ name }) => name === state.get("colour") && points.columns[name],
  );

/** What loads the colour's column and asks what the filter lets through, and applies all to items.
 * @param {Explorer} explorer */
function refresher({ model, state, say }) {
  /** @type {{filter: string, ids?: Uint32Array}} */
  let passed = { filter: "" };

  const fail = (/** @type {Error} */ { message }) => {
    say(`The items stay as they are: ${message}`, "warn");
  };
  return async (/** @type {Points} */ points) => {
    const [colour, filter] = [state.get("colour"), state.get("filter")];
    if (!points.columns[colour]) await loadColumn(model, points, colour).catch(fail);
    if (filter !== passed.filter) {
      const { idsPassing } = await import("../data/item_filter.js");
      const ids = filter ? await idsPassing(model, filter).catch(fail) : undefined;
      if (filter === state.get("filter")) passed = { filter, ids: ids ?? undefined };
    }
    points.show(new Set(state.get("hidden").map(Number)), passed.ids);
    points.choose(state.get("lasso"));
  };
}

/** Load the plane's items, and again whenever the plane changes.
 * @param {Explorer} explorer */
export async function followItems(explorer) {
  const { map, state, model, say } = explorer;
  const onCanvas = async () => new (await import("./scatter_canvas.js")).CanvasScatter();
  const lost = async () => {
    scatter = await onCanvas();
    map.replace("items", scatter);
    show();
  };
  /** @type {CanvasScatter | WebglScatter} */
  let scatter = useWebgl(state.get("renderer"))
    ? new (await import("./scatter_webgl.js")).WebglScatter(lost)
    : await onCanvas();
  let loading = new AbortController();
  map.add("items", scatter, "overlay");

  const show = (points = state.get("items")?.points) => {
    if (!points) return;
    const scale = scaleOf(points, colouring(explorer, points));
    scatter.set(points, shades(points, scale), lights(points), palette(scale));
    scatter.visible = state.get("layers").includes("items");
    state.set({ items: { points, scale } });
  };
  const refresh = refresher(explorer);
  const load = async () => {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    const points = await loadPoints(model, state.get("shownPlane"), signal).catch((error) => {
      if (!signal.aborted) say(`The items cannot be shown: ${error.message}`, "warn");
    });
    if (!points || signal.aborted) return;
    await refresh(points);
    if (signal.aborted) return;
    show(points);
    if (map.showsAll) home(explorer);
  };

  state.listen(["shownPlane"], load);
  state.listen(["hidden", "lasso", "colour", "filter", "layers"], async () => {
    const points = state.get("items")?.points;
    if (!points) return;
    await refresh(points);
    if (points === state.get("items")?.points) show(points);
  });
  await load();
}
