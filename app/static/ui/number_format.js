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
