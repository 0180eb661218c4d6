/** Keeps the items on the map in step with the plane, the filter, the colour and the selection. */

import { loadPoints } from "../data/encoded_items.js";
import { palette, shades } from "./colours.js";
import { Field } from "./density_layer.js";
import { Scatter2d } from "./scatter_canvas.js";
import { Scatter } from "./scatter_webgl.js";

const FAINT = 36; // of 255: items outside the selection

/** Whether WebGL is computed by the processor, where stamping dots is twice as fast. */
function isSoftware(gl) {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software|basic render/i.test(
    names ? gl.getParameter(names.UNMASKED_RENDERER_WEBGL) : "",
  );
}

/** Choose WebGL2 when a graphics processor does it; `renderer=2d` or `webgl2` in the address decides. */
function makeScatter(atlas) {
  const wanted = atlas.state.get("renderer") !== "2d";
  const possible = wanted && document.createElement("canvas").getContext("webgl2");
  if (!possible) return new Scatter2d();
  const slow = atlas.state.get("renderer") !== "webgl2" && isSoftware(possible);
  possible.getExtension("WEBGL_lose_context")?.loseContext(); // browsers keep only a few
  if (slow) return new Scatter2d();
  return new Scatter(() => {
    atlas.scatter = new Scatter2d();
    atlas.map.replace("items", atlas.scatter);
    dress(atlas);
  });
}

/** The middle of each class: the median of its items' places. */
function centres(points) {
  const places = new Map(
    points.classes.filter(([, n]) => n > 4).map(([label]) => [label, [[], []]]),
  );
  for (let i = 0; i < points.n; i += 1) {
    const found = places.get(points.label[i]);
    found?.[0].push(points.x[i]);
    found?.[1].push(points.y[i]);
  }
  const middle = (values) => Float64Array.from(values).sort()[values.length >> 1];
  return [...places]
    .map(([label, [as, bs]]) => ({ label, a: middle(as), b: middle(bs) }))
    .filter(({ label }) => label !== 255);
}

/** Give the renderer its items anew. */
function dress(atlas) {
  const { points, state, scatter } = atlas;
  if (!points) return;
  const colour = state.get("colour");
  const { shade, low, high } = shades(points, colour);
  const lit = new Uint8Array(points.n).fill(255);
  for (let i = 0; i < points.n; i += 1) {
    if (points.hidden[points.label[i]]) lit[i] = 0;
    else if (points.chosen && !points.chosen[i]) lit[i] = FAINT;
  }
  atlas.shadeRange = { low, high };
  scatter.set(points, shade, lit, palette(points, colour));
  scatter.visible = state.get("layers").includes("items");
  atlas.map.invalidate();
  atlas.bus.dispatchEvent(new Event("items"));
}

function readSelection({ state, points }) {
  points.hide(state.get("hidden").map(Number));
  points.ids = points.choose(state.get("lasso") ?? null);
}

/** Load the plane's items, and again whenever the plane changes. */
export async function followItems(atlas) {
  const { map, state, model, bus } = atlas;
  atlas.scatter = makeScatter(atlas);
  atlas.field = new Field();
  map.add("items", atlas.scatter);
  let loading = null;

  const load = async () => {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    const points = await loadPoints(model, atlas.plane, signal).catch((error) => {
      if (!signal.aborted) atlas.say(`The items cannot be shown: ${error.message}`, "warn");
    });
    if (!points || signal.aborted) return;
    atlas.points = points;
    atlas.centres = centres(points);
    readSelection(atlas);
    atlas.field.set(points);
    dress(atlas);
  };

  bus.addEventListener("plane", load);
  state.addEventListener("change", ({ keys }) => {
    if (!atlas.points) return;
    const chosen = keys.has("hidden") || keys.has("lasso");
    if (chosen) readSelection(atlas);
    if (keys.has("hidden")) atlas.field.set(atlas.points);
    if (chosen || keys.has("colour") || keys.has("layers")) dress(atlas);
  });
  await load();
}
