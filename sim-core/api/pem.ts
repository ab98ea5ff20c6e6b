import { decodeBase64, encodeBase64, isBase64 } from './base64.ts';

/** A block of PEM (RFC 7468): its label, and the bytes in it as a string of code units 0–255. */
export interface PemBlock {
  readonly label: string;
  readonly der: string;
}

/** Bytes as a block of PEM, in lines of 64 characters. */
export function writePem(label: string, der: string): string {
  return `-----BEGIN ${label}-----\n${encodeBase64(der).replace(/.{64}(?!$)/g, '$&\n')}\n-----END ${label}-----\n`;
}

/** The blocks of a text, in order. What stands around them is passed over, as are blocks with headers or without base64 in them. */
export function readPem(text: string): PemBlock[] {
  const found: PemBlock[] = [];
  for (const [, label = '', body = '', end] of text.matchAll(
    /^-----BEGIN ([^\n-]*)-----([^-]*)-----END ([^\n-]*)-----/gm,
  )) {
    const packed = body.replace(/\s+/g, '');
    if (label === end && packed !== '' && isBase64(packed)) found.push({ label, der: decodeBase64(packed) });
  }
  return found;
}

/** The bytes of the first block with one of those labels. */
export function firstPem(text: string, ...labels: readonly string[]): string | undefined {
  return readPem(text).find(({ label }) => labels.includes(label))?.der;
}
