/** Colours of items: ten classes that stay apart for every kind of colour vision, and one ramp. */
/** @import {ItemColumn} from "../data/api_types.d.ts" */
/** @import {Points, Scale} from "../data/encoded_items.js" */

import { NONE } from "../data/api_client.js";

// Found by search over OKLab distances in normal, protan, deutan and tritan vision (Machado 2009):
// the nearest two are 0.12 apart, where Okabe and Ito's seven with three added come to 0.03.
const CLASSES = [
  "#6285ff",
  "#ffb800",
  "#43ffff",
  "#d53c4c",
  "#ccff9d",
  "#b04cb0",
  "#00c1fd",
  "#e07f00",
  "#b3c3a7",
  "#b58ca9",
];
const RAMP = ["#3b4a9c", "#4a7fb5", "#5cb0a8", "#a5cf7f", "#f1e36b"];
const UNLABELLED = "#9aa3af";

/** Red, green and blue of `#rrggbb`. @param {string} hex */
export const channels = (hex) => [1, 3, 5].map((k) => Number.parseInt(hex.slice(k, k + 2), 16));

const NO_SHADE = 255; // of an item that has no class, no category or no number

const TINTS = [null, "#15181d", "#ffffff"]; // what the first, second and third ten are mixed with
const MIXED = 0.5;

/** The shade of a class or category: ten colours, then the same ones dark, then light.
 * @param {number} code */
export const shadeOf = (code) =>
  code === NONE ? NO_SHADE : code % (CLASSES.length * TINTS.length);

/** @param {number} shade of a class or category */
export function shadeColour(shade) {
  if (shade === NO_SHADE) return UNLABELLED;
  const [colour, tint] = [CLASSES[shade % 10], TINTS[Math.floor(shade / 10) % 3]];
  if (!tint) return colour;
  const other = channels(tint);
  const mixed = channels(colour).map((v, k) => Math.round(v + MIXED * (other[k] - v)));
  return `#${mixed.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {number} label */
export const classColour = (label) => shadeColour(shadeOf(label));

/** The ramp's colour at 0…1. @param {number} share */
export function rampColour(share) {
  const place = Math.max(0, Math.min(1, share)) * (RAMP.length - 1);
  const k = Math.min(Math.floor(place), RAMP.length - 2);
  const [from, to] = [channels(RAMP[k]), channels(RAMP[k + 1])];
  return from.map((value, i) => Math.round(value + (place - k) * (to[i] - value)));
}

/** 256 RGBA entries, one a shade. @param {Scale} scale */
export function palette({ kind }) {
  const out = new Uint8Array(4 * 256);
  const coded = kind === "class" || kind === "category";
  for (let shade = 0; shade < 256; shade += 1) {
    const ramped = !coded && shade !== NO_SHADE;
    const rgb = ramped ? rampColour(shade / (NO_SHADE - 1)) : channels(shadeColour(shade));
    out.set([...rgb, 255], 4 * shade);
  }
  return out;
}

const NO_RANGE = { low: 0, high: 0, least: 0, most: 0 };

/** How a column's values become colours. @param {Points} points @param {ItemColumn | undefined} column
 * @returns {Scale} */
export function scaleOf(points, column) {
  const name = column?.name ?? "label";
  if (name === "label") return { column: name, kind: "class", ...NO_RANGE };
  if (column?.kind === "category") return { column: name, kind: "category", ...NO_RANGE };
  const known = points.columns[name].filter((value) => !Number.isNaN(value)).sort();
  const low = known[Math.floor(0.01 * (known.length - 1))] ?? 0;
  const high = known[Math.ceil(0.99 * (known.length - 1))] ?? 0;
  const [least, most] = [known[0] ?? 0, known.at(-1) ?? 0];
  return {
    column: name,
    kind: column?.kind === "date" ? "date" : "number",
    low,
    high,
    least,
    most,
  };
}

/** One byte an item: its class or category, or its place on the ramp.
 * @param {Points} points @param {Scale} scale */
export function shades(points, { column, kind, low, high }) {
  const values = points.columns[column];
  if (kind === "class" || kind === "category") return Uint8Array.from(values, shadeOf);
  const factor = (NO_SHADE - 1) / (high - low || 1);
  return Uint8Array.from(values, (value) =>
    Number.isNaN(value) ? NO_SHADE : Math.max(0, Math.min(NO_SHADE - 1, (value - low) * factor)),
  );
}
