/** Numbers as a reader wants them. */

/** Write a number: fixed digits, a true minus. @param {number} value */
export function figure(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/** Write a count with thin spaces between thousands. @param {number} value */
export function count(value) {
  return value.toLocaleString("en").replaceAll(",", "\u2009");
}

/** Write how many items. @param {number} n */
export const items = (n) => `${count(n)} ${n === 1 ? "item" : "items"}`;

/** Write any number in four digits. @param {number} value */
export const short = (value) => String(Number(value.toPrecision(4))).replace("-", "−");

/** Write days since 1970 as a date. @param {number} days */
export const day = (days) => new Date(days * 864e5).toISOString().slice(0, 10);
