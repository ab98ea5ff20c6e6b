import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, deepEqual, deepFreeze, deepFreezeLike, semanticEqual, setOwn } from './equality.ts';

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

describe('deepFreezeLike', () => {
  const parts = fc.constantFrom<unknown>({ cpu: '1' }, { cpu: '2', memory: '1' }, [1, { a: {} }], [], {}, null, 'text');
  const key = fc.constantFrom('a', 'b', '1', '__proto__', 'constructor');
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      parts,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  })).value;
  const copy = (from: unknown): unknown => JSON.parse(JSON.stringify(from));
  const frozen = (at: unknown): boolean =>
    typeof at !== 'object' || at === null || (Object.isFrozen(at) && Object.values(at).every(frozen));

  it('changes nothing, freezes all, and takes what is alike from the other', () => {
    fc.assert(
      fc.property(value, value, (one, two) => {
        const like = deepFreeze(copy(two));
        const result = deepFreezeLike(copy(one), like);
        expect(JSON.stringify(result)).toBe(JSON.stringify(one));
        expect(frozen(result)).toBe(true);
        const same = JSON.stringify(one) === JSON.stringify(two);
        if (typeof one === 'object' && one !== null) expect(result === like).toBe(same);
        const beside = deepFreezeLike({ own: 1, part: copy(two) }, deepFreeze({ own: 2, part: like }));
        expect(beside.part).toBe(like);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it('keeps the order of keys', () => {
    const like = deepFreeze({ part: { b: 2, a: 1 } });
    expect(JSON.stringify(deepFreezeLike({ part: { a: 1, b: 2 } }, like))).toBe('{"part":{"a":1,"b":2}}');
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
