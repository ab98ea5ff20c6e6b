import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  difference,
  emptySet,
  type FieldSet,
  fromFieldsV1,
  intersection,
  pathsOf,
  recursiveDifference,
  setOfFields,
  setsEqual,
  toFieldsV1,
  union,
} from './field-set.ts';

const names = fc.constantFrom('a', 'b', 'c');
const arbitrarySet: fc.Arbitrary<FieldSet> = fc
  .array(fc.array(names, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
  .map((paths) => setOfFields(...paths));

function paths(set: FieldSet): Set<string> {
  return new Set(pathsOf(set));
}

describe('FieldsV1', () => {
  const wire = {
    'f:metadata': { 'f:finalizers': { '.': {}, 'v:"x"': {} } },
    'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } }, 'f:replicas': {} },
  };

  it('is read and written', () => {
    const set = fromFieldsV1(wire)!;
    expect(toFieldsV1(set)).toEqual(wire);
    expect(Object.keys((toFieldsV1(set)['f:metadata'] as typeof wire)['f:finalizers' as never])).toEqual([
      '.',
      'v:"x"',
    ]);
    expect(pathsOf(set)).toEqual([
      '.metadata.finalizers',
      '.metadata.finalizers[="x"]',
      '.spec.replicas',
      '.spec.containers[name="web"]',
      '.spec.containers[name="web"].image',
    ]);
    expect(pathsOf(fromFieldsV1({ 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': {} } })!)).toEqual([
      '.ports[containerPort=80,protocol="TCP"]',
    ]);
  });

  it('refuses what is none', () => {
    for (const bad of [null, 'x', [], { spec: {} }, { 'f:a': 1 }, { 'k:{"name"': {} }, { 'i:x': {} }])
      expect(fromFieldsV1(bad)).toBeUndefined();
  });
});

describe('sets', () => {
  it('behave as sets of paths', () => {
    fc.assert(
      fc.property(arbitrarySet, arbitrarySet, (a, b) => {
        const [left, right] = [paths(a), paths(b)];
        expect(paths(union(a, b))).toEqual(new Set([...left, ...right]));
        expect(paths(intersection(a, b))).toEqual(new Set([...left].filter((path) => right.has(path))));
        expect(paths(difference(a, b))).toEqual(new Set([...left].filter((path) => !right.has(path))));
        expect(paths(recursiveDifference(a, b))).toEqual(
          new Set(
            [...left].filter((path) => ![...right].some((other) => path === other || path.startsWith(`${other}.`))),
          ),
        );
        expect(setsEqual(fromFieldsV1(toFieldsV1(a))!, a)).toBe(true);
        expect(difference(a, a).isEmpty()).toBe(true);
        expect(setsEqual(a, b)).toBe(toText(a) === toText(b));
      }),
      { seed: 51, numRuns: 300 },
    );
    expect(emptySet.isEmpty()).toBe(true);
  });

  function toText(set: FieldSet): string {
    return JSON.stringify(toFieldsV1(set));
  }
});
