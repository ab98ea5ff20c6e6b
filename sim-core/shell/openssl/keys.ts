import { bytesOf, element, INTEGER, OCTET_STRING, objectIdentifier, SEQUENCE, stringOf } from '../../api/der.ts';
import { firstPem, writePem } from '../../api/pem.ts';
import type { Subtle, WebCrypto } from '../shell-host.ts';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const RSA_IDENTIFIER = '1.2.840.113549.1.1.1';

/** A private RSA key: it signs with SHA-256, and shows its public half as DER (SubjectPublicKeyInfo). */
export interface PrivateKey {
  readonly pem: string;
  readonly publicKey: string;
  sign(bytes: string): Promise<string>;
}

export function randomBytes(crypto: WebCrypto, count: number): string {
  return stringOf(crypto.getRandomValues(new Uint8Array(count)));
}

export async function generateKey({ subtle }: WebCrypto, bits: number): Promise<PrivateKey> {
  const { privateKey } = await subtle.generateKey(
    { ...RSA, modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  );
  return keyOf(subtle, privateKey);
}

/** Reads PKCS #8 or PKCS #1; undefined when there is no RSA key in the text. */
export async function readKey({ subtle }: WebCrypto, pem: string): Promise<PrivateKey | undefined> {
  const old = firstPem(pem, 'RSA PRIVATE KEY');
  const algorithm = element(SEQUENCE, objectIdentifier(RSA_IDENTIFIER), '\x05\0');
  const der =
    old === undefined
      ? firstPem(pem, 'PRIVATE KEY')
      : element(SEQUENCE, element(INTEGER, '\0'), algorithm, element(OCTET_STRING, old));
  if (der === undefined) return undefined;
  try {
    return await keyOf(subtle, await subtle.importKey('pkcs8', bytesOf(der), RSA, true, ['sign']));
  } catch {
    return undefined;
  }
}

async function keyOf(subtle: Subtle, key: object): Promise<PrivateKey> {
  const { kty, n, e } = await subtle.exportKey('jwk', key);
  const open = await subtle.importKey('jwk', { kty, n, e }, RSA, true, ['verify']);
  const text = (buffer: ArrayBuffer) => stringOf(new Uint8Array(buffer));
  return {
    pem: writePem('PRIVATE KEY', text(await subtle.exportKey('pkcs8', key))),
    publicKey: text(await subtle.exportKey('spki', open)),
    sign: async (bytes) => text(await subtle.sign(RSA.name, key, bytesOf(bytes))),
  };
}
