import { p256 } from '@noble/curves/nist.js';
import { byteString, bytesOfString } from '../../api/byte-string.ts';
import {
  BIT_STRING,
  contentOf,
  type Element,
  element,
  fromHex,
  hex,
  hexOf,
  INTEGER,
  OCTET_STRING,
  objectIdentifier,
  partsOf,
  SEQUENCE,
  wholeOf,
} from '../../api/der.ts';
import { readPem } from '../../api/pem.ts';
import { sha256Hex } from '../../api/sha256.ts';

/** DER is a string of code units 0–255 throughout. */
const RSA = element(SEQUENCE, objectIdentifier('1.2.840.113549.1.1.1'), '\x05\0');
const CURVE = objectIdentifier('1.2.840.10045.3.1.7');
const EC = element(SEQUENCE, objectIdentifier('1.2.840.10045.2.1'), CURVE);
const SHA256_WITH_RSA = element(SEQUENCE, objectIdentifier('1.2.840.113549.1.1.11'), '\x05\0');
const ECDSA_WITH_SHA256 = element(SEQUENCE, objectIdentifier('1.2.840.10045.4.3.2'));
/** What stands before the hash in a signature of PKCS #1: it was made with SHA-256. */
const SHA256_MARK = fromHex('3031300d060960864801650304020105000420');

/** A public key: `der` is its SubjectPublicKeyInfo. */
export interface PublicKey {
  readonly kind: 'RSA' | 'EC';
  readonly der: string;
  readonly bits: number;
  /** Of RSA keys. */
  readonly modulus: bigint;
  readonly exponent: bigint;
  /** The contents of the bit string: of EC keys the point. */
  readonly content: string;
}

/** A private key of RSA or of the curve P-256. */
export interface PrivateKey {
  readonly open: PublicKey;
  /** PKCS #8. */
  readonly der: string;
  /** The form of its kind alone: PKCS #1, SEC 1. */
  readonly plain: string;
  /** What certificates call its signatures: an AlgorithmIdentifier. */
  readonly algorithm: string;
  /** Signs with SHA-256. */
  sign(bytes: string): string;
  /** Whether its parts belong together. */
  check(): boolean;
}

const numberOf = (der: string, part: Element) => BigInt(`0x0${hex(der, part)}`);

/** A number as an element: with a zero before it where its first bit is set. */
export function integer(value: bigint): string {
  const text = value.toString(16);
  const even = text.length % 2 === 0 ? text : `0${text}`;
  return element(INTEGER, fromHex(/^[89a-f]/.test(even) ? `00${even}` : even));
}

/** base^exponent modulo a number. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  const start = base % modulus;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * start) % modulus;
  }
  return result;
}

/** Reads a SubjectPublicKeyInfo; undefined for keys of other kinds, and for numbers that are no key. */
export function publicKeyOf(der: string): PublicKey | undefined {
  const [algorithm, key] = partsOf(der);
  if (algorithm === undefined || key?.tag !== BIT_STRING) return undefined;
  const content = der.slice(key.start + 1, key.end);
  const kind = wholeOf(der, algorithm);
  if (kind === EC) return { kind: 'EC', der, bits: 256, modulus: 0n, exponent: 0n, content };
  const [modulus, exponent] = partsOf(content);
  if (kind !== RSA || modulus === undefined || exponent === undefined) return undefined;
  const n = numberOf(content, modulus);
  if (n < 2n) return undefined;
  return { kind: 'RSA', der, bits: n.toString(2).length, modulus: n, exponent: numberOf(content, exponent), content };
}

function padded(bytes: string, length: number): bigint {
  const tail = SHA256_MARK + fromHex(sha256Hex(bytesOfString(bytes)));
  const text = `\0\x01${'\u00ff'.repeat(Math.max(0, length - 3 - tail.length))}\0${tail}`;
  return BigInt(`0x${hexOf(text)}`);
}

