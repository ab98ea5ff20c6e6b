import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from './json.ts';

describe('parseJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseJson(text).value).toEqual(JSON.parse(text));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('reads escapes', () => {
    expect(parseJson(String.raw`"\u00e9\n\"\\\/ \ud83d\ude00 한"`).value).toBe('é\n"\\/ 😀 한');
  });

  test.each([
    ['{bad', "invalid character 'b' looking for beginning of object key string"],
    ['', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['truf', "invalid character 'f' in literal true (expecting 'e')"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['01', "invalid character '1' after top-level value"],
    ['hello', "invalid character 'h' looking for beginning of value"],
  ])('refuses %j as Go does', (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  test('reports keys that come twice and keeps the last', () => {
    const { value, duplicates } = parseJson('{"a":[{"b":1,"b":2}],"c":{},"a":[],"c":{"d":1,"d":{"d":2}}}');
    expect(value).toEqual({ a: [], c: { d: { d: 2 } } });
    expect(duplicates).toEqual(['a[0].b', 'a', 'c', 'c.d']);
  });

  test('bounds nesting', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('exceeded max depth');
    expect(parseJson(`${'['.repeat(1000)}${']'.repeat(1000)}`).duplicates).toEqual([]);
  });

  test('keeps __proto__ a key', () => {
    const { value } = parseJson('{"__proto__":{"x":1}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
