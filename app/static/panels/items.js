/** The items that are shown or selected: thumbnails, classes, a file of them. */

import { button, count, field, h, saveBlob } from "../ui/dom.js";
import { thumb } from "../ui/item_thumbnail.js";
import { snippetButtons } from "../ui/request_snippets.js";

const MOST_THUMBS = 60;

/** Write the items as CSV: what the map knows of each, by id. */
function csv({ points, model, plane }, ids) {
  const extra = ["reconstruction", "kl", "norm"].filter((name) => points.columns[name]);
  const head = ["id", "label", "class", ...plane.axes, ...extra];
  const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = ids.map((i) =>
    [
      i,
      points.label[i],
      quote(model.className(points.label[i])),
      points.x[i].toPrecision(6),
      points.y[i].toPrecision(6),
      ...extra.map((name) => points.columns[name][i].toPrecision(6)),
    ].join(","),
  );
  return `${[head.join(","), ...rows].join("\n")}\n`;
}

/** What is looked at: the selection, or else every visible item. */
function current({ points }) {
  if (points.chosen) return points.ids;
  return Array.from({ length: points.n }, (_, i) => i).filter(
    (i) => !points.hidden[points.label[i]],
  );
}

function pictured(atlas, id) {
  const name = atlas.model.className(atlas.points.label[id]);
  return thumb(atlas, id, `${name} · ${id}`, `class ${name}`);
}

function byClass({ points, model }, ids) {
  const counts = new Map();
  for (const i of ids) counts.set(points.label[i], (counts.get(points.label[i]) ?? 0) + 1);
  const parts = [...counts]
    .sort(([p], [q]) => p - q)
    .map(([label, n]) => `${model.className(label)}:\u00a0${count(n)}`);
  return parts.join("  ·  ");
}

function finder(atlas) {
  const input = h("input", { type: "number", min: 0, step: 1 });
  const go = () => {
    const id = Number(input.value);
    if (input.value === "" || !Number.isInteger(id) || id < 0 || id >= atlas.points.n) {
      return atlas.say(`Items are numbered 0 to ${atlas.points.n - 1}.`, "warn");
    }
    return atlas.pickItem(id);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go();
  });
  return h("div", { class: "row" }, field("Item", input), button("Go to it", go));
}

export function mount(host, atlas, signal) {
  const saveCsv = () =>
    saveBlob(new Blob([csv(atlas, current(atlas))], { type: "text/csv" }), "items.csv");
  const heading = h("p", { class: "small" });
  const classes = h("p");
  const thumbs = h("div", { class: "thumbs" });
  const more = h("p", { class: "small" });
  const drop = button("Drop the selection", () => atlas.select(null));
  const points = () => ({
    path: atlas.model.path("points", {
      plane: atlas.plane.id,
      columns: "x,y,label",
      format: "json",
    }),
    save: "points.json",
  });

  const show = () => {
    if (!atlas.points) return;
    const ids = current(atlas);
    const chosen = atlas.points.chosen;
    heading.textContent = chosen
      ? `${count(ids.length)} of ${count(atlas.points.n)} items selected`
      : `${count(ids.length)} of ${count(atlas.points.n)} items shown. Select with the lasso (L), or those in view (S).`;
    classes.textContent = byClass(atlas, ids);
    drop.hidden = !chosen;
    thumbs.replaceChildren(...ids.slice(0, MOST_THUMBS).map((id) => pictured(atlas, id)));
    more.textContent =
      ids.length > MOST_THUMBS
        ? `The first ${MOST_THUMBS} are pictured; the CSV holds all ${count(ids.length)}.`
        : "";
  };
  atlas.bus.addEventListener("items", show, { signal });
  host.append(
    h("h2", {}, "Items"),
    heading,
    h(
      "div",
      { class: "row" },
      button("Select those in view", () => atlas.selectView()),
      drop,
      button("Save as CSV", () => saveCsv()),
    ),
    finder(atlas),
    classes,
    thumbs,
    more,
    snippetButtons(atlas, points),
  );
  show();
}
