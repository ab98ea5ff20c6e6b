import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstPem, readPem, writePem } from './pem.ts';
import { CERTIFICATE_KEY, OLD_CERTIFICATE, SHOP_CERTIFICATE } from './x509.fixture.ts';

test('what is written can be read again, in lines of 64 characters', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
      const der = String.fromCharCode(...bytes);
      const text = writePem('EC PRIVATE KEY', der);
      expect(readPem(`before\n${text}after\n`)).toEqual([{ label: 'EC PRIVATE KEY', der }]);
      expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(64);
    }),
    { seed: 7, numRuns: 50 },
  );
});

test('a text may hold several blocks; the first with a label is found', () => {
  const blocks = readPem(`${CERTIFICATE_KEY}${SHOP_CERTIFICATE}${OLD_CERTIFICATE.replace(/\n/g, '\r\n')}`);
  expect(blocks.map(({ label }) => label)).toEqual(['PRIVATE KEY', 'CERTIFICATE', 'CERTIFICATE']);
  expect(writePem('CERTIFICATE', blocks[2]!.der)).toBe(OLD_CERTIFICATE);
  expect(firstPem(`${CERTIFICATE_KEY}${SHOP_CERTIFICATE}`, 'CERTIFICATE', 'X509 CRL')).toBe(blocks[1]!.der);
  expect(firstPem(SHOP_CERTIFICATE, 'PRIVATE KEY')).toBeUndefined();
});

test('what is no block is passed over', () => {
  const bad = [
    '-----BEGIN A-----\nMIIB?\n-----END A-----',
    '-----BEGIN A-----\n-----END A-----',
    '-----BEGIN A-----\nTUlJ\n-----END B-----',
    '-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nTUlJ\n-----END A-----',
    '  -----BEGIN A-----\n  TUlJ\n  -----END A-----',
    '-----BEGIN A-----\nTUlJ',
  ];
  for (const text of bad) expect(readPem(text), text).toEqual([]);
  expect(readPem(`${bad.slice(0, 5).join('\n')}\n${SHOP_CERTIFICATE}`)).toHaveLength(1);
});
