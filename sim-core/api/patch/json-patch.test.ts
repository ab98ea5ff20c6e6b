import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepEqual, deepFreeze } from '../equality.ts';
import { applyJsonPatch } from './json-patch.ts';
import { PatchError } from './patch-error.ts';

const document = deepFreeze({ spec: { replicas: 2, list: ['a', 'b'] }, 'a/b~c': 1, keep: { x: [] } });

describe('applyJsonPatch', () => {
  it('carries out every operation and shares what stays', () => {
    const result = applyJsonPatch(document, [
      { op: 'test', path: '/spec/replicas', value: 2 },
      { op: 'replace', path: '/spec/replicas', value: 3 },
      { op: 'add', path: '/spec/list/1', value: 'x' },
      { op: 'add', path: '/spec/list/-', value: 'z' },
      { op: 'remove', path: '/spec/list/0' },
      { op: 'copy', from: '/spec/list', path: '/spec/copy' },
      { op: 'add', path: '/spec/list/-1', value: 'last' },
      { op: 'move', from: '/a~1b~0c', path: '/moved' },
    ]) as typeof document;
    expect(result).toEqual({
      spec: { replicas: 3, list: ['x', 'b', 'z', 'last'], copy: ['x', 'b', 'z'] },
      keep: { x: [] },
      moved: 1,
    });
    expect(result.keep).toBe(document.keep);
    expect(document.spec.replicas).toBe(2);
  });

  it.each([
    [
      [{ op: 'remove', path: '/spec/nothing' }],
      "error in remove for path: '/spec/nothing': Unable to remove nonexistent key: nothing: missing value",
    ],
    [[{ op: 'test', path: '/spec/replicas', value: 9 }], 'testing value /spec/replicas failed: test failed'],
    [[{ op: 'jump', path: '/spec' }], 'Unexpected kind: jump'],
    [[{ path: '/spec' }], 'Unexpected kind: unknown'],
    [
      [{ op: 'add', path: '/no/way', value: 1 }],
      'add operation does not apply: doc is missing path: "/no/way": missing value',
    ],
    [
      [{ op: 'add', path: '/spec/list/9', value: 1 }],
      "error in add for path: '/spec/list/9': Unable to access invalid index: 9: invalid index referenced",
    ],
    [
      [{ op: 'add', path: '/spec/list/x', value: 1 }],
      `error in add for path: '/spec/list/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax`,
    ],
    [
      [{ op: 'replace', path: '/no/way', value: 1 }],
      'replace operation does not apply: doc is missing path: /no/way: missing value',
    ],
    [
      [{ op: 'replace', path: '/spec/list/5', value: 1 }],
      'replace operation does not apply: doc is missing key: /spec/list/5: missing value',
    ],
    [
      [{ op: 'move', from: '/no/way', path: '/x' }],
      'move operation does not apply: doc is missing from path: /no/way: missing value',
    ],
    [
      [{ op: 'copy', from: '/no/way', path: '/x' }],
      'copy operation does not apply: doc is missing from path: /no/way: missing value',
    ],
    [[{ op: 'remove' }], 'remove operation failed to decode path: missing value'],
  ])('refuses %j', (patch, message) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(new PatchError(message, 422));
  });

  it('tells a patch from what is none', () => {
    expect(() => applyJsonPatch(document, { a: 1 })).toThrow(
      new PatchError(
        'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
        400,
      ),
    );
    expect(() => applyJsonPatch(document, new Array(10_001).fill({ op: 'test', path: '' }))).toThrow(
      'The allowed maximum operations in a JSON patch is 10000, got 10001',
    );
  });

  it('replaces a missing key of an object, as the library of the API server does', () => {
    expect(applyJsonPatch({ a: 1 }, [{ op: 'replace', path: '/b', value: 2 }])).toEqual({ a: 1, b: 2 });
  });

  it('takes __proto__ for a name like any other', () => {
    const result = applyJsonPatch({ a: {} }, [{ op: 'add', path: '/a/__proto__', value: { polluted: 1 } }]) as {
      a: { polluted?: number };
    };
    expect(result.a.polluted).toBeUndefined();
    expect(Object.keys(result.a)).toEqual(['__proto__']);
    expect(() => applyJsonPatch({ a: {} }, [{ op: 'add', path: '/constructor/prototype/x', value: 1 }])).toThrow(
      /doc is missing path/,
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('undoes an add by a remove, never changing its input', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, key, value) => {
        const before = JSON.stringify(object);
        deepFreeze(object);
        const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const added = applyJsonPatch(object, [
          { op: 'add', path, value },
          { op: 'test', path, value },
        ]);
        const removed = applyJsonPatch(added, [{ op: 'remove', path }]);
        const { [key]: _, ...rest } = object;
        expect(deepEqual(removed, rest)).toBe(true);
        expect(JSON.stringify(object)).toBe(before);
      }),
      { seed: 21, numRuns: 200 },
    );
  });
});
