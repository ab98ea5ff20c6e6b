import { sha1 } from '@noble/hashes/legacy.js';
import { byteString, bytesOfString } from '../../api/byte-string.ts';
import {
  BIT_STRING,
  BOOLEAN,
  contentOf,
  type Element,
  element,
  hex,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  objectIdentifier,
  partsOf,
  SEQUENCE,
  textOf,
  utf8String,
  wholeOf,
  within,
} from '../../api/der.ts';
import { derTime } from '../../api/x509-issue.ts';
import { type Micros, parseTime } from '../../engine/index.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { integer, type PrivateKey, type PublicKey, publicKeyOf } from './keys.ts';

const SET = 0x31;
const PRINTABLE_STRING = 0x13;
const IA5_STRING = 0x16;
const UTC_TIME = 0x17;
const EXTENSION_REQUEST = objectIdentifier('1.2.840.113549.1.9.14');

const NAMES: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  emailAddress: '1.2.840.113549.1.9.1',
};
const TYPES = new Map(Object.entries(NAMES).map(([type, identifier]) => [objectIdentifier(identifier), type]));

/** The DER of a name of such parts. Throws ToolError for a type that nobody knows. */
export function nameFrom(parts: readonly (readonly [type: string, value: string])[]): string {
  return element(
    SEQUENCE,
    ...parts.map(([type, value]) => {
      const identifier = Object.hasOwn(NAMES, type) ? NAMES[type]! : undefined;
      if (identifier === undefined) throw new ToolError(`Skipping unknown subject name attribute "${type}"`);
      const text = utf8String(value);
      const tag = type === 'C' ? PRINTABLE_STRING : type === 'emailAddress' ? IA5_STRING : text.charCodeAt(0);
      return element(SET, element(SEQUENCE, objectIdentifier(identifier), String.fromCharCode(tag) + text.slice(1)));
    }),
  );
}

/** The DER of a name that is written `/C=KR/O=dev/CN=jane`. Throws ToolError in OpenSSL's words. */
export function nameOf(subject: string): string {
  if (!subject.startsWith('/'))
    throw new ToolError(
      `subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: '${subject}'`,
    );
  const parts: [string, string][] = [];
  for (const [, part = ''] of subject.matchAll(/\/((?:\\.|[^\\/])*)/g)) {
    const equals = part.indexOf('=');
    if (part !== '') parts.push([part.slice(0, equals), part.slice(equals + 1).replace(/\\(.)/g, '$1')]);
  }
  return nameFrom(parts);
}

function nameParts(der: string): (readonly [string, string])[] {
  return partsOf(der).flatMap((set) =>
    within(der, set).flatMap((pair) => {
      const [type, value] = within(der, pair);
      if (type?.tag !== OBJECT_IDENTIFIER || value === undefined) return [];
      return [[TYPES.get(wholeOf(der, type)) ?? dotted(der, type), textOf(der, value)] as const];
    }),
  );
}

/** An object identifier in numbers. */
export function dotted(der: string, { start, end }: Element): string {
  const numbers: number[] = [];
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = der.charCodeAt(at);
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (numbers.length > 0) numbers.push(value);
    else numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    value = 0;
  }
  return numbers.join('.');
}

/** `O = dev, CN = jane`; in the way of RFC 2253 `CN=jane,O=dev`. */
export function nameText(der: string, rfc2253 = false): string {
  const parts = nameParts(der);
  if (!rfc2253) return parts.map(([type, value]) => `${type} = ${value}`).join(', ');
  return parts
    .reverse()
    .map(([type, value]) => `${type}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`)
    .join(',');
}

/** An extension of a certificate: `value` is the DER within. */
export interface Extension {
  /** In numbers. */
  readonly identifier: string;
  readonly critical: boolean;
  readonly value: string;
}

/** The extensions in a list of them, which stands at an element. */
function extensionsIn(der: string, list: Element | undefined): Extension[] {
  return (list === undefined ? [] : within(der, list)).flatMap((each) => {
    const [type, ...rest] = within(der, each);
    const value = rest.at(-1);
    if (type === undefined || value?.tag !== OCTET_STRING) return [];
    const critical = rest[0]!.tag === BOOLEAN;
    return [{ identifier: dotted(der, type), critical, value: contentOf(der, value) }];
  });
}

/** What certificates and signing requests have in common. */
export interface Signed {
  readonly der: string;
  /** What is signed, the identifier of the algorithm, and the signature. */
  readonly body: string;
  readonly algorithm: string;
  readonly signature: string;
  readonly subject: string;
  /** SubjectPublicKeyInfo, and the key where it is of a kind that is known. */
  readonly publicKey: string;
  readonly key: PublicKey | undefined;
  readonly extensions: readonly Extension[];
}

