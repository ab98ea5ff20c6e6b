import {
  BIT_STRING,
  BOOLEAN,
  element,
  elements,
  fromHex,
  hex,
  INTEGER,
  OCTET_STRING,
  objectIdentifier,
  SEQUENCE,
  utf8String,
} from '../../api/der.ts';
import { parseIP } from '../../api/ip.ts';
import { writePem } from '../../api/pem.ts';
import type { CertificateInfo } from '../../api/x509.ts';
import { civilTime, formatTime, type Micros } from '../../engine/index.ts';
import type { WebCrypto } from '../shell-host.ts';
import { type PrivateKey, randomBytes } from './keys.ts';

const SET = 0x31;
const PRINTABLE_STRING = 0x13;
const IA5_STRING = 0x16;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const NAMES: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  emailAddress: '1.2.840.113549.1.9.1',
};
const SIGNATURE = element(SEQUENCE, objectIdentifier('1.2.840.113549.1.1.11'), '\x05\0');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The DER of a name that is written `/C=KR/O=dev/CN=jane`. Throws an Error in OpenSSL's words. */
export function nameOf(subject: string): string {
  if (!subject.startsWith('/'))
    throw new Error(
      'subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: ' +
        `'${subject}'`,
    );
  const parts: string[] = [];
  for (const [, part = ''] of subject.matchAll(/\/((?:\\.|[^\\/])*)/g)) {
    if (part === '') continue;
    const [, type = '', value = ''] = /^([^=]*)=?([\s\S]*)$/.exec(part)!;
    const identifier = Object.hasOwn(NAMES, type) ? NAMES[type] : undefined;
    if (identifier === undefined) throw new Error(`Skipping unknown subject name attribute "${type}"`);
    const text = utf8String(value.replace(/\\(.)/g, '$1'));
    const tag = type === 'C' ? PRINTABLE_STRING : type === 'emailAddress' ? IA5_STRING : undefined;
    const shown = tag === undefined ? text : String.fromCharCode(tag) + text.slice(1);
    parts.push(element(SET, element(SEQUENCE, objectIdentifier(identifier), shown)));
  }
  return element(SEQUENCE, ...parts);
}

/** The extension of `subjectAltName=DNS:a,IP:10.0.0.1`; undefined for any other. */
export function alternativeNames(text: string): string | undefined {
  const list = /^\s*subjectAltName\s*=\s*(?:critical\s*,)?(.*)$/.exec(text)?.[1];
  if (list === undefined) return undefined;
  const names = list.split(',').map((each) => {
    const [, kind = '', value = ''] = /^\s*([A-Za-z]+):\s*(.*?)\s*$/.exec(each) ?? [];
    if (kind === 'IP') return element(0x87, addressBytes(value));
    return element(kind === 'email' ? 0x81 : kind === 'URI' ? 0x86 : 0x82, value);
  });
  return extension('2.5.29.17', element(SEQUENCE, ...names));
}

function addressBytes(text: string): string {
  const bytes = parseIP(text);
  if (bytes === undefined) throw new Error(`bad ip address: value=${text}`);
  return String.fromCharCode(...bytes);
}

export function extension(identifier: string, value: string, critical = false): string {
  return element(
    SEQUENCE,
    objectIdentifier(identifier),
    critical ? element(BOOLEAN, '\u00ff') : '',
    element(OCTET_STRING, value),
  );
}

/** What makes a certificate one of an authority. */
export const AUTHORITY = extension('2.5.29.19', element(SEQUENCE, element(BOOLEAN, '\u00ff')), true);

/** A certificate signing request (PKCS #10), as PEM. */
export async function makeRequest(key: PrivateKey, name: string, extensions: readonly string[]): Promise<string> {
  const asked =
    extensions.length === 0
      ? ''
      : element(SEQUENCE, objectIdentifier('1.2.840.113549.1.9.14'), element(SET, element(SEQUENCE, ...extensions)));
  return signed(
    'CERTIFICATE REQUEST',
    element(SEQUENCE, element(INTEGER, '\0'), name, key.publicKey, element(0xa0, asked)),
    key,
  );
}

export interface Order {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: string;
  readonly from: Micros;
  readonly days: number;
  readonly extensions: readonly string[];
}

const DAY = 86_400_000_000;

