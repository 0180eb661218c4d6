/** Images that are dropped anywhere on the page, or pasted: the panel Image takes them. */
/** @import {Explorer} from "../map/actions.js" */

/** @param {Explorer} explorer */
export function receiveFiles({ state }) {
  const { dataset } = document.body;
  const give = (/** @type {FileList | undefined} */ files) => {
    if (files?.length) state.set({ panel: "image", given: files[0] });
  };
  const leave = () => delete dataset.drop;
  document.addEventListener("paste", (event) => give(event.clipboardData?.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    dataset.drop = "yes";
  });
  document.addEventListener("dragleave", leave);
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    leave();
    give(event.dataTransfer?.files);
  });
}

/** Show the image that the address has: after a reload, from a link, after an undo.
 * @param {Explorer} explorer */
export function followOwnImage({ state, model, say }) {
  const show = async () => {
    const own = state.get("own");
    if (own === state.get("ownImage")?.own) return;
    state.set({ ownImage: null });
    if (!own) return;
    const [{ findImage }, { report }] = await Promise.all([
      import("../data/kept_image.js"),
      import("../data/image_report.js"),
    ]);
    const blob = findImage(own);
    if (!blob) return say("The image of this link is in another browser, and not here.", "warn");
    const ownImage = await report(model, blob, { name: "image.png", own }).catch(() => null);
    if (state.get("own") === own) state.set({ ownImage });
  };
  state.watch(["own"], show);
}
