import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../equality.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge.ts';
import { configMap, deployment } from '../patch/test-schema.ts';
import { ApplyConflict } from './conflict.ts';
import { type Applied, apply, maxUpdateManagers, onCreate, onUpdate, type Writer } from './field-manager.ts';
import { setOfFields } from './field-set.ts';
import { ManagedFields } from './managed-fields.ts';

type Json = Record<string, unknown>;

let clock = 0;
function writer(manager: string, more: Partial<Writer> = {}): Writer {
  return {
    manager,
    apiVersion: 'apps/v1',
    time: `2026-01-01T00:00:${String(clock++ % 60).padStart(2, '0')}Z`,
    ...more,
  };
}

const web: Json = deepFreeze({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    generation: 1,
    creationTimestamp: 'x',
    labels: { app: 'web' },
    finalizers: ['lab/x'],
  },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: {},
            command: ['a', 'b'],
          },
        ],
        securityContext: {},
        nodeSelector: { a: 'b' },
      },
    },
  },
  status: {},
});

function fieldsOf(managed: ManagedFields, manager: string): unknown {
  return managed.entries().find((entry) => entry.manager === manager)?.fieldsV1;
}

function with_(object: Json, patch: Json): Json {
  return deepFreeze(applyStrategicMergePatch(object, patch, deployment));
}

describe('onCreate', () => {
  it('gives the creator what it wrote, as a real server prints it', () => {
    const [entry, ...others] = onCreate(deployment, web, writer('kubectl-create')).entries();
    expect(others).toEqual([]);
    expect(Object.keys(entry!)).toEqual(['manager', 'operation', 'apiVersion', 'time', 'fieldsType', 'fieldsV1']);
    expect(entry!.fieldsV1).toEqual({
      'f:metadata': { 'f:finalizers': { '.': {}, 'v:"lab/x"': {} }, 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"web"}': {
                '.': {},
                'f:command': {},
                'f:image': {},
                'f:name': {},
                'f:ports': {
                  '.': {},
                  'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                },
                'f:resources': {},
              },
            },
            'f:nodeSelector': {},
            'f:securityContext': {},
          },
        },
      },
    });
  });

  it('is worked out when asked for, and leaves fields that an endpoint resets out', () => {
    let read = 0;
    const spy = new Proxy({ ...configMap }, { get: (target, key) => Reflect.get(target, key, ++read) });
    const managed = onCreate(
      spy,
      deepFreeze({ metadata: { name: 'x' }, data: { a: '1' } }),
      writer('me', { apiVersion: 'v1' }),
    );
    expect(read).toBe(0);
    expect(fieldsOf(managed, 'me')).toEqual({ 'f:data': { '.': {}, 'f:a': {} } });
    expect(read).toBeGreaterThan(0);
    expect(managed.entries()).toBe(managed.entries());
    const reset = onCreate(
      deployment,
      web,
      writer('me', { resetFields: setOfFields(['spec'], ['metadata', 'labels']) }),
    );
    expect(fieldsOf(reset, 'me')).toEqual({ 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"lab/x"': {} } } });
  });
});

