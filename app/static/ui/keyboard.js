/** The keyboard: what every key does; help_dialog.js says it in words. */
/** @import {Explorer} from "../map/actions.js" */

import * as actions from "../map/actions.js";

const TYPED = "textarea, select, input:not([type=range], [type=checkbox], [type=radio])";

/** @param {EventTarget | null} target */
const isTyped = (target) => target instanceof Element && target.matches(TYPED);

/** Move the point by whole lattice cells, and the view after it when it leaves.
 * @param {Explorer} explorer @param {number} right @param {number} up @param {number} cells */
async function step(explorer, right, up, cells) {
  const { map, state, tiles } = explorer;
  if (!state.get("located")) await actions.untilReady(explorer);
  const size = cells / 2 ** tiles.zoomFor(map);
  const z = state.get("z");
  const { a, b } = state.get("shownPlane").project(z);
  const to = { a: a + right * size, b: b + up * size };
  actions.place(explorer, to.a, to.b, { off: actions.offPlane(explorer, z) });
  actions.follow(explorer, to.a, to.b);
}

/** What each key of the map does; of an arrow, the event decides between the small and the large step.
 * @param {Explorer} explorer @returns {Record<string, (event: KeyboardEvent) => void>} */
function keyActions(explorer) {
  const { map, state } = explorer;
  const cells = (/** @type {KeyboardEvent} */ event) => (event.shiftKey ? 8 : 1);
  const zoomIn = () => actions.zoomAtPoint(explorer, 2);
  const zoomOut = () => actions.zoomAtPoint(explorer, 0.5);
  return {
    ArrowLeft: (event) => step(explorer, -1, 0, cells(event)),
    ArrowRight: (event) => step(explorer, 1, 0, cells(event)),
    ArrowUp: (event) => step(explorer, 0, 1, cells(event)),
    ArrowDown: (event) => step(explorer, 0, -1, cells(event)),
    "+": zoomIn,
    "=": zoomIn,
    "-": zoomOut,
    _: zoomOut,
    0: () => actions.home(explorer),
    Enter: () => actions.pin(explorer),
    n: () => actions.toNearest(explorer),
    s: () => actions.selectView(explorer),
    "[": () => actions.turnPlane(explorer, -1),
    "]": () => actions.turnPlane(explorer, 1),
    v: () => state.set({ tool: "move" }),
    p: () => state.set({ tool: "probe" }),
    l: () => state.set({ tool: "lasso" }),
    Escape: () => actions.select(explorer),
    PageUp: () => map.pan(0, map.height / 2),
    PageDown: () => map.pan(0, -map.height / 2),
  };
}

/** Undo by Ctrl+Z, and redo, wherever the focus is; a text that is being typed has its own undo.
 * @param {Explorer} explorer */
function handleUndo({ state }) {
  /** @type {EventTarget | null} */
  let typedIn = null;
  for (const type of ["input", "change", "focusout"]) {
    document.addEventListener(type, ({ target }) => {
      typedIn = type === "input" && isTyped(target) ? target : null;
    });
  }
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    if (!(control && (key === "z" || key === "y")) || typedIn === event.target) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) history.forward();
    else state.undo();
  });
}

/** @param {Explorer} explorer @param {() => void} help */
export function handleKeys(explorer, help) {
  const table = keyActions(explorer);
  explorer.map.host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const run = table[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run) return;
    event.preventDefault();
    run(event);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !isTyped(event.target)) help();
  });
  handleUndo(explorer);
}
