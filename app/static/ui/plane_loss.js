/** What is lost of the items when they are pressed onto a plane. */
/** @import {Points} from "../data/encoded_items.js" */

const NEIGHBOURS = 10;
const PAIRS = 2e6; // distances that are looked at: a few milliseconds

/** How much of the items' variance lies in the plane, 0…1.
 * @param {Points} points @param {number[]} deviation of each dimension */
export function variance({ x, y, n }, deviation) {
  const of = (/** @type {ArrayLike<number>} */ values) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i += 1) {
      sum += values[i];
      squares += values[i] ** 2;
    }
    return squares / n - (sum / n) ** 2;
  };
  const all = deviation.reduce((sum, value) => sum + value ** 2, 0);
  return all ? (of(x) + of(y)) / all : 1;
}

/** The share of items most of whose nearest neighbours on the map are of their own class; null
 * without classes. A sample of them, when there are many. @param {Points} points */
export function classAccuracy({ x, y, n, label }) {
  if (n <= NEIGHBOURS || label.every((one) => one === label[0])) return null;
  const stride = Math.max(1, Math.ceil((n * n) / PAIRS));
  let [right, asked] = [0, 0];
  for (let i = 0; i < n; i += stride) {
    /** @type {[number, number][]} */
    const near = [];
    let farthest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < n; j += 1) {
      const away = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2;
      if (away >= farthest || j === i) continue;
      near.push([away, label[j]]);
      if (near.length <= NEIGHBOURS) continue;
      near.sort(([p], [q]) => p - q).pop();
      farthest = near[NEIGHBOURS - 1][0];
    }
    const votes = new Uint8Array(256);
    for (const [, one] of near) votes[one] += 1;
    right += Number(votes.indexOf(Math.max(...votes)) === label[i]);
    asked += 1;
  }
  return right / asked;
}
