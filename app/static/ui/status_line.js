/** The line of readings below the map, and the same in words for those who do not see it. */
/** @import {Surface} from "../data/chart.js" */
/** @import {Place} from "../data/plane.js" */
/** @import {Explorer} from "../map/actions.js" */

import { debounce } from "../data/latest.js";
import { shell } from "../data/prior.js";
import { dotStep, exactEnough } from "../map/dots.js";
import { byId, h } from "./dom.js";
import { count, figure, items } from "./number_format.js";

const LATE = 700; // milliseconds before it is said what is waited for
const REST = 500; // milliseconds before a reading is spoken

/** @param {Surface} plane @param {Place} place */
function coordinates(plane, { a, b }) {
  return `${plane.axes[0]} ${figure(a, 3)}  ${plane.axes[1]} ${figure(b, 3)}`;
}

/** @param {Explorer} explorer */
function itemsLine({ map, state }) {
  const points = state.get("items")?.points;
  if (!points) return "";
  if (!exactEnough(map, points)) return "items: too close to place them";
  const step = dotStep(map, points);
  if (step > 1) {
    const drawn = count(Math.round(points.shown / step));
    return `${drawn} of ${items(points.total)} drawn; zoom in for all`;
  }
  const chosen = points.chosen ? `, ${count(points.ids.length)} selected` : "";
  return `${count(points.shown)} of ${items(points.total)} shown${chosen}`;
}

/** Say in words what the point is at. @param {Explorer} explorer */
function spoken({ state, model }) {
  const [z, plane, points] = [state.get("z"), state.get("shownPlane"), state.get("items")?.points];
  const place = plane.project(z);
  const id = points?.nearest(place.a, place.b, 1) ?? -1;
  const near =
    points && id >= 0
      ? `nearest item ${id}, class ${model.className(points.label[id])}`
      : "no item near";
  const { length, centre } = shell(z);
  const off =
    place.away < 1e-3
      ? ""
      : `, ${figure(place.away)} off the ${plane.kind === "chart" ? "chart" : "plane"}`;
  return (
    `Point at ${coordinates(plane, place)}${off}; ${near}; ` +
    `norm ${figure(length)}, typical ${figure(centre)}.`
  );
}

/** Say when the pictures of a place do not come at once. @param {Explorer} explorer */
function sayWhatIsAwaited({ state, say }) {
  const notice = byId("notice");
  let timer = 0;
  const late = () => {
    if (!notice.textContent) say("Waiting for the pictures of this place …", "tiles");
  };
  const look = () => {
    if (state.get("tilesSeen").missing) {
      timer ||= setTimeout(late, LATE);
      return;
    }
    clearTimeout(timer);
    timer = 0;
    if (notice.dataset.kind === "tiles") say();
  };
  state.watch(["tilesSeen"], look);
}

/** @param {Explorer} explorer */
export function buildStatusLine(explorer) {
  const { state, say } = explorer;
  const under = h("span", { class: "reading wide" });
  const shown = h("span", { class: "reading" });
  const zoom = h("span", { class: "reading" });
  byId("status").append(under, h("span", { class: "space" }), shown, zoom);

  const readPlace = () => {
    const [plane, pointer] = [state.get("shownPlane"), state.get("pointer")];
    const text = coordinates(plane, pointer ?? plane.project(state.get("z")));
    under.textContent = `${pointer ? "pointer" : "point"}  ${text}`;
  };
  const readMap = () => {
    const seen = state.get("tilesSeen");
    shown.textContent = itemsLine(explorer);
    zoom.textContent = `zoom ${seen.zoom ?? "–"} · cell ${(2 ** -(seen.zoom ?? 0)).toPrecision(3)}`;
    const { kind } = byId("notice").dataset;
    if (seen.flat && kind !== "wait") {
      say("Below the decoder's resolution: every image here is the same.", "flat");
    } else if (!seen.flat && kind === "flat") say();
  };
  const speak = debounce(() => {
    byId("live").textContent = spoken(explorer);
  }, REST);
  state.watch(["pointer", "shownPlane", "located", "z"], readPlace);
  state.watch(["tilesSeen", "items"], readMap);
  state.watch(["z"], speak);
  sayWhatIsAwaited(explorer);
}