describe('onUpdate', () => {
  it('moves what changed to the writer and drops what is gone', () => {
    const created = onCreate(deployment, web, writer('create'));
    const scaled = with_(web, { spec: { replicas: 5 }, metadata: { finalizers: null, annotations: { note: 'x' } } });
    const managed = onUpdate(deployment, web, scaled, created, writer('edit'));
    expect(fieldsOf(managed, 'edit')).toEqual({
      'f:metadata': { 'f:annotations': { '.': {}, 'f:note': {} } },
      'f:spec': { 'f:replicas': {} },
    });
    const left = fieldsOf(managed, 'create') as { 'f:metadata': Json; 'f:spec': Json };
    expect(left['f:metadata']).toEqual({ 'f:labels': { '.': {}, 'f:app': {} } });
    expect(left['f:spec']['f:replicas']).toBeUndefined();
  });

  it('tracks writers by subresource and version, and forgets who owns nothing', () => {
    const created = onCreate(deployment, deepFreeze({ metadata: { name: 'a' }, spec: { replicas: 1 } }), writer('m'));
    const status = deepFreeze({
      metadata: { name: 'a' },
      spec: { replicas: 1 },
      status: { replicas: 1, conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const one = onUpdate(
      deployment,
      { metadata: { name: 'a' }, spec: { replicas: 1 } },
      status,
      created,
      writer('m', { subresource: 'status' }),
    );
    expect(one.entries().map(({ manager, subresource }) => [manager, subresource])).toEqual([
      ['m', undefined],
      ['m', 'status'],
    ]);
    expect(one.entries()[1]!.fieldsV1).toEqual({
      'f:status': {
        'f:conditions': { '.': {}, 'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
        'f:replicas': {},
      },
    });
    const two = onUpdate(deployment, status, with_(status, { spec: { replicas: 2 } }), one, writer('other'));
    expect(two.entries().map(({ manager }) => manager)).toEqual(['m', 'other']);
  });

  it('keeps the time of a writer that changes nothing', () => {
    const created = onCreate(deployment, web, writer('m'));
    const again = onUpdate(
      deployment,
      web,
      deepFreeze({ ...web, metadata: { ...(web.metadata as Json), resourceVersion: '9' } }),
      created,
      writer('m'),
    );
    expect(again.entries()).toEqual(created.entries());
  });

  it('does not begin to track an object that is not tracked', () => {
    expect(
      onUpdate(deployment, web, with_(web, { spec: { replicas: 9 } }), ManagedFields.empty, writer('m')).entries(),
    ).toEqual([]);
  });

  it('puts the oldest updaters together', () => {
    let object = web;
    let managed = onCreate(deployment, web, writer('creator', { time: '2026-01-01T00:00:00Z' }));
    for (let index = 0; index < 14; index++) {
      const next = with_(object, { metadata: { annotations: { [`n${index}`]: 'x' } } });
      managed = onUpdate(
        deployment,
        object,
        next,
        managed,
        writer(`m${index}`, { time: `2026-01-01T00:01:${10 + index}Z` }),
      );
      object = next;
    }
    const names = managed.entries().map(({ manager }) => manager);
    expect(names).toHaveLength(maxUpdateManagers);
    expect(names).toEqual(['ancient-changes', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11', 'm12', 'm13']);
    const old = managed.entries()[0]!;
    expect(old.time).toBe('2026-01-01T00:01:14Z');
    expect((old.fieldsV1 as { 'f:metadata': { 'f:annotations': Json } })['f:metadata']['f:annotations']).toEqual({
      '.': {},
      'f:n0': {},
      'f:n1': {},
      'f:n2': {},
      'f:n3': {},
      'f:n4': {},
    });
  });
});

const config: Json = deepFreeze({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: { replicas: 3 },
});

function applied(live: Json, before: ManagedFields, wanted: Json, by: string, force = false): Applied {
  return apply({ schema: deployment, live, before, config: deepFreeze(wanted), writer: writer(by), force });
}

describe('apply', () => {
  it('creates, and owns what the configuration names', () => {
    const { object, managedFields } = applied({}, ManagedFields.empty, config, 'ssa');
    expect(object).toEqual(config);
    expect(managedFields.entries()).toEqual([
      expect.objectContaining({
        manager: 'ssa',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: expect.any(String),
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:spec': { 'f:replicas': {} } },
      }),
    ]);
  });

  it("meets a conflict, in upstream's words", () => {
    const created = onCreate(deployment, web, writer('kubectl-create'));
    const attempt = (wanted: Json): ApplyConflict => {
      try {
        applied(web, created, wanted, 'ssa');
      } catch (error) {
        return error as ApplyConflict;
      }
      throw new Error('no conflict');
    };
    expect(attempt(config).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-create" using apps/v1: .spec.replicas',
    );
    expect(attempt(config).status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-create" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    });
    const more = {
      ...config,
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'web', image: 'other' }] } } },
    };
    expect(attempt(more).message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-create" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="web"].image',
    );
  });

  it('takes over by force, shares what is equal', () => {
    const created = onCreate(deployment, web, writer('kubectl-create'));
    const { object, managedFields } = applied(web, created, config, 'ssa', true);
    expect((object.spec as Json).replicas).toBe(3);
    expect((object.spec as Json).template).toBe((web.spec as Json).template);
    const left = fieldsOf(managedFields, 'kubectl-create') as { 'f:spec': Json; 'f:metadata': Json };
    expect(left['f:spec']['f:replicas']).toBeUndefined();
    expect(left['f:metadata']['f:labels']).toEqual({ '.': {}, 'f:app': {} });
    const shared = applied(web, created, { ...config, spec: { replicas: 2 } }, 'ssa');
    expect(shared.object).toBe(web);
    expect(shared.managedFields.entries().map(({ manager }) => manager)).toEqual(['ssa', 'kubectl-create']);
  });

  it('removes what it applied before and nobody else applies', () => {
    const first = {
      ...config,
      metadata: { ...(config.metadata as Json), labels: { app: 'web', mine: 'x', both: 'y' } },
      spec: {
        replicas: 3,
        paused: true,
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'x' },
              { name: 'b', image: 'x' },
            ],
            securityContext: { runAsUser: 1 },
          },
        },
      },
    };
    const one = applied({}, ManagedFields.empty, first, 'one');
    const two = applied(
      one.object as Json,
      one.managedFields,
      { ...config, metadata: { name: 'web', namespace: 'default', labels: { both: 'y' } }, spec: undefined },
      'two',
    );
    const three = applied(
      two.object as Json,
      two.managedFields,
      {
        ...config,
        metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
        spec: { replicas: 3, template: { spec: { containers: [{ name: 'b', image: 'x' }] } } },
      },
      'one',
    );
    expect(three.object).toEqual({
      ...config,
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web', both: 'y' } },
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'b', image: 'x' }] } } },
    });
    expect(fieldsOf(three.managedFields, 'two')).toEqual({ 'f:metadata': { 'f:labels': { 'f:both': {} } } });
  });

  it('leaves what others have added to an item it owns', () => {
    const first = applied(
      {},
      ManagedFields.empty,
      { ...config, spec: { template: { spec: { containers: [{ name: 'a', image: 'x' }] } } } },
      'one',
    );
    const sidecar = with_(first.object as Json, {
      spec: { template: { spec: { containers: [{ name: 'side', image: 's' }] } } },
    });
    const managed = onUpdate(deployment, first.object, sidecar, first.managedFields, writer('injector'));
    const again = applied(
      sidecar,
      managed,
      { ...config, spec: { template: { spec: { containers: [{ name: 'a', image: 'y' }] } } } },
      'one',
    );
    expect(
      (again.object as { spec: { template: { spec: { containers: Json[] } } } }).spec.template.spec.containers,
    ).toEqual([
      { name: 'side', image: 's' },
      { name: 'a', image: 'y' },
    ]);
  });

  it('gives an untracked object a first manager, and so meets it', () => {
    expect(() => applied(web, ManagedFields.empty, config, 'ssa')).toThrow(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
  });

  it('lets kubectl take over from its own client-side apply', () => {
    const last = JSON.stringify({ spec: { replicas: 2 } });
    const live = with_(web, {
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': last } },
    });
    const managed = onCreate(deployment, live, writer('kubectl-client-side-apply'));
    const { object, managedFields } = applied(live, managed, config, 'kubectl');
    expect((object.spec as Json).replicas).toBe(3);
    expect(managedFields.entries().map(({ manager }) => manager)).toEqual(['kubectl', 'kubectl-client-side-apply']);
    expect(
      (object.metadata as { annotations: Json }).annotations['kubectl.kubernetes.io/last-applied-configuration'],
    ).toBe(
      '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"app":"web"},"name":"web","namespace":"default"},"spec":{"replicas":3}}\n',
    );
    expect(() => applied(live, managed, config, 'argo')).toThrow(ApplyConflict);
  });

  it.each([
    [{ spec: { nope: 1 } }, '.spec.nope: field not declared in schema'],
    [{ spec: { replicas: 'two' } }, '.spec.replicas: expected numeric (int or float), got string'],
    [
      { metadata: { labels: { a: 8080 } } },
      '.metadata.labels.a: expected string, got &value.valueUnstructured{Value:8080}',
    ],
    [
      { spec: { template: { spec: { containers: [{ image: 'x' }] } } } },
      `.spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)`,
    ],
    [
      { spec: { template: { spec: { containers: [{ name: 'x' }, { name: 'x' }] } } } },
      '.spec.template.spec.containers: duplicate entries for key [name="x"]',
    ],
  ])('refuses %j', (part, message) => {
    expect(() => applied({}, ManagedFields.empty, { apiVersion: 'apps/v1', kind: 'Deployment', ...part }, 'x')).toThrow(
      `failed to create typed patch object (/; apps/v1, Kind=Deployment): ${message}`,
    );
  });
});

