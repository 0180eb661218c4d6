/** Plays a strip of images: one frame at a time, by a slider, or by itself, there and back. */

import { context2d } from "../map/map_view.js";
import { button, h, paint, row } from "./dom.js";

const TICK = 90; // milliseconds a frame

export class StripPlayer {
  /** Images side by side. @type {ImageBitmap | null} */
  #strip = null;
  #timer = 0;
  #forward = 1;
  #screen = h("canvas", {
    class: "picture pixels",
    role: "img",
    "aria-label": "Frame of the path",
  });
  #frame = h("input", {
    type: "range",
    min: 0,
    max: 1,
    value: 0,
    "aria-label": "Frame",
    on: {
      input: () => {
        this.#show();
        this.follow(this.#frame.valueAsNumber);
      },
    },
  });
  #button = button("Play", () => (this.#timer ? this.#stop() : this.#play()));

  /** Play images of one size.
   * @param {{width: number, height: number}} size @param {AbortSignal} signal stops it
   * @param {(frame: number) => void} follow called with each frame that is gone to */
  constructor({ width, height }, signal, follow) {
    this.follow = follow;
    this.width = width;
    this.height = height;
    signal.addEventListener("abort", () => this.#stop());
    const controls = h("div", {}, this.#frame, row(this.#button));
    this.element = h("div", { class: "hero" }, this.#screen, controls);
  }

  /** Take another strip. @param {ImageBitmap} strip */
  take(strip) {
    this.#strip = strip;
    this.#frame.max = String(strip.width / this.width - 1);
    this.#show();
  }

  #play() {
    this.#button.textContent = "Stop";
    this.#timer = setInterval(() => this.#advance(), TICK);
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#button.textContent = "Play";
  }

  #advance() {
    const next = this.#frame.valueAsNumber + this.#forward;
    if (next < 0 || next > Number(this.#frame.max)) this.#forward = -this.#forward;
    this.#frame.valueAsNumber += this.#forward;
    this.#show();
    this.follow(this.#frame.valueAsNumber);
  }

  #show() {
    if (!this.#strip) return;
    const { width, height } = this;
    const k = this.#frame.valueAsNumber;
    const cut = new OffscreenCanvas(width, height);
    context2d(cut).drawImage(this.#strip, k * width, 0, width, height, 0, 0, width, height);
    paint(this.#screen, cut);
    this.#frame.setAttribute("aria-valuetext", `${k + 1} of ${Number(this.#frame.max) + 1}`);
  }
}
