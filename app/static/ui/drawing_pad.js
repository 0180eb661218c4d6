/** A pad to draw on, by mouse, touch, pen or keys: white ink on black, as the digits are. */

const SIDE = 252;
const NIB = 19; // pixels of the pad
const STEP = 9; // pixels that an arrow key moves the pen
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NAME = "Drawing pad: arrow keys move the pen, Space puts it down and up, Delete clears";

export class Pad {
  #last = null;
  #pen = { x: SIDE / 2, y: SIDE / 4, down: false, shown: false };

  /** Turn a canvas into a pad; `changed` is called after each stroke. `ink` is the drawing. */
  constructor(canvas, changed) {
    Object.assign(canvas, { width: SIDE, height: SIDE, tabIndex: 0 });
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", NAME);
    Object.assign(this, { canvas, changed, ink: new OffscreenCanvas(SIDE, SIDE) });
    const on = (type, f) => canvas.addEventListener(type, (event) => f.call(this, event));
    on("pointerdown", this.#press);
    on("pointermove", this.#draw);
    on("pointerup", this.#lift);
    on("pointercancel", this.#lift);
    on("keydown", this.#key);
    on("blur", this.#leave);
    this.clear();
  }

  clear() {
    const context = this.ink.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    this.#show();
  }

  #show() {
    const out = this.canvas.getContext("2d");
    out.drawImage(this.ink, 0, 0);
    if (!this.#pen.shown) return;
    out.beginPath();
    out.arc(this.#pen.x, this.#pen.y, NIB / 2, 0, 2 * Math.PI);
    out.strokeStyle = this.#pen.down ? "#6fb3ff" : "#9aa3af";
    out.lineWidth = 2;
    out.stroke();
  }

  #line(from, to) {
    const context = this.ink.getContext("2d");
    Object.assign(context, {
      strokeStyle: "#fff",
      lineWidth: NIB,
      lineCap: "round",
      lineJoin: "round",
    });
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + 0.01); // a dot is a line too
    context.stroke();
    this.#show();
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  #press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.#pen.shown = false;
    this.#last = this.#place(event);
    this.#line(this.#last, this.#last);
  }

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
