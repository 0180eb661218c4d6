/** Names of classes where their items are densest, one for each island that is large enough to see;
 * for items without classes, a typical item in the place of each name. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Place} from "../data/plane.js" */
/** @import {ShownItems} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */

/** @typedef {Place & {label: number, count: number, item: number}} Region `item`: a typical one, or -1 */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Box CSS pixels */

import { NONE } from "../data/api_client.js";
import { PICTURE } from "./dots.js";

const APART = 100; // CSS pixels a bin: two names of a class are at least as far apart
const MOST_COUNTED = 100_000; // items
const FEWEST = 4; // items of a region
const SHARE = 0.3; // of the class's densest region, that another needs
const HEIGHT = 24; // CSS pixels of a name

/** Count each class by bins of `size`, and sum the places. Of items without classes there are
 * regions only if none has one.
 * @param {Points} points @param {number} size @returns {Map<number, Map<string, number[]>>} */
function countByBin(points, size) {
  const classes = new Map();
  const bare = points.label.every((label) => label === NONE);
  const step = Math.ceil(points.shown / MOST_COUNTED) || 1;
  for (let i = 0; i < points.n; i += step) {
    const label = points.label[i];
    if ((label === NONE && !bare) || !points.visible[i]) continue;
    const bins = classes.get(label) ?? new Map();
    classes.set(label, bins);
    const key = `${Math.floor(points.x[i] / size)},${Math.floor(points.y[i] / size)}`;
    const bin = bins.get(key) ?? [0, 0, 0];
    bins.set(key, bin);
    bin[0] += 1;
    bin[1] += points.x[i];
    bin[2] += points.y[i];
  }
  return classes;
}

/** The items of each bin and its eight neighbours, and the middle of the fullest of these.
 * @param {Map<string, number[]>} bins @returns {Map<string, number[]>} */
function smooth(bins) {
  return new Map(
    Array.from(bins.keys(), (key) => {
      const near = around(key).flatMap((other) => [bins.get(other) ?? [0]]);
      const [count, a, b] = near.reduce((best, bin) => (bin[0] > best[0] ? bin : best));
      return [key, [near.reduce((all, bin) => all + bin[0], 0), a / count, b / count]];
    }),
  );
}

/** @param {string} key */
function around(key) {
  const [column, row] = key.split(",").map(Number);
  return [-1, 0, 1].flatMap((j) => [-1, 0, 1].map((i) => `${column + i},${row + j}`));
}

/** The dense regions of a class: bins that are fuller than all around.
 * @param {number} label @param {Map<string, number[]>} bins @returns {Region[]} */
function peaks(label, bins) {
  const most = Math.max(...Array.from(bins.values(), ([count]) => count));
  return Array.from(bins).flatMap(([key, [count, a, b]]) => {
    const rivals = around(key).filter((other) => other !== key && bins.has(other));
    const beaten = rivals.some((other) => {
      const [rival] = bins.get(other) ?? [0];
      return rival > count || (rival === count && other > key);
    });
    return beaten || count < Math.max(FEWEST, SHARE * most)
      ? []
      : [{ label, count, item: -1, a, b }];
  });
}

/** Items in the middle of the fullest bins, of which no two are neighbours.
 * @param {Points} points @param {Map<string, number[]>} bins @param {number} size @returns {Region[]} */
function typicalItems(points, bins, size) {
  const fullest = Array.from(bins).sort(([, [p]], [, [q]]) => q - p);
  const least = Math.max(FEWEST, SHARE * (fullest[0]?.[1][0] ?? 0));
  const taken = new Set();
  return fullest.flatMap(([key, [count, a, b]]) => {
    if (count < least || around(key).some((other) => taken.has(other))) return [];
    taken.add(key);
    const item = points.nearest(a / count, b / count, size);
    return [{ label: NONE, count, item, a: points.x[item], b: points.y[item] }];
  });
}

/** The regions to mark, bins of `size` apart, the largest first.
 * @param {Points} points @param {number} size in units of the plane */
export function regions(points, size) {
  const found = Array.from(countByBin(points, size)).flatMap(([label, bins]) =>
    label === NONE ? typicalItems(points, bins, size) : peaks(label, smooth(bins)),
  );
  return found.sort((p, q) => q.count - p.count);
}

/** @type {WeakMap<ShownItems, Map<number, Region[]>>} */
const known = new WeakMap();

/** The regions to mark: in view, no box over another; `room` tells how large a box is, if there is.
 * @param {MapView} map @param {ShownItems} items
 * @param {(label: number) => {width: number, height: number} | null} room
 * @returns {(Region & {box: Box})[]} */
function place(map, items, room) {
  const size = 2 ** Math.round(Math.log2(APART / map.view.scale));
  const bySize = known.get(items) ?? new Map();
  known.set(items, bySize);
  if (!bySize.has(size)) bySize.set(size, regions(items.points, size));
  /** @type {(Region & {box: Box})[]} */
  const placed = [];
  for (const region of /** @type {Region[]} */ (bySize.get(size))) {
    const wanted = room(region.label);
    if (!wanted) continue;
    const [x, y] = [map.x(region.a), map.y(region.b)];
    const [dx, dy] = [wanted.width / 2, wanted.height / 2];
    const box = { left: x - dx, right: x + dx, top: y - dy, bottom: y + dy };
    const inside = box.left > 0 && box.right < map.width && box.top > 0 && box.bottom < map.height;
    if (inside && !placed.some((other) => overlap(other.box, box))) placed.push({ ...region, box });
  }
  return placed;
}

/** The names to write; `width` tells how wide a name is.
 * @param {MapView} map @param {ShownItems} items @param {(label: number) => number} width */
export const placedNames = (map, items, width) =>
  place(map, items, (label) => (label === NONE ? null : { width: width(label), height: HEIGHT }));

/** The typical items to draw where no item has a class. @param {MapView} map @param {ShownItems} items */
export const landmarks = (map, items) =>
  place(map, items, (label) => (label === NONE ? { width: PICTURE, height: PICTURE } : null));

/** @param {Box} p @param {Box} q */
const overlap = (p, q) =>
  p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom;
