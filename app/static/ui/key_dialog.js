/** Asks for the API key that the service was started with. */

import { button, h, loadStyle, row } from "./dom.js";

/** @param {boolean} refused whether a key was given that is not the right one
 * @returns {Promise<string>} */
export async function askForKey(refused) {
  await loadStyle();
  return new Promise((resolve) => {
    const key = h("input", { type: "password", required: true, autocomplete: "off", name: "key" });
    const send = button("Use this key", () => undefined, { type: "submit", class: "primary" });
    const why = refused ? "That key is not the right one. " : "";
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "key-title" }, "This service asks for a key"),
      h("p", {}, `${why}It is kept in this tab until the tab is closed.`),
      h("label", {}, "API key ", key),
      row(send),
    );
    const dialog = h("dialog", { "aria-labelledby": "key-title" }, form);
    dialog.addEventListener("cancel", (event) => event.preventDefault()); // nothing works without
    form.addEventListener("submit", () => {
      dialog.remove();
      resolve(key.value);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
