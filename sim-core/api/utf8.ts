/** UTF-8 bytes of a text. Lone surrogates become U+FFFD, as TextEncoder does. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 63);
      continue;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = text.charCodeAt(index + 1);
      if (code <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        index++;
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 63);
        bytes[at++] = 0x80 | ((code >> 6) & 63);
        bytes[at++] = 0x80 | (code & 63);
        continue;
      }
      code = 0xfffd;
    }
    bytes[at++] = 0xe0 | (code >> 12);
    bytes[at++] = 0x80 | ((code >> 6) & 63);
    bytes[at++] = 0x80 | (code & 63);
  }
  return bytes;
}

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    length += code < 0x800 ? 1 : 2;
    if (code >= 0xd800 && code <= 0xdbff) {
      const low = text.charCodeAt(index + 1);
      if (low >= 0xdc00 && low <= 0xdfff) index++;
    }
  }
  return length;
}

/** The text of UTF-8 bytes. What is no UTF-8 becomes U+FFFD, as TextDecoder does; a byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte < 0x80) {
      const start = at;
      while (at < bytes.length && bytes[at]! < 0x80 && at - start < 4096) at++;
      text += String.fromCharCode(...bytes.subarray(start, at));
      continue;
    }
    const length =
      byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
    let code = byte & (0xff >> (length + 1));
    let taken = 1;
    for (; taken < length; taken++) {
      const next = bytes[at + taken];
      if (next === undefined || !continues(byte, next, taken)) break;
      code = (code << 6) | (next & 63);
    }
    text += length === 0 || taken < length ? '\ufffd' : String.fromCodePoint(code);
    at += taken;
  }
  return text;
}

/** Whether bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  const again = encodeUtf8(decodeUtf8(bytes));
  return again.length === bytes.length && again.every((byte, index) => byte === bytes[index]);
}

/** Whether a byte may come `position` bytes after `first`: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
function continues(first: number, next: number, position: number): boolean {
  if (position > 1) return next >= 0x80 && next < 0xc0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0xa0 : first === 0xf4 ? 0x90 : 0xc0;
  return next >= low && next < high;
}