// Empty maps are left out: an object that was made empty by a removal and one that is applied empty are told apart by Go's types only.
describe('invariants of ownership', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const spec = fc.record(
    {
      metadata: fc.record({ labels: fc.dictionary(name, name, { minKeys: 1, maxKeys: 3 }) }),
      spec: fc.record(
        {
          replicas: fc.integer({ min: 0, max: 3 }),
          template: fc.record({
            spec: fc.record({
              containers: fc.uniqueArray(fc.record({ name, image: name }), {
                selector: (item) => item.name,
                minLength: 1,
                maxLength: 3,
              }),
            }),
          }),
        },
        { requiredKeys: ['template'] },
      ),
    },
    { requiredKeys: [] },
  );

  it('applying twice is applying once; force never fails; what is applied is there; the set survives the wire', () => {
    fc.assert(
      fc.property(spec, spec, spec, (mine, theirs, next) => {
        const first = applied({}, ManagedFields.empty, mine as Json, 'mine', true);
        const both = applied(deepFreeze(first.object as Json), first.managedFields, theirs as Json, 'theirs', true);
        const last = applied(deepFreeze(both.object as Json), both.managedFields, next as Json, 'mine', true);
        const again = applied(deepFreeze(last.object as Json), last.managedFields, next as Json, 'mine', false);
        expect(again.object).toBe(last.object);
        expect(again.managedFields.entries()).toEqual(last.managedFields.entries());
        expect(applyStrategicMergePatch(last.object, next as Json, deployment).spec).toEqual(last.object.spec);
        expect(ManagedFields.decode(last.managedFields.entries())!.entries()).toEqual(last.managedFields.entries());
        // Sharing parts with others changes none of them.
        const before = [first, both, last].map(({ managedFields }) => [...managedFields.entries()]);
        const settled = [first, both, last].map(({ managedFields }) => ManagedFields.of(managedFields.managers()));
        settled.forEach((managed, index) => {
          managed.settle(settled[index - 1]);
        });
        expect(settled.map((managed) => [...managed.entries()])).toEqual(before);
      }),
      { seed: 61, numRuns: 300 },
    );
  });

  it('an applier alone gets exactly what it applies', () => {
    fc.assert(
      fc.property(spec, spec, (one, two) => {
        const first = applied({}, ManagedFields.empty, one as Json, 'mine');
        const second = applied(deepFreeze(first.object as Json), first.managedFields, two as Json, 'mine');
        const labels = ((second.object.metadata ?? {}) as { labels?: Json }).labels ?? {};
        expect(labels).toEqual(((two.metadata ?? {}) as { labels?: Json }).labels ?? {});
        expect((second.object.spec as Json | undefined)?.replicas).toBe((two.spec as Json | undefined)?.replicas);
      }),
      { seed: 67, numRuns: 300 },
    );
  });
});

