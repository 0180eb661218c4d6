/** Keeps the items on the map in step with the plane, the filter, the colour and the selection. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Explorer} from "./actions.js" */
/** @import {CanvasScatter} from "./scatter_canvas.js" */
/** @import {WebglScatter} from "./scatter_webgl.js" */

import { loadPoints } from "../data/encoded_items.js";
import { home } from "./actions.js";
import { palette, shades } from "./colours.js";

const FAINT = 36; // of 255: items outside the selection
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
    const colour = state.get("colour");
    const { shade, low, high } = shades(points, colour);
    scatter.set(points, shade, lights(points), palette(colour));
    scatter.visible = state.get("layers").includes("items");
    state.set({ items: { points, low, high } });
  };
  const filter = (/** @type {Points} */ points) => {
    points.show(new Set(state.get("hidden").map(Number)), null);
    points.choose(state.get("lasso"));
  };
  const load = async () => {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    const points = await loadPoints(model, state.get("shownPlane"), signal).catch((error) => {
      if (!signal.aborted) say(`The items cannot be shown: ${error.message}`, "warn");
    });
    if (!points || signal.aborted) return;
    filter(points);
    show(points);
    if (map.showsAll) home(explorer);
  };

  state.listen(["shownPlane"], load);
  state.listen(["hidden", "lasso", "colour", "layers"], (keys) => {
    const points = state.get("items")?.points;
    if (points && (keys.has("hidden") || keys.has("lasso"))) filter(points);
    show();
  });
  await load();
}
