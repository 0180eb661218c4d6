/** What the columns of items are called, and their units. */

/** Those that every model has; others have the name that they came with. @type {Record<string, string>} */
export const NAMES = {
  label: "Class",
  reconstruction: "Reconstruction error",
  kl: "KL",
  norm: "Norm of z",
  split: "Training or test",
  width: "Width of the file",
  height: "Height of the file",
};
/** @type {Record<string, string>} */
const UNITS = { reconstruction: "nats", kl: "nats", width: "pixels", height: "pixels" };

/** The name of a column with its unit. @param {string} column */
export const titleOf = (column) =>
  (NAMES[column] ?? column) + (UNITS[column] ? `, ${UNITS[column]}` : "");
