/** Names of classes: where their items are densest, one for each island that is large enough to see. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {Place} from "../data/plane.js" */
/** @import {ShownItems} from "../data/state.js" */
/** @import {MapView} from "./map_view.js" */

/** @typedef {Place & {label: number, count: number}} Region */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Box CSS pixels */

const APART = 100; // CSS pixels a bin: two names of a class are at least as far apart
const FEWEST = 4; // items of a region
const SHARE = 0.3; // of the class's densest region, that another needs
const HEIGHT = 24; // CSS pixels of a name

/** Count each class by bins of `size`, and sum the places.
 * @param {Points} points @param {number} size @returns {Map<number, Map<string, number[]>>} */
function countByBin(points, size) {
  const classes = new Map();
  for (let i = 0; i < points.n; i += 1) {
    const label = points.label[i];
    if (label === 255 || !points.visible[i]) continue;
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

/** The dense regions of each class, bins of `size` apart, the largest first.
 * @param {Points} points @param {number} size in units of the plane @returns {Region[]} */
export function regions(points, size) {
  /** @type {Region[]} */
  const found = [];
  for (const [label, counts] of countByBin(points, size)) {
    const bins = smooth(counts);
    const most = Math.max(...Array.from(bins.values(), ([count]) => count));
    for (const [key, [count, a, b]] of bins) {
      if (count < Math.max(FEWEST, SHARE * most)) continue;
      const rivals = around(key).filter((other) => other !== key && bins.has(other));
      const beaten = rivals.some((other) => {
        const [rival] = bins.get(other) ?? [0];
        return rival > count || (rival === count && other > key);
      });
      if (!beaten) found.push({ label, count, a, b });
    }
  }
  return found.sort((p, q) => q.count - p.count);
}

/** @type {WeakMap<ShownItems, Map<number, Region[]>>} */
const known = new WeakMap();

/** The names to write: in view, none over another; `width` tells how wide a name is.
 * @param {MapView} map @param {ShownItems} items @param {(label: number) => number} width
 * @returns {(Region & {box: Box})[]} */
export function placedNames(map, items, width) {
  const size = 2 ** Math.round(Math.log2(APART / map.view.scale));
  const bySize = known.get(items) ?? new Map();
  known.set(items, bySize);
  if (!bySize.has(size)) bySize.set(size, regions(items.points, size));
  /** @type {(Region & {box: Box})[]} */
  const placed = [];
  for (const region of /** @type {Region[]} */ (bySize.get(size))) {
    const [x, y, half] = [map.x(region.a), map.y(region.b), width(region.label) / 2];
    const box = { left: x - half, right: x + half, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2 };
    const inside = box.left > 0 && box.right < map.width && box.top > 0 && box.bottom < map.height;
    if (inside && !placed.some((other) => overlap(other.box, box))) placed.push({ ...region, box });
  }
  return placed;
}

/** @param {Box} p @param {Box} q */
const overlap = (p, q) =>
  p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom;
