/** A pad to draw on, by mouse, touch, pen or keys: ink on the ground of the data. */

import { context2d } from "../map/map_view.js";

/** @typedef {{x: number, y: number}} Spot pixels of the pad */

const SIDE = 252;
const NIB = 19; // pixels of the pad
const STEP = 9; // pixels that an arrow key moves the pen
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NAME = "Drawing pad: arrow keys move the pen, Space puts it down and up, Delete clears";

export class Pad {
  ink = new OffscreenCanvas(SIDE, SIDE); // the drawing
  /** @type {Spot | null} */
  #last = null;
  #pen = { x: SIDE / 2, y: SIDE / 4, down: false, shown: false };

  /** Turn a canvas into a pad.
   * @param {HTMLCanvasElement} canvas @param {{ground: string, pen: string}} colours
   * @param {() => void} changed called after each stroke */
  constructor(canvas, colours, changed) {
    this.colours = colours;
    Object.assign(canvas, { width: SIDE, height: SIDE, tabIndex: 0 });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", NAME);
    this.canvas = canvas;
    this.changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#draw(event));
    canvas.addEventListener("pointerup", () => this.#lift());
    canvas.addEventListener("pointercancel", () => this.#lift());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#leave());
    this.clear();
  }

  clear() {
    const context = context2d(this.ink);
    context.fillStyle = this.colours.ground;
    context.fillRect(0, 0, SIDE, SIDE);
    this.#show();
  }

  #show() {
    const out = context2d(this.canvas);
    out.drawImage(this.ink, 0, 0);
    if (!this.#pen.shown) return;
    out.beginPath();
    out.arc(this.#pen.x, this.#pen.y, NIB / 2, 0, 2 * Math.PI);
    out.strokeStyle = this.#pen.down ? "#6fb3ff" : "#9aa3af";
    out.lineWidth = 2;
    out.stroke();
  }

  /** @param {Spot} from @param {Spot} to */
  #line(from, to) {
    const context = context2d(this.ink);
    context.strokeStyle = this.colours.pen;
    context.lineWidth = NIB;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + 0.01); // a dot is a line too
    context.stroke();
    this.#show();
  }

  /** @param {PointerEvent} event @returns {Spot} */
  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  /** @param {PointerEvent} event */
  #press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.#pen.shown = false;
    this.#last = this.#place(event);
    this.#line(this.#last, this.#last);
  }

  /** @param {PointerEvent} event */
  #draw(event) {
    if (!this.#last) return;
    const to = this.#place(event);
    this.#line(this.#last, to);
    this.#last = to;
  }

  #lift() {
    if (this.#last) this.changed();
    this.#last = null;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [dx, dy] = MOVES[event.key] ?? [0, 0];
    if (!MOVES[event.key] && event.key !== " " && event.key !== "Delete") return;
    event.preventDefault();
    const pen = this.#pen;
    pen.shown = true;
    if (event.key === "Delete") this.clear();
    if (event.key === " ") pen.down = !pen.down;
    const from = { x: pen.x, y: pen.y };
    pen.x = Math.max(NIB, Math.min(SIDE - NIB, pen.x + STEP * dx));
    pen.y = Math.max(NIB, Math.min(SIDE - NIB, pen.y + STEP * dy));
    if (pen.down) this.#line(from, pen);
    else this.#show();
    if (event.key === " " && !pen.down) this.changed();
  }

  #leave() {
    this.#pen.shown = this.#pen.down = false;
    this.#show();
  }
}