describe('ManagedFields', () => {
  it('knows whether an old version of its object is kept for it', () => {
    const created = onCreate(deployment, web, writer('create'));
    expect(created.keepsOldVersion).toBe(false);
    const scaled = with_(web, { spec: { replicas: 3 } });
    const one = onUpdate(deployment, web, scaled, created, writer('edit'));
    expect(one.keepsOldVersion).toBe(true);
    one.entries();
    expect(one.keepsOldVersion).toBe(false);
    const two = onUpdate(deployment, scaled, with_(scaled, { spec: { replicas: 4 } }), one, writer('edit'));
    expect(two.keepsOldVersion).toBe(true);
    two.settle(one);
    expect(two.keepsOldVersion).toBe(false);
  });

  it('is read from the wire, or refused', () => {
    const entry = {
      manager: 'm',
      operation: 'Update' as const,
      apiVersion: 'v1',
      time: 't',
      fieldsType: 'FieldsV1' as const,
      fieldsV1: { 'f:data': {} },
    };
    expect(ManagedFields.decode([entry])!.entries()).toEqual([entry]);
    expect(ManagedFields.decode(undefined)).toBe(ManagedFields.empty);
    expect(ManagedFields.decode([{ ...entry, fieldsType: undefined }])).toBeUndefined();
    expect(ManagedFields.decode([{ ...entry, fieldsV1: { data: {} } }])).toBeUndefined();
    expect(ManagedFields.decode([{ ...entry, operation: undefined }])).toBeUndefined();
  });
});
