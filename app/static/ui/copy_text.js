/** Copying a text: to the clipboard, or from a selected field where the page may not write there. */
/** @import {Explorer} from "../map/actions.js" */

import { button, h, loadStyle, row } from "./dom.js";

const LOCAL = /^(localhost|127\.|\[::1\])/;
const WHY =
  "The browser lets this page copy nothing by itself, as it does not come over https. " +
  "The text is selected: copy it with Ctrl+C, or ⌘C.";

/** Show a text, selected. @param {string} text @param {string} what */
async function offerText(text, what) {
  await loadStyle();
  const field = h("textarea", { readOnly: true, rows: 6, "aria-label": what }, text);
  const dialog = h(
    "dialog",
    { "aria-labelledby": "copy-title" },
    h("h2", { id: "copy-title" }, what),
    h("p", {}, WHY),
    field,
    row(button("Close", () => field.closest("dialog")?.close())),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  field.select();
}

/** Copy a text. @param {Explorer["say"]} say @param {string} text @param {string} what it is */
export async function copyText(say, text, what) {
  try {
    await navigator.clipboard.writeText(text); // there is no clipboard on plain http
    say(`${what} is on the clipboard.`, "done");
  } catch {
    await offerText(text, what);
  }
}

/** Copy the address of what is shown. @param {Explorer} explorer */
export function copyLink({ say, state }) {
  state.write();
  const where = LOCAL.test(location.host) ? ", which opens on this computer only," : "";
  return copyText(say, location.href, `The address of this view${where}`);
}
