/** The item under the pointer: its thumbnail, class and id. */

import { h } from "./dom.js";

const REACH = { mouse: 10, pen: 14, touch: 22 }; // CSS pixels

export function hoverCard(atlas) {
  const { map, model } = atlas;
  const picture = h("img", { alt: "", width: 56, height: 56, class: "pixels" });
  const text = h("span");
  const card = h("div", { class: "card", hidden: true }, picture, text);
  document.getElementById("stage").append(card);
  let shown = -1;
  let due = 0;

  const find = (x, y, kind = "mouse") => {
    if (!atlas.points || !atlas.state.get("layers").includes("items")) return -1;
    const { a, b } = map.at(x, y);
    return atlas.points.nearest(a, b, (REACH[kind] ?? REACH.mouse) / map.view.scale);
  };

  const show = (id) => {
    if (id === shown) return;
    shown = id;
    card.hidden = id < 0;
    if (id < 0) return;
    picture.src = model.path(`items/${id}`);
    picture.dataset.id = id;
    text.textContent = `${model.className(atlas.points.label[id])} · item ${id}`;
    const x = map.x(atlas.points.x[id]);
    const y = map.y(atlas.points.y[id]);
    card.style.left = `${Math.min(x + 14, map.width - 150)}px`;
    card.style.top = `${Math.max(8, Math.min(y + 14, map.height - 84))}px`;
  };

  const over = (x, y) => {
    atlas.under = map.at(x, y);
    if (due) return;
    due = requestAnimationFrame(() => {
      due = 0;
      if (!atlas.under) return; // it has left in the meantime
      show(find(map.x(atlas.under.a), map.y(atlas.under.b)));
      atlas.bus.dispatchEvent(new Event("under"));
    });
  };

  const leave = () => {
    show(-1);
    atlas.under = null;
    atlas.bus.dispatchEvent(new Event("under"));
  };
  return { find, over, leave };
}
