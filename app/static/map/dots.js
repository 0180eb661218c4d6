/** The items' dots: how large, and how close up they can be shown. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {MapView} from "./map_view.js" */

export const PICTURE = 44; // CSS pixels of the longer side of an item that is drawn as a picture
const CLEAR = 5; // units² of a chart, of some 30 with items, that dots may cover
const FAINTEST = 0.25;
const MOST = 70_000; // dots of a frame
const LONGEST_STEP = 63; // WebGL strides over 255 bytes at most, of four for each number

/** Diameter of a dot in CSS pixels: larger when there are few or one is close.
 * @param {MapView} map @param {number} n */
export function dotSize(map, n) {
  const crowd = Math.sqrt(20000 / Math.max(n, 2000));
  const close = (map.view.scale / 100) ** 0.25;
  return Math.max(2, Math.min(9, 2.6 * crowd * close));
}

/** How much of its light a dot keeps, 0…1: on a chart less, the more of the pictures dots cover.
 * @param {MapView} map @param {Points} points */
export function dotLight(map, { shown, plane }) {
  if (plane.kind !== "chart") return 1;
  const covered = shown * (dotSize(map, shown) / map.view.scale) ** 2;
  return Math.max(FAINTEST, Math.min(1, Math.sqrt(CLEAR / covered)));
}

/** Of how many items one is drawn: of each, unless more are in view than a frame has time for.
 * @param {MapView} map @param {Points} points */
export function dotStep(map, points) {
  if (points.shown <= MOST) return 1;
  return Math.min(LONGEST_STEP, Math.max(1, Math.ceil(points.countNear(map.bounds) / MOST)));
}

/** Whether the places of items, kept in 16 bits, are still exact enough to be shown.
 * @param {MapView} map @param {Points} points */
export function exactEnough(map, points) {
  return points.quantum * map.view.scale < 6;
}
