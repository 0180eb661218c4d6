/** The keyboard: every key, what it says in the help, what it does. */
/** @import {Explorer} from "../map/actions.js" */

import {
  follow,
  home,
  offPlane,
  pin,
  place,
  select,
  selectView,
  toNearest,
  turnPlane,
  zoomAtPoint,
} from "../map/actions.js";

const TYPING = new Set(["INPUT", "SELECT", "TEXTAREA"]);

/** @typedef {{keys: string[], run: (event: KeyboardEvent) => void, show?: string, help?: string}} Key */

/**
 * Move the point by whole lattice cells, and the view after it when it leaves.
 * @param {Explorer} explorer @param {number} right @param {number} up @param {number} cells
 */
function step(explorer, right, up, cells) {
  const { map, state, tiles } = explorer;
  const size = cells / 2 ** tiles.zoomFor(map.view.scale);
  const z = state.get("z");
  const { a, b } = state.get("shownPlane").project(z);
  const to = { a: a + right * size, b: b + up * size };
  place(explorer, to.a, to.b, { off: offPlane(explorer, z) });
  follow(explorer, to.a, to.b);
}

/** Keys of the map; of an arrow, the event decides between the small and the large step. @param {Explorer} explorer @returns {Key[]} */
export function mapKeys(explorer) {
  const { map, state } = explorer;
  const arrow =
    (/** @type {number} */ right, /** @type {number} */ up) =>
    (/** @type {KeyboardEvent} */ event) =>
      step(explorer, right, up, event.shiftKey ? 8 : 1);
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
    {
      keys: ["+", "="],
      run: () => zoomAtPoint(explorer, 2),
      show: "+",
      help: "Zoom in on the point",
    },
    { keys: ["-", "_"], run: () => zoomAtPoint(explorer, 0.5), show: "−", help: "Zoom out" },
    { keys: ["0"], run: () => home(explorer), show: "0", help: "Show all encoded items" },
    {
      keys: ["Enter"],
      run: () => pin(explorer),
      show: "Enter",
      help: "Pin the point: A, then B, then C",
    },
    { keys: ["n"], run: () => toNearest(explorer), show: "N", help: "Go to the nearest item" },
    { keys: ["s"], run: () => selectView(explorer), show: "S", help: "Select the items in view" },
    {
      keys: ["["],
      run: () => turnPlane(explorer, -1),
      show: "[  ]",
      help: "Previous or next pair of axes",
    },
    { keys: ["]"], run: () => turnPlane(explorer, 1) },
    {
      keys: ["v"],
      run: () => state.set({ tool: "move" }),
      show: "V  P  L",
      help: "Tool: move the map, probe, lasso",
    },
    { keys: ["p"], run: () => state.set({ tool: "probe" }) },
    { keys: ["l"], run: () => state.set({ tool: "lasso" }) },
    { keys: ["Escape"], run: () => select(explorer), show: "Esc", help: "Drop the selection" },
    {
      keys: ["PageUp"],
      run: () => map.pan(0, map.height / 2),
      show: "Page ↑ ↓",
      help: "Scroll the map",
    },
    { keys: ["PageDown"], run: () => map.pan(0, -map.height / 2) },
  ];
}

/** @param {Explorer} explorer @param {() => void} help */
export function handleKeys(explorer, help) {
  const table = mapKeys(explorer);
  explorer.map.host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = table.find((entry) => entry.keys.includes(key));
    if (!found) return;
    event.preventDefault();
    found.run(event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && TYPING.has(event.target.tagName)) return;
    if (event.key === "?") help();
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!undo) return;
    event.preventDefault();
    if (event.shiftKey) history.forward();
    else if (history.state?.depth) history.back();
  });
}
