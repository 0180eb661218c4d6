/** Plays a strip of images: one frame at a time, by a slider, or by itself, there and back. */

import { button, h, paint } from "./dom.js";

const TICK = 90; // milliseconds a frame

export class Player {
  #strip = null;
  #timer = 0;
  #forward = 1;

  /** Play images of `width` × `height`; it stops when `signal` aborts. */
  constructor({ width, height }, signal) {
    Object.assign(this, { width, height });
    this.screen = h("canvas", {
      class: "picture pixels",
      role: "img",
      "aria-label": "Frame of the path",
    });
    this.frame = h("input", {
      type: "range",
      min: 0,
      max: 1,
      value: 0,
      "aria-label": "Frame",
      on: { input: () => this.#show() },
    });
    this.button = button("Play", () => (this.#timer ? this.stop() : this.play()));
    signal.addEventListener("abort", () => this.stop());
    const controls = h("div", {}, this.frame, h("div", { class: "row" }, this.button));
    this.element = h("div", { class: "hero" }, this.screen, controls);
  }

  /** Take a strip: a bitmap of images side by side. */
  take(strip) {
    this.#strip = strip;
    this.frame.max = strip.width / this.width - 1;
    this.#show();
  }

  play() {
    this.button.textContent = "Stop";
    this.#timer = setInterval(() => this.#advance(), TICK);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.button.textContent = "Play";
  }

  #advance() {
    const next = Number(this.frame.value) + this.#forward;
    if (next < 0 || next > Number(this.frame.max)) this.#forward = -this.#forward;
    this.frame.value = Number(this.frame.value) + this.#forward;
    this.#show();
  }

  #show() {
    if (!this.#strip) return;
    const { width, height } = this;
    const k = Number(this.frame.value);
    const cut = new OffscreenCanvas(width, height);
    cut.getContext("2d").drawImage(this.#strip, k * width, 0, width, height, 0, 0, width, height);
    paint(this.screen, cut);
    this.frame.setAttribute("aria-valuetext", `${k + 1} of ${Number(this.frame.max) + 1}`);
  }
}
