/** Any request as text that repeats it: curl and Python, byte for byte. */

/** @typedef {object} Snippet
 * @property {string} path
 * @property {string} [accept]
 * @property {unknown} [json] the body
 * @property {{type: string, name: string}} [file] the body
 * @property {string} save name of the answer's file */

/** @param {string} text */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
/** @param {string} path */
const address = (path) => new URL(path, document.baseURI).href;

/** @param {Snippet} request */
export function asCurl({ path, accept, json, file, save }) {
  const lines = [`curl -sf ${quote(address(path))}`];
  if (accept) lines.push(`-H ${quote(`accept: ${accept}`)}`);
  if (json) lines.push("-H 'content-type: application/json'", `-d ${quote(JSON.stringify(json))}`);
  if (file) lines.push(`-H 'content-type: ${file.type}'`, `--data-binary @${file.name}`);
  lines.push(`-o ${save}`);
  return lines.join(" \\\n  ");
}

/** The same with Python's standard library. @param {Snippet} request */
export function asPython({ path, accept, json, file, save }) {
  /** @type {Record<string, string>} */
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
