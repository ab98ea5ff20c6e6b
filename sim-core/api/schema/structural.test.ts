import { describe, expect, test } from 'vitest';
import { decode } from './decode.ts';
import { typeForKind } from './schema.ts';
import { structuralType, TypeRegistry } from './structural.ts';
import { viewOf } from './view.ts';

const team = structuralType('golden.example', 'v1', 'Team', {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer' },
        lead: { type: 'string', nullable: true },
        quota: { 'x-kubernetes-int-or-string': true },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        free: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'object' } },
        },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' } },
          },
        },
      },
    },
  },
});
const read = (object: unknown) => decode(object, team, { strict: 'Strict' });

describe('a type made from a structural schema', () => {
  test('prunes unknown fields and names them', () => {
    const { value, unknownFields } = read({
      spec: { size: 5, junk: 1, ports: [{ port: 1, name: 'x' }], free: { any: { thing: [1] }, known: { no: 1 } } },
    });
    expect(unknownFields).toEqual([
      'unknown field "spec.junk"',
      'unknown field "spec.ports[0].name"',
      'unknown field "spec.free.known.no"',
    ]);
    expect(value).toEqual({ spec: { size: 5, ports: [{ port: 1 }], free: { any: { thing: [1] }, known: {} } } });
  });

  test('keeps null, zero and wrongly typed values for validation to judge', () => {
    const spec = { size: '5', lead: null, quota: '50%', labels: { a: 1 }, ports: 'none' };
    expect(read({ spec })).toEqual({ value: { spec }, errors: [], unknownFields: [] });
    expect(read({ spec: { size: 0, ports: [] } }).value).toEqual({ spec: { size: 0, ports: [] } });
  });

  test('reads metadata, also of embedded objects, as Go does', () => {
    expect(read({ metadata: { name: 5 } }).errors).toEqual([
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    ]);
    const { unknownFields } = read({ spec: { template: { kind: 'X', metadata: { name: 'a', junk: 1 } } } });
    expect(unknownFields).toEqual(['unknown field "spec.template.metadata.junk"']);
  });

  test('keeps everything where there is no schema', () => {
    const object = { kind: 'Any', spec: { a: [{ b: null }] } };
    expect(decode(object, structuralType('g.example', 'v1', 'Any'), { strict: 'Strict' }).value).toEqual(object);
  });

  test('tells server-side apply its list keys', () => {
    const ports = viewOf(team).field('spec')?.schema.field('ports')?.schema;
    expect(ports).toMatchObject({
      kind: 'list',
      atomic: false,
      listKeys: [{ name: 'port' }, { name: 'protocol', default: 'TCP' }],
    });
  });

  test('is found in its registry, beside the built-in types', () => {
    const registry = new TypeRegistry();
    registry.register('golden.example', 'v1', 'Team', team);
    expect(registry.typeForKind('golden.example', 'v1', 'Team')).toBe(team);
    expect(registry.typeForKind('', 'v1', 'Pod')?.shortName).toBe('Pod');
    registry.unregister('golden.example', 'v1', 'Team');
    expect(registry.typeForKind('golden.example', 'v1', 'Team')).toBeUndefined();
    expect(registry.all()).toEqual([]);
  });
});

test('a built-in type shows patches its merge keys and server-side apply its ownership', () => {
  const spec = viewOf(typeForKind('', 'v1', 'Pod')!).field('spec')!.schema;
  const containers = spec.field('containers')!;
  expect(containers).toMatchObject({ patchStrategy: 'merge', patchMergeKey: 'name', retainKeys: false, zero: null });
  expect(containers.schema.listKeys).toEqual([{ name: 'name', default: '' }]);
  const ports = containers.schema.element!.field('ports')!.schema;
  expect(ports.listKeys).toEqual([
    { name: 'containerPort', default: 0 },
    { name: 'protocol', default: 'TCP' },
  ]);
  expect(spec.field('volumes')).toMatchObject({ patchStrategy: 'merge', retainKeys: true });
  expect(spec.field('nodeSelector')!.schema).toMatchObject({ kind: 'map', atomic: true });
  expect(spec.field('tolerations')!.schema).toMatchObject({ kind: 'list', atomic: true });
  const meta = viewOf(typeForKind('', 'v1', 'Pod')!).field('metadata')!.schema;
  expect(meta.field('finalizers')!.schema).toMatchObject({ kind: 'list', atomic: false, listKeys: [] });
  expect(containers.schema.element!.field('resources')!.zero).toEqual({});
  const volume = viewOf(typeForKind('', 'v1', 'PersistentVolume')!).field('spec')!.schema;
  expect(volume.field('claimRef')!.schema).toMatchObject({ atomic: false });
  expect(volume.field('csi')!.schema.field('nodeStageSecretRef')!.schema).toMatchObject({ atomic: true });
});