/** Whether a key has made a signature with SHA-256. */
export function verifies(key: PublicKey, bytes: string, signature: string): boolean {
  if (key.kind === 'RSA') {
    const length = Math.ceil(key.bits / 8);
    const value = BigInt(`0x0${hexOf(signature)}`);
    return power(value, key.exponent, key.modulus) === padded(bytes, length);
  }
  try {
    return p256.verify(bytesOfString(signature), bytesOfString(bytes), bytesOfString(key.content), {
      format: 'der',
      lowS: false,
    });
  } catch {
    // Not a signature of this kind.
    return false;
  }
}

const pkcs8 = (algorithm: string, plain: string) =>
  element(SEQUENCE, element(INTEGER, '\0'), algorithm, element(OCTET_STRING, plain));

/** Of the numbers that PKCS #1 lists: modulus, exponents, primes and what follows from them. */
function rsaKey(plain: string, numbers: readonly bigint[]): PrivateKey {
  const [, n = 0n, e = 0n, d = 0n, p = 0n, q = 0n] = numbers;
  const open = publicKeyOf(
    element(SEQUENCE, RSA, element(BIT_STRING, '\0', element(SEQUENCE, integer(n), integer(e)))),
  )!;
  const length = Math.ceil(open.bits / 8);
  return {
    open,
    der: pkcs8(RSA, plain),
    plain,
    algorithm: SHA256_WITH_RSA,
    sign: (bytes) =>
      fromHex(
        power(padded(bytes, length), d, n)
          .toString(16)
          .padStart(2 * length, '0'),
      ),
    check: () => p * q === n && power(power(2n, e, n), d, n) === 2n,
  };
}

function ecKey(secret: string): PrivateKey {
  const bytes = bytesOfString(secret);
  const content = byteString(p256.getPublicKey(bytes, false));
  const open = publicKeyOf(element(SEQUENCE, EC, element(BIT_STRING, '\0', content)))!;
  const head = [element(INTEGER, '\u0001'), element(OCTET_STRING, secret)];
  const point = element(0xa1, element(BIT_STRING, '\0', content));
  return {
    open,
    der: pkcs8(EC, element(SEQUENCE, ...head, point)),
    plain: element(SEQUENCE, ...head, element(0xa0, CURVE), point),
    algorithm: ECDSA_WITH_SHA256,
    sign: (text) => byteString(p256.sign(bytesOfString(text), bytes, { format: 'der', lowS: false })),
    check: () => true,
  };
}

/** Reads PKCS #8, PKCS #1 or SEC 1; undefined for what is no such key. */
export function privateKeyOf(der: string): PrivateKey | undefined {
  const parts = partsOf(der);
  const [version, second, third] = parts;
  if (version?.tag !== INTEGER || second === undefined) return undefined;
  if (second.tag === SEQUENCE && third !== undefined) return privateKeyOf(contentOf(der, third));
  if (second.tag === OCTET_STRING) {
    const secret = contentOf(der, second);
    return p256.utils.isValidSecretKey(bytesOfString(secret)) ? ecKey(secret) : undefined;
  }
  const numbers = parts.map((part) => numberOf(der, part));
  return numbers.length === 9 && numbers[1]! > 3n ? rsaKey(der, numbers) : undefined;
}

/** The private key in a text of PEM, or in DER. */
export function readPrivateKey(text: string, form = 'PEM'): PrivateKey | undefined {
  if (form === 'DER') return privateKeyOf(text);
  const block = readPem(text).find(({ label }) => label.endsWith('PRIVATE KEY'));
  return block === undefined ? undefined : privateKeyOf(block.der);
}

/** A key of RSA from two primes. */
export function rsaKeyOf(p: bigint, q: bigint): PrivateKey {
  const [n, e] = [p * q, 65_537n];
  const d = inverse(e, (p - 1n) * (q - 1n));
  const numbers = [0n, n, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)];
  return rsaKey(element(SEQUENCE, ...numbers.map(integer)), numbers);
}

/** A key of the curve P-256 from 32 random bytes. */
export const ecKeyOf = ecKey;

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [a, b] = [b % a, a];
    [x, y] = [y - quotient * x, x];
    if (a === 0n) break;
  }
  return ((x % modulus) + modulus) % modulus;
}
