import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepEqual, deepFreeze } from '../equality.ts';
import { PatchError } from './patch-error.ts';
import { changesIdentity, createThreeWayPatch, createTwoWayPatch } from './strategic-diff.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';
import { deployment } from './test-schema.ts';

type Json = Record<string, unknown>;

function withContainers(...containers: Json[]): Json {
  return deepFreeze({ spec: { template: { spec: { containers } } } });
}

function containersOf(object: Json): Json[] {
  return (object as { spec: { template: { spec: { containers: Json[] } } } }).spec.template.spec.containers;
}

const web = { name: 'web', image: 'nginx:1.25' };
const side = { name: 'side', image: 'redis:7' };

function apply(original: Json, patch: Json): Json {
  return applyStrategicMergePatch(original, deepFreeze(patch), deployment);
}

describe('applyStrategicMergePatch', () => {
  it('adds an item by its key in front of those that the patch does not know', () => {
    const result = apply(withContainers(web), withContainers(side));
    expect(containersOf(result).map(({ name }) => name)).toEqual(['side', 'web']);
  });

  it('changes an item by its key and shares the rest', () => {
    const original = withContainers(web, side);
    const result = apply(original, withContainers({ name: 'side', image: 'redis:8', command: ['x'] }));
    expect(containersOf(result)).toEqual([web, { name: 'side', image: 'redis:8', command: ['x'] }]);
    expect(containersOf(result)[0]).toBe(containersOf(original)[0]);
  });

  it('carries out $patch on items, lists and maps', () => {
    expect(containersOf(apply(withContainers(web, side), withContainers({ name: 'web', $patch: 'delete' })))).toEqual([
      side,
    ]);
    expect(
      containersOf(apply(withContainers(web, side), withContainers({ $patch: 'replace' }, { name: 'new' }))),
    ).toEqual([{ name: 'new' }]);
    const labels = { metadata: { labels: { a: '1', b: '2' } } };
    expect(apply(labels, { metadata: { labels: { $patch: 'replace', c: '3' } } })).toEqual({
      metadata: { labels: { c: '3' } },
    });
    expect(apply(labels, { metadata: { labels: { $patch: 'delete' } } })).toEqual({ metadata: { labels: {} } });
    expect(apply(labels, { metadata: { labels: { a: null, c: null } } })).toEqual({ metadata: { labels: { b: '2' } } });
  });

  it('puts a list into the order of $setElementOrder', () => {
    const patch = {
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }],
            containers: [{ name: 'web', image: 'x' }],
          },
        },
      },
    };
    expect(containersOf(apply(withContainers(web, side), patch)).map(({ name }) => name)).toEqual(['side', 'web']);
    expect(containersOf(apply(withContainers({ name: 'injected' }, web, side), patch)).map(({ name }) => name)).toEqual(
      ['injected', 'side', 'web'],
    );
  });

  it('merges lists of scalars and deletes from them', () => {
    const original = { metadata: { finalizers: ['a', 'b'] } };
    expect(apply(original, { metadata: { finalizers: ['c', 'a'] } })).toEqual({
      metadata: { finalizers: ['c', 'a', 'b'] },
    });
    expect(apply(original, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  it('keeps only what $retainKeys names', () => {
    const original = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    expect(apply(original, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } })).toEqual({
      spec: { strategy: { type: 'Recreate' } },
    });
    expect(() => apply(original, { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } })).toThrow(
      'invalid patch format of retainKeys',
    );
  });

  it('replaces lists without merge keys and drops nulls of what is new', () => {
    const original = withContainers({ ...web, command: ['a', 'b'] });
    expect(
      containersOf(
        apply(
          original,
          withContainers({ name: 'web', command: ['c'], resources: { limits: { cpu: null, memory: '1Gi' } } }),
        ),
      ),
    ).toEqual([{ ...web, command: ['c'], resources: { limits: { memory: '1Gi' } } }]);
  });

  it.each([
    [withContainers({ image: 'x' }), 'map: map[image:x] does not contain declared merge key: name'],
    [withContainers({ name: 'web', $patch: 'merge' }), 'merging lists cannot yet be specified in the patch'],
    [withContainers({ name: 'web', $patch: 'burn' }), 'unknown patch type: burn in map: map[$patch:burn name:web]'],
    [{ spec: { $patch: 'merge' } }, 'unknown patch type: merge in map: map[$patch:merge]'],
  ])('refuses %j', (patch, message) => {
    expect(() => apply(withContainers(web), patch)).toThrow(new PatchError(message));
  });

  it('does not pollute', () => {
    const result = apply({ metadata: { labels: {} } }, JSON.parse('{"metadata":{"labels":{"__proto__":{"x":"1"}}}}'));
    expect((result.metadata as { labels: { x?: string } }).labels.x).toBeUndefined();
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});

describe('createTwoWayPatch', () => {
  it('is what kubectl edit sends', () => {
    expect(
      createTwoWayPatch(withContainers(web, side), withContainers({ ...web, image: 'nginx:1.26' }, side), deployment),
    ).toEqual({
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
            containers: [{ image: 'nginx:1.26', name: 'web' }],
          },
        },
      },
    });
    expect(createTwoWayPatch(withContainers(web, side), withContainers(web), deployment)).toEqual({
      spec: {
        template: {
          spec: { '$setElementOrder/containers': [{ name: 'web' }], containers: [{ $patch: 'delete', name: 'side' }] },
        },
      },
    });
    expect(
      createTwoWayPatch({ metadata: { labels: { a: '1', b: '2' } } }, { metadata: { labels: { a: '9' } } }, deployment),
    ).toEqual({
      metadata: { labels: { a: '9', b: null } },
    });
    expect(
      createTwoWayPatch({ metadata: { finalizers: ['a', 'b'] } }, { metadata: { finalizers: ['b', 'c'] } }, deployment),
    ).toEqual({
      metadata: {
        finalizers: ['c'],
        '$deleteFromPrimitiveList/finalizers': ['a'],
        '$setElementOrder/finalizers': ['b', 'c'],
      },
    });
    const rolling = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    expect(createTwoWayPatch(rolling, { spec: { strategy: { type: 'Recreate' } } }, deployment)).toEqual({
      spec: { strategy: { $retainKeys: ['type'], rollingUpdate: null, type: 'Recreate' } },
    });
  });

  it('names a field that the type does not have', () => {
    expect(() => createTwoWayPatch({ spec: { wrong: {} } }, { spec: { wrong: { a: 1 } } }, deployment)).toThrow(
      'unable to find api field in struct DeploymentSpec for the json field "wrong"',
    );
    expect(createTwoWayPatch({ spec: { wrong: {} } }, { spec: { wrong: {} } }, deployment)).toEqual({});
  });

  const name = fc.constantFrom('a', 'b', 'c');
  const labels = fc.dictionary(name, name, { maxKeys: 3 });
  // Sorted: upstream does not see that an unsorted list of scalars is put into sorted order.
  const finalizers = fc.uniqueArray(name, { minLength: 1 }).map((list) => list.sort());
  const container = fc.record({
    name,
    image: fc.option(name, { nil: undefined }),
    command: fc.option(fc.array(name, { maxLength: 2 }), { nil: undefined }),
    env: fc.option(
      fc.uniqueArray(fc.record({ name, value: name }), { selector: (item) => item.name, minLength: 1, maxLength: 3 }),
      { nil: undefined },
    ),
  });
  const object = fc.record({
    metadata: fc.record({ labels, finalizers }),
    spec: fc.record({
      replicas: fc.integer({ min: 0, max: 3 }),
      strategy: fc.oneof(
        fc.constant({ type: 'Recreate' }),
        fc.constant({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }),
      ),
      template: fc.record({
        spec: fc.record({
          containers: fc.uniqueArray(container, { selector: (item) => item.name, minLength: 1, maxLength: 3 }),
          nodeSelector: labels,
        }),
      }),
    }),
  });
  const json = object.map((value) => deepFreeze(JSON.parse(JSON.stringify(value)) as Json));

  it('leads from any object to any other, order included', () => {
    fc.assert(
      fc.property(json, json, (original, modified) => {
        const patch = createTwoWayPatch(original, modified, deployment);
        expect(applyStrategicMergePatch(original, deepFreeze(patch), deployment)).toEqual(modified);
      }),
      { seed: 41, numRuns: 400 },
    );
  });

  it('three ways: what is applied is as in the manifest, what others added stays', () => {
    fc.assert(
      fc.property(json, json, (original, modified) => {
        const current = applyStrategicMergePatch(
          original,
          { metadata: { annotations: { by: 'server' } }, spec: { paused: true } },
          deployment,
        );
        const patch = createThreeWayPatch(original, modified, deepFreeze(current), deployment);
        const result = applyStrategicMergePatch(current, patch, deployment);
        expect((result.metadata as Json).annotations).toEqual({ by: 'server' });
        expect((result.spec as Json).paused).toBe(true);
        expect(deepEqual((result.spec as Json).template, (modified.spec as Json).template)).toBe(true);
        expect((result.metadata as Json).labels).toEqual((modified.metadata as Json).labels);
        expect(createThreeWayPatch(modified, modified, result, deployment).spec ?? {}).toEqual({});
      }),
      { seed: 43, numRuns: 200 },
    );
  });
});

describe('createThreeWayPatch', () => {
  it('removes what was applied before and is not applied any more, and nothing else', () => {
    const original = { metadata: { labels: { app: 'web', old: 'x' } }, ...withContainers(web, side) };
    const modified = { metadata: { labels: { app: 'web' } }, ...withContainers({ ...web, image: 'nginx:1.26' }) };
    const current = {
      metadata: { labels: { app: 'web', old: 'x', server: 'y' } },
      ...withContainers(web, side, { name: 'injected' }),
    };
    const patch = createThreeWayPatch(original, modified, current, deployment);
    expect(patch).toEqual({
      metadata: { labels: { old: null } },
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'web' }],
            containers: [
              { image: 'nginx:1.26', name: 'web' },
              { $patch: 'delete', name: 'side' },
            ],
          },
        },
      },
    });
    const result = applyStrategicMergePatch(current, patch, deployment);
    expect(containersOf(result).map((item) => item.name)).toEqual(['web', 'injected']);
    expect(changesIdentity(patch)).toBe(false);
    expect(changesIdentity({ metadata: { name: 'x' } })).toBe(true);
  });
});
