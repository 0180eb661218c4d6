/** From pin A to pin B: the strip, the way on the map, playing it, saving it. */

import { Latest, send } from "../data/api_client.js";
import { dot, norm } from "../data/plane.js";
import { button, choice, field, h, saveBlob } from "../ui/dom.js";
import { snippetButtons } from "../ui/request_snippets.js";
import { Player } from "../ui/strip_player.js";

const FORMATS = ["GIF", "WebP", "PNG"];
const HOW = "Pin two points: move the point, then press Enter on the map, or use the buttons.";

const body = ({ state }) => ({ z: [Array.from(state.get("a")), Array.from(state.get("b"))] });
const query = ({ state }, format) => ({
  steps: state.get("steps"),
  method: state.get("method"),
  format,
});

function post(atlas, format, signal) {
  const init = { method: "POST", headers: { "content-type": "application/json" }, signal };
  return send(atlas.model.path("interpolate", query(atlas, format)), {
    ...init,
    body: JSON.stringify(body(atlas)),
  });
}

/** The latent vectors of the way, for the line on the map only: the images are the service's. */
function way([p, q], steps, method) {
  const [lp, lq] = [norm(p), norm(q)];
  const angle = Math.acos(Math.max(-1, Math.min(1, dot(p, q) / (lp * lq || 1))));
  const round = method === "slerp" && Math.sin(angle) > 1e-4;
  return Array.from({ length: steps }, (_, k) => {
    const t = k / (steps - 1);
    const [f, g] = round
      ? [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)]
      : [1 - t, t];
    return p.map((value, i) => f * value + g * q[i]);
  });
}

function save(atlas, name) {
  const format = name.toLowerCase();
  return button(
    name,
    async () => saveBlob(await (await post(atlas, format)).blob(), `path.${format}`),
    { "aria-label": `Save as ${name}` },
  );
}

function options({ state }, signal) {
  const pick = (key, values) => {
    const select = choice(values, (value) => state.set({ [key]: value }, { push: true }));
    const show = () => {
      select.value = state.get(key);
    };
    state.watch([key], show, signal);
    return select;
  };
  const methods = [
    ["slerp", "slerp (arc)"],
    ["lerp", "lerp (line)"],
  ];
  return h(
    "div",
    { class: "row" },
    field("Method", pick("method", methods)),
    field("Images", pick("steps", ["5", "8", "12", "24", "48"])),
  );
}

/** The strip, its player, and the ways to keep it. */
function stripView(atlas, player, sheet) {
  const request = () => ({
    path: atlas.model.path("interpolate", query(atlas, "png")),
    json: body(atlas),
    save: "path.png",
  });
  return h(
    "section",
    {},
    player.element,
    h("figure", {}, sheet),
    h("h3", {}, "Save"),
    h("div", { class: "row" }, ...FORMATS.map((name) => save(atlas, name))),
    snippetButtons(atlas, request),
  );
}

function pinButtons(atlas) {
  const { state } = atlas;
  const swap = () => state.set({ a: state.get("b"), b: state.get("a") }, { push: true });
  return h(
    "div",
    { class: "row" },
    button("Set A here", () => atlas.pin("a")),
    button("Set B here", () => atlas.pin("b")),
    button("Swap", swap),
    button("Unpin", atlas.unpin),
  );
}

/** Keep a picture and a player at the newest path. Returns `want()`. */
function follow(atlas, player, sheet) {
  const load = async (_, abort) => {
    const blob = await (await post(atlas, "png", abort)).blob();
    return { blob, bitmap: await createImageBitmap(blob) };
  };
  const show = ({ blob, bitmap }) => {
    URL.revokeObjectURL(sheet.src);
    sheet.src = URL.createObjectURL(blob);
    player.take(bitmap);
  };
  const fail = (error) => atlas.say(error.message, "bad");
  const latest = new Latest(load, show, { limit: 1, fail });
  return () => latest.want(true);
}

export function mount(host, atlas, signal) {
  const { state, map } = atlas;
  const ask = h("p", { class: "small" }, HOW);
  const sheet = h("img", { class: "wide-image pixels", alt: "Images from A to B" });
  const player = new Player(atlas.model, signal);
  const shown = stripView(atlas, player, sheet);
  const want = follow(atlas, player, sheet);
  const update = () => {
    const ready = Boolean(state.get("a") && state.get("b"));
    shown.hidden = !ready;
    ask.hidden = ready;
    const corners = Number(state.get("steps")) * 4;
    atlas.route = ready ? way(body(atlas).z, corners, state.get("method")) : null;
    map.invalidate();
    if (ready) want();
  };
  state.watch(["a", "b", "method", "steps"], update, signal);
  signal.addEventListener("abort", () => {
    atlas.route = null;
    map.invalidate();
  });
  const title = h("h2", {}, "Path from A to B");
  host.append(title, ask, pinButtons(atlas), options(atlas, signal), shown);
}
