import { BIT_STRING, contentOf, INTEGER, OCTET_STRING, partsOf, SEQUENCE, wholeOf, within } from './der.ts';
import { type PemBlock, readPem } from './pem.ts';

/** What a public or private key is recognised by: the modulus of RSA, the point of a curve. */
interface Mark {
  readonly kind: 'RSA' | 'EC' | 'other';
  /** Undefined where only arithmetic would tell: for a private key of a curve that leaves its point out, and for other kinds. */
  readonly value: string | undefined;
}

const OTHER: Mark = { kind: 'other', value: undefined };

/**
 * Why a certificate and a private key, texts in PEM, are no pair, in the words of Go's crypto/tls.X509KeyPair; undefined for a pair. Of
 * other kinds than RSA and elliptic curves only the kind is looked at.
 */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const [certificates, keys] = [readPem(certificate), readPem(key)];
  const found = certificates.find(({ label }) => label === 'CERTIFICATE');
  if (found === undefined) return noCertificate(certificates);
  const secret = keys.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (secret === undefined) return noKey(keys);
  const open = publicKeyIn(found.der);
  if (open === undefined) return 'x509: malformed certificate';
  if (partsOf(secret.der).length === 0) return 'tls: failed to parse private key';
  const [one, other] = [publicMark(open), privateMark(secret.der)];
  if (one.kind !== other.kind) return 'tls: private key type does not match public key type';
  const same = one.value === undefined || other.value === undefined || one.value === other.value;
  return same ? undefined : 'tls: private key does not match public key';
}

function noCertificate(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (blocks.length === 1 && blocks[0]!.label.endsWith('PRIVATE KEY'))
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${labelsOf(blocks)}]`;
}

function noKey(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in key input';
  if (blocks.length === 1 && blocks[0]!.label === 'CERTIFICATE')
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${labelsOf(blocks)}]`;
}

const labelsOf = (blocks: readonly PemBlock[]) => blocks.map(({ label }) => label).join(' ');

/** The SubjectPublicKeyInfo of a certificate. */
function publicKeyIn(der: string): string | undefined {
  const [body] = partsOf(der);
  if (body?.tag !== SEQUENCE) return undefined;
  const parts = within(der, body);
  // Certificates of version 1 do not say so.
  const key = parts[parts[0]?.tag === INTEGER ? 5 : 6];
  return key?.tag === SEQUENCE ? wholeOf(der, key) : undefined;
}

function publicMark(der: string): Mark {
  const [, key] = partsOf(der);
  if (key?.tag !== BIT_STRING) return OTHER;
  // What follows the number of bits at its end that do not count.
  const content = der.slice(key.start + 1, key.end);
  if (content.startsWith('\u0004')) return { kind: 'EC', value: content };
  const [modulus] = partsOf(content);
  return modulus?.tag === INTEGER ? { kind: 'RSA', value: contentOf(content, modulus) } : OTHER;
}

/** Of PKCS #8, which holds one of the others; of PKCS #1: version, modulus, …; of SEC 1: version, secret, …, [1] point. */
function privateMark(der: string): Mark {
  const parts = partsOf(der);
  const [version, second, third] = parts;
  if (version?.tag !== INTEGER || second === undefined) return OTHER;
  if (second.tag === SEQUENCE) return third?.tag === OCTET_STRING ? privateMark(contentOf(der, third)) : OTHER;
  if (second.tag === INTEGER) return { kind: 'RSA', value: contentOf(der, second) };
  if (second.tag !== OCTET_STRING) return OTHER;
  const tagged = parts.find(({ tag }) => tag === 0xa1);
  const [point] = tagged === undefined ? [] : within(der, tagged);
  return { kind: 'EC', value: point === undefined ? undefined : der.slice(point.start + 1, point.end) };
}
