/** Hands on the map: mouse, touch, pen, wheel and trackpad. Keys are in `keys.js`. */

const CLICK = 4; // CSS pixels that a click may wander
const GRIP = { mouse: 16, pen: 20, touch: 30 }; // CSS pixels around a handle

/** Tell a wheel's notch from a trackpad's two fingers, which pan. */
function isNotch(event) {
  if (event.deltaMode !== 0) return true;
  const legacy = Math.abs(event.wheelDeltaY ?? 0);
  return event.deltaX === 0 && legacy !== 0 && legacy % 120 === 0;
}

export function handleInput(atlas, hover) {
  const { map, state } = atlas;
  const pointers = new Map();
  let gesture = null;

  const position = (event) => {
    const box = map.host.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const near = (z, { x, y }, grip) => {
    const { a, b } = atlas.plane.project(z);
    return Math.hypot(map.x(a) - x, map.y(b) - y) <= grip;
  };

  /** Drag z from where it is by as much as the pointer moves. */
  const dragFrom = (z, start) => {
    const from = map.at(start.x, start.y);
    const { a, b } = atlas.plane.project(z);
    const off = atlas.offPlane(z);
    return {
      move: (at) => {
        const to = map.at(at.x, at.y);
        atlas.place(a + to.a - from.a, b + to.b - from.b, { off });
      },
    };
  };

  const drags = {
    probe: (start) => {
      const put = (at) => { const { a, b } = map.at(at.x, at.y); atlas.place(a, b); };
      put(start);
      return { move: put };
    },
    pan: (start) => {
      let last = start;
      return { move: (at) => { map.pan(at.x - last.x, at.y - last.y); last = at; } };
    },
    lasso: (start) => {
      const first = map.at(start.x, start.y);
      const path = [first.a, first.b];
      return {
        move: (at) => {
          const { a, b } = map.at(at.x, at.y);
          path.push(a, b);
          atlas.drawing = path;
          map.invalidate();
        },
        end: () => {
          atlas.drawing = null;
          atlas.select(path.length >= 6 ? simplify(path) : null);
        },
      };
    },
  };

  const begin = (event) => {
    const start = position(event);
    const grip = GRIP[event.pointerType] ?? GRIP.mouse;
    const own = atlas.own?.zMean;
    if (atlas.tool === "lasso") return drags.lasso(start);
    if (near(state.get("z"), start, grip)) return dragFrom(state.get("z"), start);
    if (own && near(own, start, grip)) return dragFrom(own, start);
    return atlas.tool === "probe" ? drags.probe(start) : drags.pan(start);
  };

  const pinch = () => {
    const [p, q] = [...pointers.values()];
    const centre = { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    const apart = Math.max(1, Math.hypot(p.x - q.x, p.y - q.y));
    if (gesture.centre) {
      map.pan(centre.x - gesture.centre.x, centre.y - gesture.centre.y);
      map.zoom(apart / gesture.apart, centre.x, centre.y);
    }
    Object.assign(gesture, { centre, apart });
  };

  const click = (event) => {
    if (atlas.tool === "lasso") return atlas.select(null);
    const { x, y } = position(event);
    const id = hover.find(x, y, event.pointerType);
    const { a, b } = map.at(x, y);
    if (event.shiftKey && id >= 0) return atlas.pickItem(id);
    return atlas.place(a, b, { push: true });
  };

  map.host.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    map.host.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, position(event));
    hover.leave();
    if (pointers.size === 2) gesture = { pinch: true };
    else if (pointers.size === 1) gesture = { ...begin(event), start: position(event), moved: false };
  });

  map.host.addEventListener("pointermove", (event) => {
    const at = position(event);
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch") hover.over(at.x, at.y);
      return;
    }
    pointers.set(event.pointerId, at);
    if (gesture?.pinch) return pinch();
    if (!gesture) return;
    gesture.moved ||= Math.hypot(at.x - gesture.start.x, at.y - gesture.start.y) > CLICK;
    if (gesture.moved) gesture.move(at);
  });

  const finish = (event) => {
    if (!pointers.delete(event.pointerId) || !gesture) return;
    const done = gesture;
    gesture = pointers.size ? { pinch: true } : null;
    if (pointers.size) return;
    done.end?.();
    if (event.type === "pointerup" && !done.pinch && !done.moved) click(event);
    else state.write();
  };
  map.host.addEventListener("pointerup", finish);
  map.host.addEventListener("pointercancel", finish);
  map.host.addEventListener("pointerleave", () => hover.leave());

  map.host.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = position(event);
    if (event.ctrlKey) return map.zoom(2 ** (-event.deltaY / 100), x, y);
    if (!isNotch(event)) return map.pan(-event.deltaX, -event.deltaY);
    const lines = event.deltaMode === 1 ? 33 : 1;
    return map.zoom(2 ** (-(event.deltaY * lines) / 200), x, y);
  }, { passive: false });

  map.host.addEventListener("dblclick", (event) => {
    const { x, y } = position(event);
    map.zoom(event.shiftKey ? 0.5 : 2, x, y);
  });
}

/** Keep at most 60 corners, so that a selection fits into an address. */
function simplify(path) {
  const corners = path.length / 2;
  const step = Math.ceil(corners / 60);
  return path.filter((_, k) => Math.floor(k / 2) % step === 0);
}
