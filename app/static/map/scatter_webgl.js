/** Items as dots, by WebGL2. `scatter_canvas.js` draws the same without it. */
/** @import {Points} from "../data/encoded_items.js" */
/** @import {MapView} from "./map_view.js" */

import { dotLight, dotSize, dotStep, exactEnough } from "./dots.js";

const VERTEX = `#version 300 es
layout(location = 0) in float a;
layout(location = 1) in float b;
layout(location = 2) in float shade;
layout(location = 3) in float lit;
uniform vec2 centre, factor;
uniform float size, light;
uniform sampler2D palette;
out vec4 colour;
void main() {
  colour = texelFetch(palette, ivec2(int(shade * 255.0 + 0.5), 0), 0);
  colour.a *= lit * light;
  gl_Position = lit > 0.0 ? vec4((vec2(a, b) - centre) * factor, 0, 1) : vec4(2, 2, 2, 1);
  gl_PointSize = size;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec4 colour;
uniform float size;
out vec4 result;
void main() {
  float away = length(gl_PointCoord - 0.5) * size;
  float alpha = clamp(0.5 * size - away, 0.0, 1.0);
  float core = clamp(0.5 * size - 0.5 - away, 0.35, 1.0); // a dark rim keeps dots apart
  alpha *= colour.a;
  result = vec4(colour.rgb * core * alpha, alpha);
}`;

/** @param {WebGL2RenderingContext} gl */
function program(gl) {
  const made = gl.createProgram();
  const compile = (/** @type {number} */ type, /** @type {string} */ source) => {
    const shader = /** @type {WebGLShader} */ (gl.createShader(type));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  };
  compile(gl.VERTEX_SHADER, VERTEX);
  compile(gl.FRAGMENT_SHADER, FRAGMENT);
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) {
    throw new Error(gl.getProgramInfoLog(made) ?? "the dots' shaders do not link");
  }
  return made;
}

export class WebglScatter {
  visible = true;
  /** @type {Points | null} */
  #points = null;
  /** Made with the layer's canvas. @type {WebGL2RenderingContext | null} */
  #gl = null;
  /** @type {WebGLProgram | null} */
  #program = null;
  /** @type {WebGLBuffer[]} */
  #buffers = [];

  /** @param {() => void} lost called when the browser takes the context away */
  constructor(lost) {
    this.lost = lost;
  }

  /** @param {HTMLCanvasElement} canvas */
  context(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false });
    if (!gl) throw new Error("WebGL2 is gone");
    canvas.addEventListener("webglcontextlost", () => this.lost());
    this.#gl = gl;
    this.#program = program(gl);
    this.#buffers = [0, 1, 2, 3].map(() => gl.createBuffer());
    gl.useProgram(this.#program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return gl;
  }

  /** Take items: their places, a shade each, and how lit each is (0…255).
   * @param {Points} points @param {Uint8Array} shade @param {Uint8Array} lit @param {Uint8Array} palette */
  set(points, shade, lit, palette) {
    const gl = this.#gl;
    if (!gl) return;
    this.#points = points;
    for (const [location, values] of [points.x, points.y, shade, lit].entries()) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[location]);
      gl.bufferData(
        gl.ARRAY_BUFFER,
        /** @type {ArrayBufferView<ArrayBuffer>} */ (values),
        gl.STATIC_DRAW,
      );
      gl.enableVertexAttribArray(location);
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
  }

  /** Let the next draw take each item, or one of `step`.
   * @param {WebGL2RenderingContext} gl @param {number} step */
  #stride(gl, step) {
    const types = [gl.FLOAT, gl.FLOAT, gl.UNSIGNED_BYTE, gl.UNSIGNED_BYTE]; // as set() was given
    for (const [location, type] of types.entries()) {
      const bytes = type === gl.FLOAT ? 4 : 1;
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[location]);
      gl.vertexAttribPointer(location, 1, type, type !== gl.FLOAT, step * bytes, 0);
    }
  }

  /** @param {WebGL2RenderingContext} gl @param {MapView} map */
  draw(gl, map) {
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const [made, points] = [this.#program, this.#points];
    if (!made || !points || !this.visible || !exactEnough(map, points)) return;
    const { a, b, scale } = map.view;
    const at = (/** @type {string} */ name) => gl.getUniformLocation(made, name);
    gl.uniform2f(at("centre"), a, b);
    gl.uniform2f(at("factor"), (2 * scale) / map.width, (2 * scale) / map.height);
    gl.uniform1f(at("size"), dotSize(map, points.shown) * map.ratio);
    gl.uniform1f(at("light"), dotLight(map, points));
    const step = dotStep(map, points);
    this.#stride(gl, step);
    gl.drawArrays(gl.POINTS, 0, Math.ceil(points.n / step));
  }
}
