/** What a person can do to the map, by whatever hand: each is one function on `atlas`. */

import { getJSON } from "../data/api_client.js";
import { axesOf, planeOf } from "../data/plane.js";
import { homeView } from "./map_view.js";
import { PINS } from "./overlay_layer.js";

const OVERLAID = new Set(["z", "item", "a", "b", "c", "method", "steps"]); // drawn on top of all
const EDGE = 48; // CSS pixels that the point keeps from the map's edge

function viewActions(atlas) {
  const { map, state } = atlas;
  return {
    home: () => map.look(homeView(map, atlas.plane, atlas.model)),
    zoomAtPoint: (factor) => {
      const { a, b } = atlas.plane.project(state.get("z"));
      const [x, y] = [map.x(a), map.y(b)];
      const inside = x >= 0 && y >= 0 && x <= map.width && y <= map.height;
      map.zoom(factor, ...(inside ? [x, y] : []));
    },
    /** Pan just as far as (a, b) is out of view. */
    follow: (a, b) => {
      const over = (place, size) => Math.max(EDGE - place, 0) - Math.max(place - size + EDGE, 0);
      const [dx, dy] = [over(map.x(a), map.width), over(map.y(b), map.height)];
      if (dx || dy) map.pan(dx, dy);
    },
    useTool: (tool) => {
      atlas.tool = tool;
      map.host.dataset.tool = tool;
      atlas.bus.dispatchEvent(new Event("tool"));
    },
  };
}

function pointActions(atlas) {
  const { map, state, model } = atlas;
  const show = (z, item, label = state.get("label")) => {
    atlas.moveTo(z, { push: true });
    state.set({ item, label });
    const { a, b } = atlas.plane.project(z);
    atlas.follow(a, b);
  };
  return {
    /** Put the point where an item was encoded, and draw its posterior. */
    pickItem: async (id) => {
      const item = await getJSON(model.path(`items/${id}`, { format: "json" }));
      show(item.z_mean, String(id), model.label && String(item.label ?? 0));
      atlas.marked = [{ zMean: item.z_mean, zLogVar: item.z_log_var, label: item.label ?? 255 }];
      map.invalidate();
      return item;
    },
    toNearest: async () => {
      const z = Array.from(state.get("z")).join(",");
      const { items } = await getJSON(model.path("neighbours", { z, k: 1 }));
      if (items.length) await atlas.pickItem(items[0].id);
    },
    goTo: (z) => show(z, undefined),
    pin: (name) => state.set({ [name]: state.get("z") }, { push: true }),
    unpin: () => state.set({ a: undefined, b: undefined, c: undefined }, { push: true }),
    pinNext: () => atlas.pin(PINS.find((name) => !state.get(name)) ?? "c"),
  };
}

function planeActions(atlas) {
  const { state, model } = atlas;
  return {
    usePlane: (id) => {
      const plane = planeOf(id, model.manifest);
      if (!plane) return atlas.say("This model has no such plane.", "warn");
      return state.set({ plane: id, view: undefined, lasso: undefined }, { push: true });
    },
    /** The next or previous pair of axes of the kind that is shown. */
    turnPlane: (direction) => {
      const { kind } = atlas.plane.pair ? atlas.plane : { kind: "dims" };
      const [i, j] = atlas.plane.pair ?? [0, 1];
      const size = axesOf(kind, model.manifest);
      const pairs = [];
      for (let p = 0; p < size; p += 1)
        for (let q = p + 1; q < size; q += 1) pairs.push(`${kind}-${p}-${q}`);
      const here = Math.max(0, pairs.indexOf(`${kind}-${Math.min(i, j)}-${Math.max(i, j)}`));
      atlas.usePlane(pairs[(here + direction + pairs.length) % pairs.length]);
    },
  };
}

function selectionActions(atlas) {
  const { map, state } = atlas;
  return {
    select: (polygon) => {
      if (!polygon && !state.get("lasso")) return;
      state.set({ lasso: polygon ?? undefined }, { push: true });
      map.invalidate();
    },
    selectView: () => {
      const { left, right, bottom, top } = map.bounds;
      atlas.select([left, bottom, right, bottom, right, top, left, top]);
    },
  };
}

/** Show the plane that the address names, or else the one shown before. */
function turn(atlas) {
  const { state, model, tiles } = atlas;
  atlas.plane = planeOf(state.get("plane"), model.manifest) ?? atlas.plane;
  tiles.use(atlas.plane);
  if (!state.get("view")) atlas.home();
  atlas.bus.dispatchEvent(new Event("plane"));
}

/** Look where the address says, when that is elsewhere. */
function lookAgain({ map, state }) {
  const [a, b, scale] = state.get("view") ?? [];
  const moved = a !== map.view.a || b !== map.view.b || scale !== map.view.scale;
  if (moved && scale > 0) map.look({ a, b, scale });
}

/** Put the actions on `atlas`, and keep its plane and view in step with the state. */
export function giveActions(atlas) {
  const { map, state, model } = atlas;
  Object.assign(
    atlas,
    viewActions(atlas),
    pointActions(atlas),
    planeActions(atlas),
    selectionActions(atlas),
  );
  state.addEventListener("change", ({ keys }) => {
    if (keys.has("model")) location.reload();
    if (keys.has("label")) model.choose(state.get("label"));
    if (keys.has("plane")) turn(atlas);
    if (keys.has("view")) lookAgain(atlas);
    if (keys.has("item") && !state.get("item")) atlas.marked = [];
    map.host.dataset.item = state.get("item") ?? "";
    const light = [...keys].every((key) => OVERLAID.has(key));
    map.invalidate(light ? "overlay" : undefined);
  });
}
