/** The keyboard: every key, what it says in the help, what it does. */

const TYPING = new Set(["INPUT", "SELECT", "TEXTAREA"]);

/** Move the point by whole lattice cells, and the view after it when it leaves. */
function step(atlas, right, up, cells) {
  const { map, plane, state } = atlas;
  const size = cells / 2 ** atlas.tiles.zoomFor(map.view.scale);
  const z = state.get("z");
  const { a, b } = plane.project(z);
  const to = { a: a + right * size, b: b + up * size };
  atlas.place(to.a, to.b, { off: atlas.offPlane(z) });
  atlas.follow(to.a, to.b);
}

/** Keys of the map; `event` decides between the small and the large step. */
export function mapKeys(atlas) {
  const { map } = atlas;
  const arrow = (right, up) => (event) => step(atlas, right, up, event.shiftKey ? 8 : 1);
  return [
    { keys: ["ArrowLeft"], run: arrow(-1, 0) },
    { keys: ["ArrowRight"], run: arrow(1, 0) },
    { keys: ["ArrowUp"], run: arrow(0, 1) },
    {
      keys: ["ArrowDown"],
      run: arrow(0, -1),
      show: "← ↑ → ↓",
      help: "Move the point by a cell; with Shift by eight",
    },
    { keys: ["+", "="], run: () => atlas.zoomAtPoint(2), show: "+", help: "Zoom in on the point" },
    { keys: ["-", "_"], run: () => atlas.zoomAtPoint(0.5), show: "−", help: "Zoom out" },
    { keys: ["0"], run: () => atlas.home(), show: "0", help: "Show all encoded items" },
    {
      keys: ["Enter"],
      run: () => atlas.pinNext(),
      show: "Enter",
      help: "Pin the point: A, then B, then C",
    },
    { keys: ["n"], run: () => atlas.toNearest(), show: "N", help: "Go to the nearest item" },
    { keys: ["s"], run: () => atlas.selectView(), show: "S", help: "Select the items in view" },
    {
      keys: ["["],
      run: () => atlas.turnPlane(-1),
      show: "[  ]",
      help: "Previous or next pair of axes",
    },
    { keys: ["]"], run: () => atlas.turnPlane(1) },
    {
      keys: ["v"],
      run: () => atlas.useTool("move"),
      show: "V  P  L",
      help: "Tool: move the map, probe, lasso",
    },
    { keys: ["p"], run: () => atlas.useTool("probe") },
    { keys: ["l"], run: () => atlas.useTool("lasso") },
    { keys: ["Escape"], run: () => atlas.select(null), show: "Esc", help: "Drop the selection" },
    {
      keys: ["PageUp"],
      run: () => map.pan(0, map.height / 2),
      show: "Page ↑ ↓",
      help: "Scroll the map",
    },
    { keys: ["PageDown"], run: () => map.pan(0, -map.height / 2) },
  ];
}

export function handleKeys(atlas) {
  const table = mapKeys(atlas);
  atlas.map.host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = table.find((entry) => entry.keys.includes(key));
    if (!found) return;
    event.preventDefault();
    found.run(event);
  });
  document.addEventListener("keydown", (event) => {
    if (TYPING.has(event.target.tagName)) return;
    if (event.key === "?") atlas.help();
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!undo) return;
    event.preventDefault();
    if (event.shiftKey) history.forward();
    else if (history.state?.depth) history.back();
  });
}
