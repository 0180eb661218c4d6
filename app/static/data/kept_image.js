/** A person's own image across reloads: a small one in the address, a larger one in this browser. */

const MOST = 1500; // bytes of an image in the address
const KEPT = "vae-atlas-image-"; // in the browser's storage

/** @param {Uint8Array} bytes */
const toText = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Write an image as the address holds it; undefined if it can be kept nowhere. @param {Blob} blob */
export async function keepImage(blob) {
  const text = toText(new Uint8Array(await blob.arrayBuffer()));
  if (blob.size <= MOST) return text.replaceAll("+", "-").replaceAll("/", "_");
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(KEPT)) localStorage.removeItem(key); // one is kept
    }
    const name = `${KEPT}${Date.now()}`;
    localStorage.setItem(name, text);
    return name;
  } catch {
    return undefined;
  }
}

/** Whether the address holds only the name of an image. @param {string} [own] */
export const isKept = (own) => own?.startsWith(KEPT) ?? false;

/** Read what `keepImage` wrote; null where that is not kept. @param {string} own */
export function findImage(own) {
  try {
    const text = isKept(own) ? localStorage.getItem(own) : own;
    const binary = atob((text ?? "!").replaceAll("-", "+").replaceAll("_", "/"));
    return new Blob([Uint8Array.from(binary, (c) => c.charCodeAt(0))], { type: "image/png" });
  } catch {
    return null;
  }
}
