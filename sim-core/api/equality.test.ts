import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, deepEqual, deepFreeze, semanticEqual, setOwn } from './equality.ts';

describe('deepEqual', () => {
  it('compares JSON values, whatever the order of keys', () => {
    expect(deepEqual({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
    expect(deepEqual({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(deepEqual({ a: 1, b: 2 }, { a: 1 })).toBe(false);
    expect(deepEqual([1], { 0: 1 })).toBe(false);
    expect(deepEqual(null, {})).toBe(false);
    expect(deepEqual({ a: undefined }, {})).toBe(true);
    expect(deepEqual({}, { a: undefined })).toBe(true);
  });

  it('does not take inherited names for fields', () => {
    expect(deepEqual({ constructor: Object }, {})).toBe(false);
    expect(deepEqual({ toString: 1 }, { valueOf: 1 })).toBe(false);
  });

  it('agrees with canonical JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(deepEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(deepEqual(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('semanticEqual', () => {
  it('compares quantities by amount where the field holds quantities', () => {
    expect(semanticEqual({ limits: { cpu: '1000m' } }, { limits: { cpu: '1' } })).toBe(true);
    expect(semanticEqual({ limits: { cpu: '1000m' } }, { limits: { cpu: '2' } })).toBe(false);
    expect(semanticEqual({ emptyDir: { sizeLimit: '1024Mi' } }, { emptyDir: { sizeLimit: '1Gi' } })).toBe(true);
    expect(semanticEqual({ annotations: { n: '1000m' } }, { annotations: { n: '1' } })).toBe(false);
  });

  it('takes absent and empty lists and maps for the same', () => {
    expect(semanticEqual({ args: [] }, {})).toBe(true);
    expect(semanticEqual({ labels: {} }, { labels: null })).toBe(true);
    expect(semanticEqual({ args: [''] }, {})).toBe(false);
    expect(semanticEqual({ name: '' }, {})).toBe(false);
  });
});

describe('deepFreeze', () => {
  it('freezes all the way down and stops at what is frozen', () => {
    const shared = Object.freeze({ open: { x: 1 } });
    const value = deepFreeze({ list: [{ a: 1 }], shared });
    expect(Object.isFrozen(value.list[0])).toBe(true);
    expect(Object.isFrozen(shared.open)).toBe(false);
  });
});

describe('canonicalJson', () => {
  it('sorts keys', () => {
    expect(canonicalJson({ b: 1, a: [{ d: 'x', c: null }], skip: undefined })).toBe('{"a":[{"c":null,"d":"x"}],"b":1}');
  });
});

describe('setOwn', () => {
  it('writes __proto__ as a property', () => {
    const target: Record<string, unknown> = {};
    setOwn(target, '__proto__', { polluted: true });
    expect((target as { polluted?: boolean }).polluted).toBeUndefined();
    expect(JSON.stringify(target)).toBe('{"__proto__":{"polluted":true}}');
  });
});
