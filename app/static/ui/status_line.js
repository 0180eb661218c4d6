/** The line of readings below the map, and the same in words for those who do not see it. */

import { shell } from "../map/live_decode.js";
import { exactEnough } from "../map/scatter_webgl.js";
import { count, figure, h, rested } from "./dom.js";

const REST = 500; // milliseconds before a reading is spoken

function coordinates(plane, { a, b }) {
  return `${plane.axes[0]} ${figure(a, 3)}  ${plane.axes[1]} ${figure(b, 3)}`;
}

function itemsLine({ points, map }) {
  if (!points) return "";
  if (!exactEnough(map, points)) return "items: too close to place them";
  const chosen = points.chosen ? `, ${count(points.ids.length)} selected` : "";
  return `${count(points.shown)} of ${count(points.total ?? points.n)} items shown${chosen}`;
}

/** Say in words what the point is at. */
function spoken(atlas) {
  const z = atlas.state.get("z");
  const { a, b } = atlas.plane.project(z);
  const id = atlas.points?.nearest(a, b, 1) ?? -1;
  const near =
    id < 0
      ? "no item near"
      : `nearest item ${id}, class ${atlas.model.className(atlas.points.label[id])}`;
  const { length, centre } = shell(z);
  return (
    `Point at ${coordinates(atlas.plane, { a, b })}; ${near}; ` +
    `norm ${figure(length)}, typical ${figure(centre)}.`
  );
}

export function buildStatus(atlas) {
  const { bus, state, map, seen } = atlas;
  const under = h("span", { class: "reading wide" });
  const items = h("span", { class: "reading" });
  const zoom = h("span", { class: "reading" });
  document.getElementById("status").append(under, h("span", { class: "space" }), items, zoom);
  const live = document.getElementById("live");

  const readUnder = () => {
    const at = atlas.under ?? atlas.plane.project(state.get("z"));
    under.textContent = `${atlas.under ? "pointer" : "point"}  ${coordinates(atlas.plane, at)}`;
  };
  const readMap = () => {
    items.textContent = itemsLine(atlas);
    zoom.textContent = `zoom ${seen.zoom ?? "–"} · cell ${(2 ** -(seen.zoom ?? 0)).toPrecision(3)}`;
    const { kind } = document.getElementById("notice").dataset;
    if (seen.flat && kind !== "wait") {
      atlas.say("Below the decoder's resolution: every image here is the same.", "flat");
    } else if (!seen.flat && kind === "flat") atlas.say();
  };
  const speak = rested(() => {
    live.textContent = spoken(atlas);
  }, REST);
  for (const type of ["under", "plane"]) bus.addEventListener(type, readUnder);
  for (const type of ["seen", "items"]) bus.addEventListener(type, readMap);
  state.watch(["z"], () => {
    readUnder();
    speak();
  });
  map.invalidate();
}
