/** Items as dots, by WebGL2. `scatter_canvas.js` draws the same without it. */

const VERTEX = `#version 300 es
layout(location = 0) in float a;
layout(location = 1) in float b;
layout(location = 2) in float shade;
layout(location = 3) in float lit;
uniform vec2 centre, factor;
uniform float size;
uniform sampler2D palette;
out vec4 colour;
void main() {
  colour = texelFetch(palette, ivec2(int(shade * 255.0 + 0.5), 0), 0);
  bool shown = colour.a > 0.0 && lit > 0.0;
  colour.a *= lit;
  gl_Position = shown ? vec4((vec2(a, b) - centre) * factor, 0, 1) : vec4(2, 2, 2, 1);
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

/** Diameter of a dot in CSS pixels: larger when there are few or one is close. */
export function dotSize(map, n) {
  const crowd = Math.sqrt(20000 / Math.max(n, 2000));
  const close = (map.view.scale / 100) ** 0.25;
  return Math.max(2, Math.min(9, 2.6 * crowd * close));
}

/** Whether the places of items, kept in 16 bits, are still exact enough to be shown. */
export function exactEnough(map, points) {
  return points.quantum * map.view.scale < 6;
}

function program(gl) {
  const made = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  return made;
}

export class Scatter {
  /** `lost` is called when the browser takes the context away. */
  constructor(lost) {
    this.lost = lost;
    this.visible = true;
  }

  context(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false });
    canvas.addEventListener("webglcontextlost", () => this.lost());
    this.gl = gl;
    this.program = program(gl);
    gl.useProgram(this.program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.buffers = [0, 1, 2, 3].map(() => gl.createBuffer());
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return gl;
  }

  #fill(location, values, type) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[location]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, 1, type, type !== gl.FLOAT, 0, 0);
  }

  /** Take items: their places, a shade each, and how lit each is (0…255). */
  set(points, shade, lit, palette) {
    const { gl } = this;
    this.points = points;
    this.#fill(0, points.x, gl.FLOAT);
    this.#fill(1, points.y, gl.FLOAT);
    this.#fill(2, shade, gl.UNSIGNED_BYTE);
    this.#fill(3, lit, gl.UNSIGNED_BYTE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
  }

  draw(gl, map) {
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!this.points || !this.visible || !exactEnough(map, this.points)) return;
    const { a, b, scale } = map.view;
    const at = (name) => gl.getUniformLocation(this.program, name);
    gl.uniform2f(at("centre"), a, b);
    gl.uniform2f(at("factor"), (2 * scale) / map.width, (2 * scale) / map.height);
    gl.uniform1f(at("size"), dotSize(map, this.points.n) * map.ratio);
    gl.drawArrays(gl.POINTS, 0, this.points.n);
  }
}
