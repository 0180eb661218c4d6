/** Buttons that copy a request as text. */
/** @import {Explorer} from "../map/actions.js" */
/** @import {Snippet} from "./request_text.js" */

import { button, row } from "./dom.js";

/** Two buttons that copy what `request()` gives at that moment.
 * @param {Explorer} explorer @param {() => Snippet} request */
export function snippetButtons({ say }, request) {
  const copy = (/** @type {"curl" | "Python"} */ name) =>
    button(`Copy as ${name}`, async () => {
      const [{ copyText }, { asCurl, asPython }] = await Promise.all([
        import("./copy_text.js"),
        import("./request_text.js"),
      ]);
      const text = (name === "curl" ? asCurl : asPython)(request());
      copyText(say, text, `The ${name} request`);
    });
  return row(copy("curl"), copy("Python"));
}
