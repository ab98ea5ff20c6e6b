import { byteString, bytesOfString } from './byte-string.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** One element of DER: its tag, where it begins, and the place of its content. */
export interface Element {
  readonly tag: number;
  readonly first: number;
  readonly start: number;
  readonly end: number;
}

export const SEQUENCE = 0x30;
export const OBJECT_IDENTIFIER = 0x06;
export const OCTET_STRING = 0x04;
export const BIT_STRING = 0x03;
export const INTEGER = 0x02;
export const BOOLEAN = 0x01;
const UTF8_STRING = 0x0c;

/** The elements one after the other in a stretch of DER, given as a string of code units 0–255. What does not fit ends the list. */
export function elements(bytes: string, start: number, end: number): Element[] {
  const found: Element[] = [];
  let at = start;
  while (at + 2 <= end) {
    const first = at;
    const tag = bytes.charCodeAt(at);
    let length = bytes.charCodeAt(at + 1);
    at += 2;
    if (length > 0x80) {
      const digits = length - 0x80;
      if (digits > 4 || at + digits > end) return found;
      length = 0;
      for (let index = 0; index < digits; index++) length = length * 256 + bytes.charCodeAt(at++);
    }
    if (at + length > end) return found;
    found.push({ tag, first, start: at, end: at + length });
    at += length;
  }
  return found;
}

/** The elements within one. */
export function within(bytes: string, { start, end }: Element): Element[] {
  return elements(bytes, start, end);
}

/** The parts of some DER that is a sequence, as certificates, keys and lists are; of anything else none. */
export function partsOf(bytes: string): Element[] {
  const [whole] = elements(bytes, 0, bytes.length);
  return whole?.tag === SEQUENCE ? within(bytes, whole) : [];
}

/** An element's content. */
export function contentOf(bytes: string, { start, end }: Element): string {
  return bytes.slice(start, end);
}

/** An element's content in hexadecimal. */
export function hex(bytes: string, { start, end }: Pick<Element, 'start' | 'end'>): string {
  let text = '';
  for (let at = start; at < end; at++) text += bytes.charCodeAt(at).toString(16).padStart(2, '0');
  return text;
}

/** All of some bytes in hexadecimal. */
export function hexOf(bytes: string): string {
  return hex(bytes, { start: 0, end: bytes.length });
}

/** An element's content as a text in UTF-8. */
export function textOf(bytes: string, content: Element): string {
  return decodeUtf8(bytesOfString(contentOf(bytes, content)));
}

/** An element with its tag and length. */
export function wholeOf(bytes: string, { first, end }: Element): string {
  return bytes.slice(first, end);
}

/** An element of its contents, one after the other. */
export function element(tag: number, ...contents: readonly string[]): string {
  const content = contents.join('');
  const { length } = content;
  if (length < 0x80) return String.fromCharCode(tag, length) + content;
  let digits = '';
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits = String.fromCharCode(rest % 256) + digits;
  return String.fromCharCode(tag, 0x80 + digits.length) + digits + content;
}

/** Bytes in hexadecimal as a string of code units. */
export function fromHex(text: string): string {
  return text.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
}

/** `2.5.29.15` as an element. */
export function objectIdentifier(dotted: string): string {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const digits = [first * 40 + second, ...rest].map((part) => {
    let text = String.fromCharCode(part % 128);
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      text = String.fromCharCode(0x80 + (left % 128)) + text;
    return text;
  });
  return element(OBJECT_IDENTIFIER, ...digits);
}

export function utf8String(text: string): string {
  return element(UTF8_STRING, byteString(encodeUtf8(text)));
}
