import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts';

test('encodes any text as TextEncoder does', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), units), (text) => {
      expect([...encodeUtf8(text)]).toEqual([...new TextEncoder().encode(text)]);
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
    { numRuns: 500, seed: 3 },
  );
});

test('decodes any bytes as TextDecoder does', () => {
  const biased = fc.array(
    fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xa0, 0xed, 0xef, 0xf0, 0x90, 0xf4, 0x8f, 0xff),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        biased.map((list) => Uint8Array.from(list)),
      ),
      (bytes) => {
        expect(decodeUtf8(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      },
    ),
    { numRuns: 1000, seed: 3 },
  );
  expect(decodeUtf8(encodeUtf8('파드 🚢'.repeat(3000)))).toBe('파드 🚢'.repeat(3000));
});
