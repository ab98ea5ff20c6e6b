import { parseTime } from '../engine/index.ts';
import {
  contentOf,
  type Element,
  hex,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  partsOf,
  SEQUENCE,
  textOf,
  wholeOf,
  within,
} from './der.ts';
import { firstPem, readPem } from './pem.ts';

/** What of an X.509 certificate somebody looks at: whom it stands for, who says so, and for how long. */
export interface CertificateInfo {
  /** In the order of the certificate: `CN=shop.example.com,O=Shop`. */
  readonly subject: string;
  readonly issuer: string;
  /** Whom it makes a client: the common name is the user, organizations are the groups. */
  readonly owner: { readonly commonName: string; readonly organizations: readonly string[] };
  /** DNS names and IPv4 addresses of the subject alternative name. */
  readonly names: readonly string[];
  /** Microseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const UTC_TIME = 0x17;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const EMAIL = 0x81;
const DNS_NAME = 0x82;
const URI = 0x86;
const IP_ADDRESS = 0x87;
const SUBJECT_ALTERNATIVE_NAME = '551d11';
const EXTENSION_REQUEST = '2a864886f70d01090e';
const ATTRIBUTES: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550405': 'SERIALNUMBER',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '55040a': 'O',
  '55040b': 'OU',
};

/** The certificates in a PEM text, in order; those that cannot be read are left out. */
export function parseCertificates(pem: string): CertificateInfo[] {
  return readPem(pem).flatMap(({ label, der }) => (label === 'CERTIFICATE' ? (parseDer(der) ?? []) : []));
}

/** What a certificate signing request (PKCS #10) asks for. */
export interface CertificateRequestInfo {
  /** The subject's parts by their short names (CN, O, OU, C, L, ST, SERIALNUMBER), each in order. */
  readonly subject: Readonly<Record<string, readonly string[]>>;
  /** DNS names and IPv4 addresses of the alternative name that is asked for. */
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  /** DER of what a certificate takes over as it is; `alternativeNames` is the value of the extension. */
  readonly raw: { readonly subject: string; readonly publicKey: string; readonly alternativeNames?: string };
}

/** The first certificate signing request in a PEM text; `undefined` when there is none that can be read. */
export function parseCertificateRequest(pem: string): CertificateRequestInfo | undefined {
  const bytes = firstPem(pem, 'CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST');
  if (bytes === undefined) return undefined;
  const [asked] = partsOf(bytes);
  const [, subject, publicKey, attributes] = asked?.tag === SEQUENCE ? within(bytes, asked) : [];
  if (subject === undefined || publicKey === undefined) return undefined;
  const parts: Record<string, string[]> = {};
  for (const [label, value] of nameParts(bytes, subject)) parts[label] = [...(parts[label] ?? []), value];
  const extension = attributes === undefined ? undefined : requestedNames(bytes, attributes);
  const named = (tag: number) => (extension === undefined ? [] : generalNames(bytes, extension, tag));
  return {
    subject: parts,
    dnsNames: named(DNS_NAME),
    addresses: named(IP_ADDRESS),
    emails: named(EMAIL),
    uris: named(URI),
    raw: {
      subject: wholeOf(bytes, subject),
      publicKey: wholeOf(bytes, publicKey),
      ...(extension === undefined ? {} : { alternativeNames: contentOf(bytes, extension) }),
    },
  };
}

/** The extension with alternative names among those that a request's attributes ask for. */
function requestedNames(bytes: string, attributes: Element): Element | undefined {
  for (const attribute of within(bytes, attributes)) {
    const [type, values] = within(bytes, attribute);
    if (type === undefined || values === undefined || hex(bytes, type) !== EXTENSION_REQUEST) continue;
    return alternativeNamesIn(bytes, values);
  }
  return undefined;
}

/** Reads a certificate's DER, given as a string of code units 0–255; `undefined` when it is none. */
function parseDer(bytes: string): CertificateInfo | undefined {
  const [signed] = partsOf(bytes);
  if (signed?.tag !== SEQUENCE) return undefined;
  const parts = within(bytes, signed);
  if (parts[0]?.tag === VERSION) parts.shift();
  const [, , issuer, validity, subject] = parts;
  if (issuer === undefined || validity === undefined || subject === undefined) return undefined;
  const [from, to] = within(bytes, validity).map((one) => timeOf(bytes, one));
  if (from === undefined || to === undefined) return undefined;
  const extensions = parts.find(({ tag }) => tag === EXTENSIONS);
  return {
    subject: nameOf(bytes, subject),
    issuer: nameOf(bytes, issuer),
    owner: ownerOf(nameParts(bytes, subject)),
    names: extensions === undefined ? [] : alternativeNames(bytes, extensions),
    notBefore: from,
    notAfter: to,
  };
}

function nameOf(bytes: string, name: Element): string {
  return nameParts(bytes, name)
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
}

function ownerOf(parts: readonly (readonly [label: string, value: string])[]): CertificateInfo['owner'] {
  const named = (label: string) => parts.filter(([one]) => one === label).map(([, value]) => value);
  return { commonName: named('CN')[0] ?? '', organizations: named('O') };
}

function nameParts(bytes: string, name: Element): (readonly [label: string, value: string])[] {
  const parts: (readonly [string, string])[] = [];
  for (const set of within(bytes, name)) {
    for (const pair of within(bytes, set)) {
      const [type, value] = within(bytes, pair);
      if (type?.tag !== OBJECT_IDENTIFIER || value === undefined) continue;
      const identifier = hex(bytes, type);
      const label = Object.hasOwn(ATTRIBUTES, identifier) ? ATTRIBUTES[identifier] : undefined;
      if (label !== undefined) parts.push([label, textOf(bytes, value)]);
    }
  }
  return parts;
}

/** UTCTime has two digits of the year, those from 50 on of the last century. */
function timeOf(bytes: string, element: Element): number | undefined {
  const text = contentOf(bytes, element);
  const short = element.tag === UTC_TIME;
  const full = short ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function alternativeNames(bytes: string, extensions: Element): string[] {
  const value = alternativeNamesIn(bytes, extensions);
  return value === undefined ? [] : generalNames(bytes, value, DNS_NAME, IP_ADDRESS);
}

/** The value of the extension with alternative names. */
function alternativeNamesIn(bytes: string, extensions: Element): Element | undefined {
  const [list] = within(bytes, extensions);
  for (const extension of list === undefined ? [] : within(bytes, list)) {
    const [type, ...rest] = within(bytes, extension);
    const value = rest.find(({ tag }) => tag === OCTET_STRING);
    if (type !== undefined && value !== undefined && hex(bytes, type) === SUBJECT_ALTERNATIVE_NAME) return value;
  }
  return undefined;
}

/** The names of some kinds in that extension, in order; of addresses those of IPv4. */
function generalNames(bytes: string, value: Element, ...tags: number[]): string[] {
  const [names] = within(bytes, value);
  return (names === undefined ? [] : within(bytes, names)).flatMap((name) => {
    if (!tags.includes(name.tag)) return [];
    if (name.tag !== IP_ADDRESS) return [textOf(bytes, name)];
    const isIPv4 = name.end - name.start === 4;
    return isIPv4 ? [[0, 1, 2, 3].map((index) => bytes.charCodeAt(name.start + index)).join('.')] : [];
  });
}

/** Whether a certificate stands for a host: by its alternative names, or without any by its common name (as OpenSSL). */
export function certifies({ subject, names }: Pick<CertificateInfo, 'subject' | 'names'>, host: string): boolean {
  const common = /(?:^|,)CN=([^,]*)/.exec(subject)?.[1];
  const all = names.length > 0 ? names : common === undefined ? [] : [common];
  const lower = host.toLowerCase();
  return all.some((name) => {
    const pattern = name.toLowerCase();
    if (!pattern.startsWith('*.')) return pattern === lower;
    const dot = lower.indexOf('.');
    return dot > 0 && lower.slice(dot) === pattern.slice(1);
  });
}
