import { formatTime, type Micros } from '../engine/index.ts';
import { EXTENDED_USAGES, KEY_USAGES } from './certificate-usages.ts';
import { BIT_STRING, BOOLEAN, element, fromHex, INTEGER, OCTET_STRING, objectIdentifier, SEQUENCE } from './der.ts';
import { writePem } from './pem.ts';

/** What a certificate is to say. Names and keys are DER, as a request brings them. */
export interface CertificateOrder {
  /** In hexadecimal, below 2¹²⁷. */
  readonly serial: string;
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: string;
  readonly notBefore: Micros;
  readonly notAfter: Micros;
  /** Usages by their names in Kubernetes: `digital signature`, `client auth`. */
  readonly usages: readonly string[];
  /** The value of the extension with alternative names, as the request has it. */
  readonly alternativeNames?: string;
  /** Identifies the issuer's key, in hexadecimal. */
  readonly authorityKey: string;
  /** Whether its owner may issue certificates. */
  readonly authority?: boolean;
}

/** A DER signature (ECDSA with SHA-256) of bytes that are given as a string of code units 0–255. */
export type Sign = (bytes: string) => string;

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** Makes an X.509 certificate of version 3 (RFC 5280), as PEM, with the extensions that Go's x509.CreateCertificate writes. */
export function issueCertificate(order: CertificateOrder, sign: Sign): string {
  const algorithm = element(SEQUENCE, objectIdentifier(ECDSA_WITH_SHA256));
  const signed = element(
    SEQUENCE,
    element(0xa0, element(INTEGER, '\u0002')),
    element(INTEGER, fromHex(order.serial)),
    algorithm,
    order.issuer,
    element(SEQUENCE, derTime(order.notBefore), derTime(order.notAfter)),
    order.subject,
    order.publicKey,
    element(0xa3, element(SEQUENCE, ...extensions(order))),
  );
  return writePem('CERTIFICATE', element(SEQUENCE, signed, algorithm, element(BIT_STRING, '\0', sign(signed))));
}

function extensions(order: CertificateOrder): string[] {
  const { usages, authority = false, authorityKey, alternativeNames } = order;
  const list: string[] = [];
  const bits = KEY_USAGES.map((names) => names.some((name) => usages.includes(name)));
  if (bits.includes(true)) list.push(extension('2.5.29.15', keyUsage(bits), true));
  const extended = EXTENDED_USAGES.filter(([usage]) => usages.includes(usage));
  if (extended.length > 0) {
    list.push(
      extension('2.5.29.37', element(SEQUENCE, ...extended.map(([, identifier]) => objectIdentifier(identifier)))),
    );
  }
  list.push(extension('2.5.29.19', element(SEQUENCE, authority ? element(BOOLEAN, '\u00ff') : ''), true));
  if (authority) list.push(extension('2.5.29.14', element(OCTET_STRING, fromHex(authorityKey))));
  else list.push(extension('2.5.29.35', element(SEQUENCE, element(0x80, fromHex(authorityKey)))));
  if (alternativeNames !== undefined) list.push(extension('2.5.29.17', alternativeNames));
  return list;
}

/** An extension, by its identifier in numbers, with the DER of its value. */
export function extension(identifier: string, value: string, critical = false): string {
  const mark = critical ? element(BOOLEAN, '\u00ff') : '';
  return element(SEQUENCE, objectIdentifier(identifier), mark, element(OCTET_STRING, value));
}

/** A bit string without trailing zeros, the first bit being the highest. */
function keyUsage(bits: readonly boolean[]): string {
  let byte = 0;
  for (const [index, bit] of bits.entries()) if (bit) byte |= 0x80 >> index;
  return element(BIT_STRING, String.fromCharCode(7 - bits.lastIndexOf(true), byte));
}

/** A time as an element: years up to 2049 have two digits. */
export function derTime(at: Micros): string {
  const digits = formatTime(at).replace(/[-:T]/g, '');
  return digits < '2050' ? element(UTC_TIME, digits.slice(2)) : element(GENERALIZED_TIME, digits);
}
