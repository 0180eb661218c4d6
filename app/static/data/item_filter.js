/** The filter of items: the text of a query that the service's `items` answers. */
/** @import {Model} from "./api_client.js" */

import { send } from "./api_client.js";

/** Ask which items a filter lets through. @param {Model} model @param {string} filter */
export async function idsPassing(model, filter) {
  const answer = await send(`${model.path("items", { format: "npy" })}&${filter}`);
  const buffer = await answer.arrayBuffer();
  const start = 10 + new DataView(buffer).getUint16(8, true); // after npy's header
  return new Uint32Array(buffer.slice(start));
}

/** Change a filter: the values of one parameter. @param {string} filter @param {string} name
 * @param {string[]} values empty ones are left out */
export function withValues(filter, name, values) {
  const query = new URLSearchParams(filter);
  query.delete(name);
  for (const value of values.filter(Boolean)) query.append(name, value);
  return query.toString();
}
