/** The prior, a standard normal: how far from the origin its mass is. */
/** @import {Vector} from "./plane.js" */

import { norm } from "./plane.js";

/** The norm of z against the shell where the prior's mass is: χ with d degrees of freedom.
 * @param {Vector} z */
export function shell(z) {
  const d = z.length;
  const length = norm(z);
  const centre = Math.sqrt(Math.max(d - 0.5, 0.5)); // χ's mean, to 1 % from d = 2 on
  return { length, centre, deviations: (length - centre) / Math.SQRT1_2 };
}
