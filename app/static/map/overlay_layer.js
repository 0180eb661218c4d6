/** Drawn over the map: prior, class names, what marks.js adds, the point with its picture. */
/** @import {Model} from "../data/api_client.js" */
/** @import {Bounds, Place} from "../data/plane.js" */
/** @import {State, Values} from "../data/state.js" */
/** @import {Layer, MapView} from "./map_view.js" */

import { PINS } from "../data/state.js";
import { classColour } from "./colours.js";
import { Drawing, NEAR } from "./drawing.js";
import { context2d } from "./map_view.js";
import { placedNames } from "./region_names.js";

const LOUPE = { least: 60, most: 144, share: 1 / 14 }; // CSS pixels of the point's picture; of the map
const BUTTONS = 60; // CSS pixels along the top and the right edge that the buttons take
const MOST_DASHED = 2000; // CSS pixels of a ring's radius: more dashes take longer than a frame
const FADED = 0.25; // of a picture that is not of the place where it stands
const LONGEST = 24; // letters of a name
/** What marks.js draws. @type {(keyof Values)[]} */
const MARKED = ["posterior", "ownImage", "lasso", "lassoDrawn", "route", ...PINS];
const PICTURE = new OffscreenCanvas(1, 1);

/** Whether a circle of the plane crosses what is in view.
 * @param {Bounds} bounds @param {Place & {radius: number}} circle */
function crosses({ left, right, bottom, top }, { a, b, radius }) {
  const near = Math.hypot(Math.max(left - a, a - right, 0), Math.max(bottom - b, b - top, 0));
  const far = Math.hypot(
    Math.max(Math.abs(a - left), Math.abs(a - right)),
    Math.max(Math.abs(b - bottom), Math.abs(b - top)),
  );
  return near <= radius && radius <= far;
}

/** Make the layer of what one map shows.
 * @param {State} state @param {Model} model @returns {Layer} */
export function overlayLayer(state, model) {
  /** Comes with the first mark. @type {typeof import("./marks.js").Marks | null} */
  let marks = null;
  /** Comes when it is asked for. @type {typeof import("./axes.js").Axes | null} */
  let axes = null;
  const load = async (/** @type {MapView} */ map) => {
    ({ Marks: marks } = await import("./marks.js"));
    map.invalidate("overlay");
  };
  const loadAxes = async (/** @type {MapView} */ map) => {
    ({ Axes: axes } = await import("./axes.js"));
    map.invalidate("overlay");
  };
  return {
    draw(context, map) {
      const overlay = new Overlay(context, map, state, model);
      if (!marks && overlay.isMarked) load(map);
      const wanted = state.get("layers").includes("axes");
      if (!axes && wanted) loadAxes(map);
      overlay.all(
        marks && new marks(context, map, state, model),
        axes && wanted ? new axes(context, map, state, model) : null,
      );
    },
  };
}

/** One frame of an overlay. */
class Overlay extends Drawing {
  get #away() {
    return this.plane.project(this.state.get("z")).away;
  }

  get isMarked() {
    return this.#away >= NEAR || MARKED.some((key) => this.state.get(key));
  }

  /** @param {Drawing & {all: () => void} | null} marks
   * @param {Drawing & {all: () => void} | null} axes */
  all(marks, axes) {
    const { context, map, state } = this;
    const layers = state.get("layers");
    context.save();
    context.scale(map.ratio, map.ratio);
    context.lineJoin = "round";
    if (layers.includes("prior")) this.#prior();
    axes?.all();
    if (layers.includes("names") && layers.includes("items")) this.#names();
    marks?.all();
    this.#point();
    context.restore();
  }

  #prior() {
    const { context, map } = this;
    if (!this.plane.origin) return;
    const { a, b } = this.plane.origin;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    for (const radius of [1, 2, 3]) {
      if (!crosses(map.bounds, { a, b, radius })) continue;
      context.beginPath();
      context.arc(map.x(a), map.y(b), radius * map.view.scale, 0, 2 * Math.PI);
      context.setLineDash(radius * map.view.scale < MOST_DASHED ? [2, 4] : []);
      context.strokeStyle = "rgba(255, 255, 255, 0.55)";
      context.lineWidth = 1;
      context.stroke();
      context.setLineDash([]);
      this.label(`${radius}σ`, { a, b: b + radius }, -4, "#d5dae2");
    }
  }

  #names() {
    const { context, map, model } = this;
    const items = this.state.get("items");
    if (!items) return;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "600 13px system-ui, sans-serif";
    const nameOf = (/** @type {number} */ label) => {
      const name = model.className(label);
      return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
    };
    const width = (/** @type {number} */ label) => context.measureText(nameOf(label)).width + 18;
    const names = placedNames(map, items, width);
    for (const { label, box } of names) {
      context.beginPath();
      context.roundRect(box.left + 1, box.top + 1, box.right - box.left - 2, 22, 11);
      this.fill("rgba(20, 23, 28, 0.86)");
      context.strokeStyle = items.scale.kind === "class" ? classColour(label) : "#fff";
      context.lineWidth = 2;
      context.stroke();
      context.fillStyle = "#fff";
      context.fillText(nameOf(label), (box.left + box.right) / 2, box.top + 12.5);
    }
    map.host.dataset.names = names.map(({ label }) => model.className(label)).join("|");
    context.textBaseline = "alphabetic";
  }

  #point() {
    const { context } = this;
    if (!this.isPlaced(this.state.get("z"))) return;
    const [x, y] = this.at(this.state.get("z"));
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    this.stroke("#fff", 3);
    context.beginPath();
    for (const [from, to] of [
      [4, 13],
      [-4, -13],
    ]) {
      context.moveTo(x + from, y);
      context.lineTo(x + to, y);
      context.moveTo(x, y + from);
      context.lineTo(x, y + to);
    }
    this.stroke("#fff", 2.5);
    this.map.host.dataset.off = this.#away >= NEAR ? this.#away.toFixed(2) : "";
    const decoded = this.state.get("decoded");
    const moved = this.state.get("z") !== this.state.defaults.z; // until then it would hide names
    if (decoded && moved && this.state.get("layers").includes("picture"))
      this.#loupe(decoded.image, x, y);
  }

  /** @param {ImageData} image @param {number} x @param {number} y */
  #loupe(image, x, y) {
    const { context, map } = this;
    Object.assign(PICTURE, { width: image.width, height: image.height });
    context2d(PICTURE).putImageData(image, 0, 0);
    const width = Math.max(LOUPE.least, Math.min(LOUPE.most, map.width * LOUPE.share));
    const height = (width * image.height) / image.width;
    const left = x + 18 + width > map.width - BUTTONS ? x - 18 - width : x + 18;
    const top = y - 18 - height < BUTTONS ? y + 18 : y - 18 - height;
    context.fillStyle = "rgba(0, 0, 0, 0.5)"; // a blurred shadow would cost more than all the rest
    context.fillRect(left - 3, top - 3, width + 6, height + 6);
    context.fillStyle = "#fff";
    context.fillRect(left - 2, top - 2, width + 4, height + 4);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = this.state.get("late") ? FADED : 1;
    context.drawImage(PICTURE, left, top, width, height);
    context.globalAlpha = 1;
  }
}