/** A certificate, as PEM. */
export async function makeCertificate(crypto: WebCrypto, order: Order, key: PrivateKey): Promise<string> {
  const { issuer, subject, publicKey, from, days, extensions } = order;
  const serial = String.fromCharCode(0x40 | (randomBytes(crypto, 1).charCodeAt(0) & 0x3f)) + randomBytes(crypto, 19);
  const body = element(
    SEQUENCE,
    element(0xa0, element(INTEGER, '\u0002')),
    element(INTEGER, serial),
    SIGNATURE,
    issuer,
    element(SEQUENCE, time(from), time(from + days * DAY)),
    subject,
    publicKey,
    extensions.length === 0 ? '' : element(0xa3, element(SEQUENCE, ...extensions)),
  );
  return signed('CERTIFICATE', body, key);
}

async function signed(label: string, body: string, key: PrivateKey): Promise<string> {
  return writePem(label, element(SEQUENCE, body, SIGNATURE, element(BIT_STRING, '\0', await key.sign(body))));
}

/** Years up to 2049 have two digits. */
function time(at: Micros): string {
  const digits = formatTime(at).replace(/[-:T]/g, '');
  return digits < '2050' ? element(UTC_TIME, digits.slice(2)) : element(GENERALIZED_TIME, digits);
}

/** The parts of a certificate's DER: serial number, names and public key. */
export function partsOf(der: string): { serial: string; subject: string; signer: string; publicKey: string } {
  const [whole] = elements(der, 0, der.length);
  const [body] = elements(der, whole!.start, whole!.end);
  const parts = elements(der, body!.start, body!.end);
  if (parts[0]!.tag === 0xa0) parts.shift();
  const slice = (index: number) => der.slice(parts[index]!.first, parts[index]!.end);
  const [algorithm] = elements(der, parts[1]!.start, parts[1]!.end);
  return { serial: hex(der, parts[0]!), subject: slice(4), publicKey: slice(5), signer: hex(der, algorithm!) };
}

const spaced = (name: string) =>
  name
    .split(',')
    .map((part) => part.replace('=', ' = '))
    .join(', ');

/** `Jan  5 09:00:00 2026 GMT` */
export function dateText(at: Micros): string {
  const { year, month, day, hour, minute, second } = civilTime(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${MONTHS[month - 1]} ${String(day).padStart(2)} ${two(hour)}:${two(minute)}:${two(second)} ${year} GMT`;
}

/** One line for each thing that was asked for: `-subject`, `-issuer`, `-dates`, `-serial` … */
export function answerTo(option: string, info: CertificateInfo, serial: string): string | undefined {
  const [from, to] = [`notBefore=${dateText(info.notBefore)}\n`, `notAfter=${dateText(info.notAfter)}\n`];
  switch (option) {
    case 'subject':
      return `subject=${spaced(info.subject)}\n`;
    case 'issuer':
      return `issuer=${spaced(info.issuer)}\n`;
    case 'startdate':
      return from;
    case 'enddate':
      return to;
    case 'dates':
      return from + to;
    case 'serial':
      return `serial=${serial.toUpperCase()}\n`;
    default:
      return undefined;
  }
}

/** `openssl x509 -text` */
export function textOf(info: CertificateInfo, der: string): string {
  const { serial, publicKey, signer } = partsOf(der);
  const rsa = publicKey.includes(fromHex('2a864886f70d010101'));
  const algorithm = signer === '2a864886f70d01010b' ? 'sha256WithRSAEncryption' : 'ecdsa-with-SHA256';
  const size = rsa ? Math.round((publicKey.length - 38) / 128) * 1024 : 256;
  const names = info.names.map((name) => `${/^[\d.]+$/.test(name) ? 'IP Address' : 'DNS'}:${name}`).join(', ');
  return [
    'Certificate:',
    '    Data:',
    '        Version: 3 (0x2)',
    '        Serial Number:',
    `            ${serial.replace(/..(?!$)/g, '$&:')}`,
    `        Signature Algorithm: ${algorithm}`,
    `        Issuer: ${spaced(info.issuer)}`,
    '        Validity',
    `            Not Before: ${dateText(info.notBefore)}`,
    `            Not After : ${dateText(info.notAfter)}`,
    `        Subject: ${spaced(info.subject)}`,
    '        Subject Public Key Info:',
    `            Public Key Algorithm: ${rsa ? 'rsaEncryption' : 'id-ecPublicKey'}`,
    `                Public-Key: (${size} bit)`,
    ...(names === ''
      ? []
      : ['        X509v3 extensions:', '            X509v3 Subject Alternative Name: ', `                ${names}`]),
    `    Signature Algorithm: ${algorithm}`,
    '',
  ].join('\n');
}
