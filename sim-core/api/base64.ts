import { byteString, bytesOfString } from './byte-string.ts';
import { encodeUtf8 } from './utf8.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of bytes given as a string of code units 0–255. */
export function encodeBase64(bytes: string): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const b = bytes.charCodeAt(index + 1);
    const c = bytes.charCodeAt(index + 2);
    const bits = (bytes.charCodeAt(index) << 16) | ((b || 0) << 8) | (c || 0);
    text += ALPHABET[(bits >> 18) & 63]! + ALPHABET[(bits >> 12) & 63]!;
    text += index + 1 < bytes.length ? ALPHABET[(bits >> 6) & 63]! : '=';
    text += index + 2 < bytes.length ? ALPHABET[bits & 63]! : '=';
  }
  return text;
}

/** Whether a text is standard base64 with its padding. */
export function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

/** The bytes of a base64 text, as a string of code units 0–255. Throws a SyntaxError when it is not base64. */
export function decodeBase64(text: string): string {
  if (!isBase64(text)) throw new SyntaxError('illegal base64 data');
  let bytes = '';
  for (let index = 0; index < text.length; index += 4) {
    const value = (offset: number) => Math.max(0, ALPHABET.indexOf(text[index + offset]!));
    const bits = (value(0) << 18) | (value(1) << 12) | (value(2) << 6) | value(3);
    bytes += String.fromCharCode((bits >> 16) & 255);
    if (text[index + 2] !== '=') bytes += String.fromCharCode((bits >> 8) & 255);
    if (text[index + 3] !== '=') bytes += String.fromCharCode(bits & 255);
  }
  return bytes;
}

/** Base64 of a text's UTF-8 bytes. */
export function base64OfText(text: string): string {
  return base64OfBytes(encodeUtf8(text));
}

export function base64OfBytes(bytes: Uint8Array): string {
  return encodeBase64(byteString(bytes));
}

/** The bytes of standard base64, line breaks aside; undefined where the text is none. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const clean = text.replace(/[\r\n]/g, '');
  return isBase64(clean) ? bytesOfString(decodeBase64(clean)) : undefined;
}
