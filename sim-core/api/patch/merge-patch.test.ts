import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepEqual, deepFreeze } from '../equality.ts';
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from './merge-patch.ts';

describe('applyMergePatch', () => {
  // The examples of RFC 7386, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (original, patch, result) => {
    expect(applyMergePatch(JSON.parse(original), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it('does not pollute', () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__":{"x":1}}')) as { x?: number };
    expect(result.x).toBeUndefined();
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(JSON.stringify(result)).toBe('{"__proto__":{"x":1}}');
  });
});

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.string({ maxLength: 3 }),
    fc.integer(),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('node'), { maxKeys: 4 }),
})).object;

describe('createMergePatch', () => {
  it('makes the patch that leads from one object to the other', () => {
    fc.assert(
      fc.property(value, value, (original, modified) => {
        deepFreeze(original);
        const patch = createMergePatch(original as Record<string, unknown>, modified as Record<string, unknown>);
        expect(deepEqual(applyMergePatch(original, patch), modified)).toBe(true);
        if (deepEqual(original, modified)) expect(patch).toEqual({});
      }),
      { seed: 31, numRuns: 300 },
    );
  });
});

describe('createThreeWayMergePatch', () => {
  it('changes what the manifest says, removes what it dropped, leaves the rest', () => {
    const original = { spec: { a: 1, gone: { x: 1 }, keep: 1 } };
    const modified = { spec: { a: 2, keep: 1, fresh: [1] } };
    const current = { spec: { a: 1, gone: { x: 1, y: 2 }, keep: 1, server: true }, status: {} };
    const patch = createThreeWayMergePatch(original, modified, current);
    expect(patch).toEqual({ spec: { a: 2, fresh: [1], gone: null } });
    expect(applyMergePatch(current, patch)).toEqual({ spec: { a: 2, keep: 1, fresh: [1], server: true }, status: {} });
  });
});
