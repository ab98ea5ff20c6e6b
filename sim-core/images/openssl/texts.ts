import { hexOf } from '../../api/der.ts';
import { formatDate } from '../../engine/format-date.ts';
import type { Micros } from '../../engine/index.ts';
import { type Certificate, nameText, type Signed } from './certificates.ts';
import { extensionLines } from './extensions.ts';
import type { PublicKey } from './keys.ts';

/** Bytes in hexadecimal, so many on a line. */
function block(digits: string, width: number, indent: string): string[] {
  const lines = digits.match(new RegExp(`.{1,${2 * width}}`, 'g')) ?? [];
  const last = lines.length - 1;
  return lines.map((line, index) => `${indent}${line.replace(/..(?!$)/g, '$&:')}${index < last ? ':' : ''}`);
}

/** `Jan  5 09:00:00 2026 GMT` */
export function dateText(at: Micros): string {
  return formatDate('%b %e %H:%M:%S %Y GMT', at);
}

/** A number's digits in hexadecimal, two for each byte. */
export function evenHex(value: bigint): string {
  const text = value.toString(16);
  return text.length % 2 === 0 ? text : `0${text}`;
}

export function modulusText({ kind, modulus }: PublicKey): string {
  return kind === 'RSA' ? `Modulus=${evenHex(modulus).toUpperCase()}\n` : 'Modulus=Wrong Algorithm type\n';
}

function keyLines(key: PublicKey | undefined): string[] {
  if (key === undefined) return ['            Public Key Algorithm: one that this openssl does not know'];
  const deep = ' '.repeat(16);
  if (key.kind === 'EC')
    return [
      '            Public Key Algorithm: id-ecPublicKey',
      `${deep}Public-Key: (256 bit)`,
      `${deep}pub:`,
      ...block(hexOf(key.content), 15, `${deep}    `),
      `${deep}ASN1 OID: prime256v1`,
      `${deep}NIST CURVE: P-256`,
    ];
  const modulus = evenHex(key.modulus);
  return [
    '            Public Key Algorithm: rsaEncryption',
    `${deep}Public-Key: (${key.bits} bit)`,
    `${deep}Modulus:`,
    ...block(/^[89a-f]/.test(modulus) ? `00${modulus}` : modulus, 15, `${deep}    `),
    `${deep}Exponent: ${key.exponent} (0x${key.exponent.toString(16)})`,
  ];
}

function algorithmName({ algorithm }: Signed): string {
  const digits = hexOf(algorithm);
  if (digits.includes('2a864886f70d01010b')) return 'sha256WithRSAEncryption';
  return digits.includes('2a8648ce3d040302') ? 'ecdsa-with-SHA256' : 'one that this openssl does not know';
}

function endLines(one: Signed): string[] {
  return [
    `    Signature Algorithm: ${algorithmName(one)}`,
    '    Signature Value:',
    ...block(hexOf(one.signature), 18, '        '),
    '',
  ];
}

/** `openssl x509 -text` */
export function certificateText(one: Certificate): string {
  const digits = evenHex(one.serial);
  const serial =
    digits.length <= 16
      ? [`        Serial Number: ${one.serial} (0x${one.serial.toString(16)})`]
      : ['        Serial Number:', `            ${digits.replace(/..(?!$)/g, '$&:')}`];
  return [
    'Certificate:',
    '    Data:',
    `        Version: ${one.version} (0x${one.version - 1})`,
    ...serial,
    `        Signature Algorithm: ${algorithmName(one)}`,
    `        Issuer: ${nameText(one.issuer)}`,
    '        Validity',
    `            Not Before: ${dateText(one.notBefore)}`,
    `            Not After : ${dateText(one.notAfter)}`,
    `        Subject: ${nameText(one.subject)}`,
    '        Subject Public Key Info:',
    ...keyLines(one.key),
    ...(one.extensions.length === 0 ? [] : ['        X509v3 extensions:']),
    ...one.extensions.flatMap((each) => extensionLines(each, ' '.repeat(12))),
    ...endLines(one),
  ].join('\n');
}

/** `openssl req -text` */
export function requestText(one: Signed): string {
  const attributes =
    one.extensions.length === 0
      ? ['        Attributes:', '            (none)']
      : [
          '        Attributes:',
          '            Requested Extensions:',
          ...one.extensions.flatMap((each) => extensionLines(each, ' '.repeat(16))),
        ];
  return [
    'Certificate Request:',
    '    Data:',
    '        Version: 1 (0x0)',
    `        Subject: ${nameText(one.subject)}`,
    '        Subject Public Key Info:',
    ...keyLines(one.key),
    ...attributes,
    ...endLines(one),
  ].join('\n');
}
