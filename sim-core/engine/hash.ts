/**
 * FNV-1a, 32 bits, over a string's UTF-16 code units (low byte, then high byte when it is not zero): for ASCII, the same
 * number as Go's `hash/fnv` gives. Used to split random streams and to shorten content into names.
 */
export function fnv32a(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    hash = Math.imul(hash ^ (code & 0xff), 0x01000193);
    if (code > 0xff) hash = Math.imul(hash ^ (code >>> 8), 0x01000193);
  }
  return hash >>> 0;
}
