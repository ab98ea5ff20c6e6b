/** Bits of the extension "key usage" (RFC 5280, 4.2.1.3). */
export const KEY_USAGES: readonly (readonly string[])[] = [
  ['digital signature', 'signing'],
  ['content commitment'],
  ['key encipherment'],
  ['data encipherment'],
  ['key agreement'],
  ['cert sign'],
  ['crl sign'],
  ['encipher only'],
];

/** Identifiers of the extension "extended key usage". */
export const EXTENDED_USAGES: readonly (readonly [usage: string, identifier: string])[] = [
  ['any', '2.5.29.37.0'],
  ['server auth', '1.3.6.1.5.5.7.3.1'],
  ['client auth', '1.3.6.1.5.5.7.3.2'],
  ['code signing', '1.3.6.1.5.5.7.3.3'],
  ['email protection', '1.3.6.1.5.5.7.3.4'],
  ['s/mime', '1.3.6.1.5.5.7.3.4'],
  ['ipsec end system', '1.3.6.1.5.5.7.3.5'],
  ['ipsec tunnel', '1.3.6.1.5.5.7.3.6'],
  ['ipsec user', '1.3.6.1.5.5.7.3.7'],
  ['timestamping', '1.3.6.1.5.5.7.3.8'],
  ['ocsp signing', '1.3.6.1.5.5.7.3.9'],
  ['microsoft sgc', '1.3.6.1.4.1.311.10.3.3'],
  ['netscape sgc', '2.16.840.1.113730.4.1'],
];

/** Every usage that a request may name. */
export const certificateUsages: readonly string[] = [
  ...KEY_USAGES.flat(),
  'decipher only',
  ...EXTENDED_USAGES.map(([usage]) => usage),
];
