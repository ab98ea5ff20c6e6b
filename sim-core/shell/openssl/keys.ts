import { decodeBase64, encodeBase64 } from '../../api/base64.ts';
import { bytesOf, element, INTEGER, OCTET_STRING, objectIdentifier, SEQUENCE, stringOf } from '../../api/der.ts';

/** What of the Web Cryptography API is used; pages and Node both have it. */
interface Subtle {
  generateKey(algorithm: object, extractable: boolean, usages: readonly string[]): Promise<{ privateKey: object }>;
  exportKey(format: string, key: object): Promise<ArrayBuffer & Record<string, string>>;
  importKey(
    format: string,
    data: object,
    algorithm: object,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<object>;
  sign(algorithm: string, key: object, data: Uint8Array): Promise<ArrayBuffer>;
}

interface WebCrypto {
  readonly subtle: Subtle;
  getRandomValues(bytes: Uint8Array): Uint8Array;
}

const { crypto } = globalThis as unknown as { crypto: WebCrypto };
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const RSA_IDENTIFIER = '1.2.840.113549.1.1.1';

/** A private RSA key: it signs with SHA-256, and shows its public half as DER (SubjectPublicKeyInfo). */
export interface PrivateKey {
  readonly pem: string;
  readonly publicKey: string;
  sign(bytes: string): Promise<string>;
}

export function pemOf(label: string, bytes: string): string {
  return `-----BEGIN ${label}-----\n${encodeBase64(bytes).replace(/.{64}(?!$)/g, '$&\n')}\n-----END ${label}-----\n`;
}

/** The DER of the first block with that label, as a string of code units 0–255. */
export function derIn(pem: string, label: string): string | undefined {
  const body = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END`).exec(pem)?.[1];
  return body === undefined ? undefined : decodeBase64(body.replace(/\s+/g, ''));
}

export function randomBytes(count: number): string {
  return stringOf(crypto.getRandomValues(new Uint8Array(count)));
}

export async function generateKey(bits: number): Promise<PrivateKey> {
  const { privateKey } = await crypto.subtle.generateKey(
    { ...RSA, modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  );
  return keyOf(privateKey);
}

/** Reads PKCS #8 or PKCS #1; undefined when there is no RSA key in the text. */
export async function readKey(pem: string): Promise<PrivateKey | undefined> {
  const old = derIn(pem, 'RSA PRIVATE KEY');
  const algorithm = element(SEQUENCE, objectIdentifier(RSA_IDENTIFIER), '\x05\0');
  const der =
    old === undefined
      ? derIn(pem, 'PRIVATE KEY')
      : element(SEQUENCE, element(INTEGER, '\0'), algorithm, element(OCTET_STRING, old));
  if (der === undefined) return undefined;
  try {
    return await keyOf(await crypto.subtle.importKey('pkcs8', bytesOf(der), RSA, true, ['sign']));
  } catch {
    return undefined;
  }
}

async function keyOf(key: object): Promise<PrivateKey> {
  const { subtle } = crypto;
  const { kty, n, e } = await subtle.exportKey('jwk', key);
  const open = await subtle.importKey('jwk', { kty, n, e }, RSA, true, ['verify']);
  const text = (buffer: ArrayBuffer) => stringOf(new Uint8Array(buffer));
  return {
    pem: pemOf('PRIVATE KEY', text(await subtle.exportKey('pkcs8', key))),
    publicKey: text(await subtle.exportKey('spki', open)),
    sign: async (bytes) => text(await subtle.sign(RSA.name, key, bytesOf(bytes))),
  };
}
