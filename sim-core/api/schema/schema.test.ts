import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FieldSchema, objectType, typeForKind, typeNames, typeOf, type ValueSchema } from './schema.ts';

interface Fact {
  type: string;
  required?: boolean;
  enum?: string[];
  default?: unknown;
  mergeKey?: string;
  patchStrategy?: string;
  listType?: string;
  listMapKeys?: string[];
  mapType?: string;
}
const facts = JSON.parse(
  readFileSync(new URL('../../../tests/fixtures/api-facts.json', import.meta.url), 'utf8'),
) as Record<string, { fields: Record<string, Fact>; gvk?: string; mapType?: string }>;

function openapiType(value: ValueSchema): string {
  switch (value.kind) {
    case 'integer':
    case 'number':
      return `${value.kind}:${value.format}`;
    case 'bytes':
      return 'string:byte';
    case 'list':
      return `[]${openapiType(value.element!)}`;
    case 'map':
      return `map[string]${value.element!.kind === 'list' ? 'array' : openapiType(value.element!).replace(':byte', '')}`;
    default:
      return value.ref ?? value.kind;
  }
}

function asFact(field: FieldSchema): Fact {
  const fact: Fact = { type: openapiType(field).replace(/^\[\]integer:.*/, '[]integer') };
  if (field.required) fact.required = true;
  if (field.enum !== undefined) fact.enum = [...field.enum];
  if (field.default !== undefined) fact.default = field.default;
  if (field.patchMergeKey !== undefined) fact.mergeKey = field.patchMergeKey;
  if (field.patchStrategy !== undefined) fact.patchStrategy = field.patchStrategy;
  if (field.listType !== undefined) fact.listType = field.listType;
  if (field.listMapKeys !== undefined) fact.listMapKeys = [...field.listMapKeys];
  if (field.mapType !== undefined) fact.mapType = field.mapType;
  return fact;
}

/** Where the recorded facts are older than v1.33: the Go types of v1.33 say so. */
const CHANGED_SINCE: Record<string, unknown> = {
  'io.k8s.api.core.v1.ClaimSource': 'no such type',
  'io.k8s.api.core.v1.PodResourceClaim.source': 'no such field',
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec.resources': { type: 'io.k8s.api.core.v1.VolumeResourceRequirements' },
  'io.k8s.api.core.v1.HostAlias.ip': { type: 'string', required: true, default: '' },
  'io.k8s.api.core.v1.HostIP.ip': { type: 'string', required: true, default: '' },
  'io.k8s.api.core.v1.PodIP.ip': { type: 'string', required: true, default: '' },
};

describe('the type table', () => {
  test('agrees with the recorded facts on every type and field', () => {
    const differences: Record<string, unknown> = {};
    for (const [name, fact] of Object.entries(facts)) {
      const type = typeOf(name);
      if (type === undefined) {
        differences[name] = 'no such type';
        continue;
      }
      if (type.atomic !== (fact.mapType === 'atomic')) differences[`${name} atomic`] = type.atomic;
      // WatchEvent is registered in every group, which says nothing of it.
      if (!name.endsWith('.WatchEvent') && type.isKind !== (fact.gvk !== undefined))
        differences[`${name} isKind`] = type.isKind;
      for (const [fieldName, expected] of Object.entries(fact.fields)) {
        const field = type.fields.get(fieldName);
        const found = field === undefined ? 'no such field' : asFact(field);
        const sorted = (value: unknown) =>
          JSON.stringify(value, (_, inner) =>
            inner !== null && typeof inner === 'object' && !Array.isArray(inner)
              ? Object.fromEntries(Object.entries(inner).sort())
              : inner,
          );
        if (sorted(found) !== sorted(expected)) differences[`${name}.${fieldName}`] = found;
      }
    }
    expect(differences).toEqual(CHANGED_SINCE);
  });

  test('knows fields of v1.33 that the facts are too old for', () => {
    const fields = (name: string) => [...typeOf(`io.k8s.api.${name}`)!.fields.keys()];
    expect(fields('core.v1.PodSpec')).toContain('resources');
    expect(fields('core.v1.Lifecycle')).toContain('stopSignal');
    expect(fields('core.v1.PodStatus')).toContain('observedGeneration');
    expect(fields('core.v1.PodSpec')).not.toContain('hostnameOverride');
    expect(fields('core.v1.Volume')).toEqual(expect.arrayContaining(['name', 'configMap', 'image']));
  });

  test.each([
    ['admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicy'],
    ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema'],
    ['networking.k8s.io', 'v1', 'ServiceCIDR'],
    ['networking.k8s.io', 'v1', 'IPAddress'],
    ['authorization.k8s.io', 'v1', 'SubjectAccessReview'],
    ['authentication.k8s.io', 'v1', 'SelfSubjectReview'],
    ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'],
    ['apiregistration.k8s.io', 'v1', 'APIService'],
    ['autoscaling', 'v2', 'HorizontalPodAutoscaler'],
    ['', 'v1', 'Pod'],
  ])('finds %s/%s %s by its kind', (group, version, kind) => {
    const type = typeForKind(group, version, kind)!;
    expect(type).toMatchObject({ group, version, shortName: kind, isKind: true });
    expect(type.fields.get('metadata')?.ref).toBe('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  });

  test('every type that a field names exists', () => {
    const visit = (value: ValueSchema): void => {
      if (value.kind === 'object') expect(objectType(value).fields).toBeDefined();
      if (value.element !== undefined) visit(value.element);
    };
    for (const name of typeNames()) for (const field of typeOf(name)!.fields.values()) visit(field);
    expect(typeOf('io.k8s.api.core.v1.Nothing')).toBeUndefined();
    expect(typeForKind('', 'v1', 'PodSpec')).toBeUndefined();
  });

  test('keeps how Go serialises a field', () => {
    const spec = typeOf('io.k8s.api.apps.v1.DeploymentSpec')!.fields;
    expect(spec.get('replicas')).toMatchObject({ goType: 'int32', pointer: true, omitEmpty: true, required: false });
    expect(spec.get('template')).toMatchObject({ goType: 'v1.PodTemplateSpec', pointer: false, required: true });
    const container = typeOf('io.k8s.api.core.v1.Container')!.fields;
    expect(container.get('imagePullPolicy')?.goType).toBe('v1.PullPolicy');
    expect(container.get('ports')?.goType).toBe('[]v1.ContainerPort');
  });
});
