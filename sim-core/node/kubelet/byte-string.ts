import { decodeUtf8, encodeUtf8 } from '../../api/utf8.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

/** The UTF-8 bytes of a text, one per code unit, as connections through the API server carry them. */
export function toByteString(text: string): string {
  if (ASCII.test(text)) return text;
  let bytes = '';
  for (const byte of encodeUtf8(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** The text of UTF-8 bytes given one per code unit. */
export function fromByteString(bytes: string): string {
  if (ASCII.test(bytes)) return bytes;
  const array = new Uint8Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) array[index] = bytes.charCodeAt(index);
  return decodeUtf8(array);
}
