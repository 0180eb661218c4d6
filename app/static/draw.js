/** A pad to draw on, by mouse, touch, pen or keys: white ink on black, as the digits are. */

const SIDE = 252;
const NIB = 19; // pixels of the pad
const STEP = 9; // pixels that an arrow key moves the pen

/** Turn a canvas into a pad; `changed` is called after each stroke. Returns `clear`. */
export function makePad(canvas, changed) {
  Object.assign(canvas, { width: SIDE, height: SIDE, tabIndex: 0 });
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label",
    "Drawing pad: arrow keys move the pen, Space puts it down and up, Delete clears");
  const ink = new OffscreenCanvas(SIDE, SIDE);
  const pen = { x: SIDE / 2, y: SIDE / 4, down: false, shown: false };
  const context = ink.getContext("2d");

  const show = () => {
    const out = canvas.getContext("2d");
    out.drawImage(ink, 0, 0);
    if (!pen.shown) return;
    out.beginPath();
    out.arc(pen.x, pen.y, NIB / 2, 0, 2 * Math.PI);
    out.strokeStyle = pen.down ? "#6fb3ff" : "#9aa3af";
    out.lineWidth = 2;
    out.stroke();
  };
  const line = (from, to) => {
    Object.assign(context, { strokeStyle: "#fff", lineWidth: NIB, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + 0.01); // a dot is a line too
    context.stroke();
    show();
  };
  const clear = () => {
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    show();
  };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  };
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen.shown = false;
    last = place(event);
    line(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const to = place(event);
    line(last, to);
    last = to;
  });
  const lift = () => {
    if (last) changed(canvas);
    last = null;
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move && event.key !== " " && event.key !== "Delete") return;
    event.preventDefault();
    pen.shown = true;
    if (event.key === "Delete") clear();
    if (event.key === " ") pen.down = !pen.down;
    const from = { x: pen.x, y: pen.y };
    const [dx, dy] = move ?? [0, 0];
    pen.x = Math.max(NIB, Math.min(SIDE - NIB, pen.x + STEP * dx));
    pen.y = Math.max(NIB, Math.min(SIDE - NIB, pen.y + STEP * dy));
    if (pen.down) line(from, pen);
    else show();
    if (event.key === " " && !pen.down) changed(ink);
  });
  canvas.addEventListener("blur", () => { pen.shown = pen.down = false; show(); });
  clear();
  return { clear, image: () => ink };
}