export interface Certificate extends Signed {
  readonly version: number;
  readonly serial: bigint;
  readonly issuer: string;
  readonly notBefore: Micros;
  readonly notAfter: Micros;
}

function signedParts(der: string) {
  const [body, algorithm, signature] = partsOf(der);
  if (body?.tag !== SEQUENCE || algorithm === undefined || signature?.tag !== BIT_STRING) return undefined;
  return {
    parts: within(der, body),
    common: {
      der,
      body: wholeOf(der, body),
      algorithm: wholeOf(der, algorithm),
      signature: der.slice(signature.start + 1, signature.end),
    },
  };
}

/** Reads a certificate's DER; undefined when it is none. */
export function certificateOf(der: string): Certificate | undefined {
  const found = signedParts(der);
  if (found === undefined) return undefined;
  const { parts, common } = found;
  const version = parts[0]?.tag === 0xa0 ? der.charCodeAt(parts.shift()!.end - 1) + 1 : 1;
  const [serial, , issuer, validity, subject, key, ...rest] = parts;
  if (serial === undefined || issuer === undefined || validity === undefined) return undefined;
  if (subject === undefined || key === undefined) return undefined;
  const [from, to] = within(der, validity).map((one) => timeOf(der, one));
  if (from === undefined || to === undefined) return undefined;
  const wrapped = rest.find(({ tag }) => tag === 0xa3);
  const publicKey = wholeOf(der, key);
  return {
    ...common,
    version,
    serial: BigInt(`0x0${hex(der, serial)}`),
    issuer: wholeOf(der, issuer),
    subject: wholeOf(der, subject),
    publicKey,
    key: publicKeyOf(publicKey),
    extensions: wrapped === undefined ? [] : extensionsIn(der, within(der, wrapped)[0]),
    notBefore: from,
    notAfter: to,
  };
}

/** Reads the DER of a signing request (PKCS #10); undefined when it is none. */
export function requestOf(der: string): Signed | undefined {
  const found = signedParts(der);
  if (found === undefined) return undefined;
  const { parts, common } = found;
  const [, subject, key, attributes] = parts;
  if (subject?.tag !== SEQUENCE || key?.tag !== SEQUENCE) return undefined;
  let extensions: Extension[] = [];
  for (const attribute of attributes === undefined ? [] : within(der, attributes)) {
    const [type, values] = within(der, attribute);
    if (type === undefined || values === undefined || wholeOf(der, type) !== EXTENSION_REQUEST) continue;
    extensions = extensionsIn(der, within(der, values)[0]);
  }
  const publicKey = wholeOf(der, key);
  return { ...common, subject: wholeOf(der, subject), publicKey, key: publicKeyOf(publicKey), extensions };
}

/** UTCTime has two digits of the year, those from 50 on of the last century. */
function timeOf(der: string, time: Element): Micros | undefined {
  const text = contentOf(der, time);
  const full = time.tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  return parseTime(full.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** What identifies a public key: SHA-1 of the bits of it. */
export function keyIdentifier({ content }: PublicKey): string {
  return byteString(sha1(bytesOfString(content)));
}

function signed(body: string, key: PrivateKey): string {
  return element(SEQUENCE, body, key.algorithm, element(BIT_STRING, '\0', key.sign(body)));
}

/** The DER of a signing request (PKCS #10). */
export function makeRequest(key: PrivateKey, name: string, extensions: readonly string[]): string {
  const asked = element(SEQUENCE, EXTENSION_REQUEST, element(SET, element(SEQUENCE, ...extensions)));
  const attributes = element(0xa0, extensions.length === 0 ? '' : asked);
  return signed(element(SEQUENCE, integer(0n), name, key.open.der, attributes), key);
}

interface Order {
  readonly serial: bigint;
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: string;
  readonly from: Micros;
  readonly days: number;
  readonly extensions: readonly string[];
}

const DAY = 86_400_000_000;

/** The DER of a certificate; without extensions it is of version 1. */
export function makeCertificate({ serial, from, days, extensions, ...order }: Order, key: PrivateKey): string {
  const body = element(
    SEQUENCE,
    extensions.length === 0 ? '' : element(0xa0, integer(2n)),
    integer(serial),
    key.algorithm,
    order.issuer,
    element(SEQUENCE, derTime(from), derTime(from + days * DAY)),
    order.subject,
    order.publicKey,
    extensions.length === 0 ? '' : element(0xa3, element(SEQUENCE, ...extensions)),
  );
  return signed(body, key);
}
