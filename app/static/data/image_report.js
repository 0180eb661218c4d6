/** What the service makes of one image: its posterior, its score, its reconstruction. */
/** @import {Model} from "./api_client.js" */
/** @import {Values} from "./state.js" */

import { getJSON, send } from "./api_client.js";

/** @typedef {NonNullable<Values["ownImage"]>} ImageReport */

/** Encode, score and reconstruct one image.
 * @param {Model} model @param {Blob} blob
 * @param {{name: string, own?: string}} file its name, and how the address holds it
 * @returns {Promise<ImageReport>} */
export async function report(model, blob, { name, own }) {
  const post = { method: "POST", body: blob, headers: { "content-type": blob.type } };
  const picture = send(model.path("reconstruct", { layout: "compare" }), {
    ...post,
    headers: { ...post.headers, accept: "image/png" },
  }).then((answer) => answer.blob());
  const [code, score, compare] = await Promise.all([
    getJSON(model.path("encode"), post),
    getJSON(model.path("score"), post),
    picture,
  ]);
  return {
    name,
    own,
    blob,
    compare,
    zMean: Float32Array.from(code.z_mean[0]),
    zLogVar: code.z_log_var[0],
    kl: code.kl[0],
    score: score.score[0],
    reconstruction: score.reconstruction[0],
    klTotal: score.kl[0],
  };
}
