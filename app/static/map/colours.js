/** Colours of items: ten classes that stay apart for every kind of colour vision, and one ramp. */
/** @import {Points} from "../data/encoded_items.js" */

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

/** @param {number} label */
export function classColour(label) {
  return label === 255 ? UNLABELLED : CLASSES[label % CLASSES.length];
}

/** The ramp's colour at 0…1. @param {number} share */
export function rampColour(share) {
  const place = Math.max(0, Math.min(1, share)) * (RAMP.length - 1);
  const k = Math.min(Math.floor(place), RAMP.length - 2);
  const [from, to] = [channels(RAMP[k]), channels(RAMP[k + 1])];
  return from.map((value, i) => Math.round(value + (place - k) * (to[i] - value)));
}

/** 256 RGBA entries, one a shade: classes, or the ramp. @param {string} colour */
export function palette(colour) {
  const out = new Uint8Array(4 * 256);
  for (let shade = 0; shade < 256; shade += 1) {
    const rgb = colour === "label" ? channels(classColour(shade)) : rampColour(shade / 255);
    out.set([...rgb, 255], 4 * shade);
  }
  return out;
}

/** One byte an item: its label, or its place between the 1st and the 99th percentile.
 * @param {Points} points @param {string} colour
 * @returns {{shade: Uint8Array, low?: number, high?: number}} */
export function shades(points, colour) {
  const values = points.columns[colour];
  if (colour === "label" || !values) return { shade: Uint8Array.from(points.label) };
  const sorted = Float32Array.from(values).sort();
  const low = sorted[Math.floor(0.01 * (points.n - 1))];
  const high = sorted[Math.ceil(0.99 * (points.n - 1))];
  const scale = 255 / (high - low || 1);
  const shade = Uint8Array.from(values, (v) => Math.max(0, Math.min(255, (v - low) * scale)));
  return { shade, low, high };
}
