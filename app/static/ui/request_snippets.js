/** Any request as text that repeats it: curl and Python, byte for byte. */

import { button, h } from "./dom.js";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const address = (path) => new URL(path, document.baseURI).href;

/** `request` is `{path, accept, json, file, save}`: `file` names a body, `save` the answer's file. */
export function asCurl({ path, accept, json, file, save }) {
  const lines = [`curl -sf ${quote(address(path))}`];
  if (accept) lines.push(`-H ${quote(`accept: ${accept}`)}`);
  if (json) lines.push("-H 'content-type: application/json'", `-d ${quote(JSON.stringify(json))}`);
  if (file) lines.push(`-H 'content-type: ${file.type}'`, `--data-binary @${file.name}`);
  lines.push(`-o ${save}`);
  return lines.join(" \\\n  ");
}

/** The same with Python's standard library. */
export function asPython({ path, accept, json, file, save }) {
  const headers = {};
  if (accept) headers.accept = accept;
  if (json) headers["content-type"] = "application/json";
  if (file) headers["content-type"] = file.type;
  const lines = ["from pathlib import Path", "from urllib.request import Request, urlopen", ""];
  if (json) lines.push(`body = ${JSON.stringify(JSON.stringify(json))}.encode()`);
  if (file) lines.push(`body = Path(${JSON.stringify(file.name)}).read_bytes()`);
  const body = json || file ? "data=body, " : "";
  lines.push(
    `request = Request(${JSON.stringify(address(path))}, ${body}headers=${JSON.stringify(headers)})`,
  );
  lines.push(`Path(${JSON.stringify(save)}).write_bytes(urlopen(request).read())`);
  return lines.join("\n");
}

/** Two buttons that copy what `request()` gives at that moment. */
export function snippetButtons(atlas, request) {
  const copy = (write, name) =>
    button(
      `Copy as ${name}`,
      async () => {
        const text = write(request());
        await navigator.clipboard.writeText(text).catch(() => undefined);
        atlas.copied = text;
        atlas.say(`The ${name} request is on the clipboard.`, "done");
      },
      { class: "quiet" },
    );
  return h("div", { class: "row" }, copy(asCurl, "curl"), copy(asPython, "Python"));
}
