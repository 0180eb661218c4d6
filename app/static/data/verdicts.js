/** What a person has said of reviewed items: kept in the browser, saved as CSV. */

/** @typedef {"right" | "wrong" | "hide"} Verdict */
/** @typedef {{list: string, id: number, path: string, finding: string, verdict: Verdict}} Said */

const HEAD = /** @type {const} */ (["list", "id", "path", "finding", "verdict"]);
const QUOTED = /[",\r\n]/;
const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet would compute it

/** Write one cell. @param {string | number} value */
function cell(value) {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Verdicts on the items of one model. A reload brings them back, where the browser may keep them. */
export class Verdicts {
  /** @param {string} fingerprint of the model */
  constructor(fingerprint) {
    this.key = `vae-atlas-review-${fingerprint}`;
    /** @type {Map<string, Said>} */
    this.said = new Map();
    try {
      this.said = new Map(JSON.parse(localStorage.getItem(this.key) ?? "[]"));
    } catch {
      // a browser that keeps nothing, or something else under this key
    }
  }

  /** @param {string} list @param {number} id */
  of(list, id) {
    return this.said.get(`${list} ${id}`)?.verdict;
  }

  /** Take a verdict, or take it back. @param {Said} said */
  toggle(said) {
    const name = `${said.list} ${said.id}`;
    if (this.said.get(name)?.verdict === said.verdict) this.said.delete(name);
    else this.said.set(name, said);
    try {
      localStorage.setItem(this.key, JSON.stringify([...this.said]));
    } catch {
      // they last as long as the page
    }
  }

  /** All of them, one a line. */
  csv() {
    const rows = Array.from(this.said.values(), (said) => HEAD.map((name) => cell(said[name])));
    return `${[HEAD, ...rows].map((row) => row.join(",")).join("\r\n")}\r\n`;
  }
}
