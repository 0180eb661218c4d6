/** An item's picture as a button that goes to it. */

import { h } from "./dom.js";

/** `text` stands below the picture; `about`, after the item's number, is for who does not see it. */
export function thumb(atlas, id, text, about) {
  const picture = { src: atlas.model.path(`items/${id}`), alt: "", class: "pixels", data: { id } };
  return h(
    "button",
    {
      type: "button",
      class: "thumb",
      title: `Item ${id}`,
      "aria-label": `Go to item ${id}, ${about}`,
      on: { click: () => atlas.pickItem(id) },
    },
    h("img", { ...picture, loading: "lazy" }),
    h("span", {}, text),
  );
}
