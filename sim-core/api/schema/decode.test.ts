import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../json.ts';
import { decode, validateShape } from './decode.ts';
import { typeForKind } from './schema.ts';
import { cannotBeHandled, strictDecodingError } from './strict-errors.ts';

const type = (kind: string, group = '', version = 'v1') => typeForKind(group, version, kind)!;
const read = (kind: string, object: unknown, group = '') => decode(object, type(kind, group), { strict: 'Strict' });
const container = (extra: object) => ({ spec: { containers: [{ name: 'c', image: 'nginx', ...extra }] } });

describe('type errors', () => {
  test.each([
    [
      'Deployment',
      'apps',
      { spec: { replicas: '3' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'Deployment',
      'apps',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'Deployment',
      'apps',
      { spec: { replicas: 2 ** 31 } },
      'json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'Pod',
      '',
      container({ command: 'sleep 1' }),
      'json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
    ],
    [
      'Pod',
      '',
      container({ ports: [{ containerPort: 'http' }] }),
      'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      'Pod',
      '',
      container({ imagePullPolicy: 1 }),
      'json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy',
    ],
    [
      'Pod',
      '',
      container({ resources: { requests: { cpu: 'lots' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'Pod',
      '',
      container({ resources: { requests: { cpu: '' } } }),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'Pod',
      '',
      container({ resources: { requests: 5 } }),
      'json: cannot unmarshal number into Go struct field ResourceRequirements.spec.containers.resources.requests of type v1.ResourceList',
    ],
    [
      'Pod',
      '',
      container({ livenessProbe: { httpGet: { port: true } } }),
      'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32',
    ],
    [
      'Pod',
      '',
      { spec: { containers: ['a'] } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container',
    ],
    ['Pod', '', { spec: [] }, 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec'],
    [
      'Pod',
      '',
      { metadata: { uid: {} } },
      'json: cannot unmarshal object into Go struct field ObjectMeta.metadata.uid of type types.UID',
    ],
    [
      'Pod',
      '',
      { metadata: { creationTimestamp: 'now' } },
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
    [
      'DaemonSet',
      'apps',
      { spec: { template: { spec: { volumes: [{ name: 'w', secret: { secretName: true } }] } } } },
      'json: cannot unmarshal bool into Go struct field SecretVolumeSource.spec.template.spec.volumes.secret.secretName of type string',
    ],
    [
      'ConfigMap',
      '',
      { data: { port: 80 } },
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    ['ConfigMap', '', { binaryData: { a: '***' } }, 'illegal base64 data at input byte 0'],
    ['Secret', '', { data: { a: 'not base64!' } }, 'illegal base64 data at input byte 3'],
    [
      'PersistentVolumeClaim',
      '',
      { spec: { resources: { requests: { storage: 'ten' } } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      'Pod',
      '',
      { metadata: { labels: { n: 5 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    ['Pod', '', 'hello', 'json: cannot unmarshal string into Go value of type v1.Pod'],
  ])('%s %#: %s', (kind, group, object, message) => {
    const result = read(kind, object, group);
    expect(result.errors[0]).toBe(message);
    expect(result.value).toBeUndefined();
  });

  test('the error of a type with its own decoder wins over those that were only noted', () => {
    expect(
      read('Pod', { metadata: { name: 5 }, ...container({ resources: { limits: { cpu: 'x' } } }) }).errors,
    ).toEqual(["quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"]);
  });

  test.each([
    [{ spec: { replicas: 'two' } }, 'unrecognized type: int32'],
    [{ spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
    [{ spec: { paused: 'yes' } }, 'unrecognized type: bool'],
    [{ metadata: { name: 5 } }, 'cannot convert int64 to string'],
    [{ spec: { template: { spec: { containers: 'x' } } } }, 'cannot restore slice from string'],
    [{ spec: { template: [] } }, 'cannot restore struct from: slice'],
    [{ metadata: { labels: 5 } }, 'cannot restore map from int64'],
  ])('a patched object that does not fit: %#', (object, message) => {
    const result = decode(object, type('Deployment', 'apps'), { strict: 'Strict', errorStyle: 'unstructured' });
    expect(result.errors).toEqual([message]);
  });

  test('is worded as the API server words it', () => {
    expect(cannotBeHandled('Deployment', 'v1', strictDecodingError(['unknown field "spec.replica"']))).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    );
  });
});

describe('unknown fields', () => {
  const object = {
    kind: 'Pod',
    foo: 1,
    spec: { nodename: 'x', containers: [{ name: 'a' }, { name: 'b', Image: 'x', env: [{ nam: 'a' }] }] },
  };

  test('are dropped and named with their path', () => {
    const { value, unknownFields } = read('Pod', object);
    expect(unknownFields).toEqual([
      'unknown field "foo"',
      'unknown field "spec.nodename"',
      'unknown field "spec.containers[1].Image"',
      'unknown field "spec.containers[1].env[0].nam"',
    ]);
    expect(value).not.toHaveProperty('foo');
    expect(value).toHaveProperty('spec.containers[1].env', [{ name: '' }]);
  });

  test('are dropped in silence when validation is off', () => {
    const { value, unknownFields } = decode(object, type('Pod'), { strict: 'Ignore' });
    expect(unknownFields).toEqual([]);
    expect(value).not.toHaveProperty('foo');
  });

  test('and fields that come twice', () => {
    const { value, duplicates } = parseJson(
      '{"data":{"a":"1","a":"2"},"junk":{"b":1,"b":2},"immutable":true,"immutable":true}',
    );
    expect(decode(value, type('ConfigMap'), { strict: 'Strict', duplicates }).unknownFields).toEqual([
      'unknown field "junk"',
      'duplicate field "data.a"',
      'duplicate field "immutable"',
    ]);
  });
});

describe('values', () => {
  test('are what Go writes for what it read', () => {
    const { value, errors } = read('Pod', {
      metadata: { name: 'a', labels: {}, generateName: null, annotations: { a: null } },
      spec: {
        hostNetwork: false,
        nodeName: '',
        terminationGracePeriodSeconds: 0,
        containers: [{ args: [], resources: { limits: { cpu: '0.5', memory: '1024Mi', x: 2 } }, stdin: true }],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    });
    expect(errors).toEqual([]);
    expect(value).toEqual({
      metadata: { name: 'a', creationTimestamp: null, annotations: { a: '' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: '', resources: { limits: { cpu: '500m', memory: '1Gi', x: '2' } }, stdin: true }],
        volumes: [{ name: 'v', emptyDir: {} }],
      },
      status: {},
    });
  });

  test('what Go always writes appears', () => {
    expect(read('Deployment', { spec: { template: {} } }, 'apps').value).toEqual({
      metadata: { creationTimestamp: null },
      spec: {
        selector: null,
        strategy: {},
        template: { metadata: { creationTimestamp: null }, spec: { containers: null } },
      },
      status: {},
    });
    expect(read('Service', {}).value).toMatchObject({ spec: {}, status: { loadBalancer: {} } });
  });

  test('times are written in UTC', () => {
    const time = (creationTimestamp: string) => read('Namespace', { metadata: { creationTimestamp } }).value?.metadata;
    expect(time('2026-02-28T23:30:00.25-01:00')).toEqual({ creationTimestamp: '2026-03-01T00:30:00Z' });
    expect(time('2024-01-01T00:30:00+09:00')).toEqual({ creationTimestamp: '2023-12-31T15:30:00Z' });
    const lease = read('Lease', { spec: { renewTime: '2026-01-01T00:00:00.000001Z' } }, 'coordination.k8s.io');
    expect(lease.value).toMatchObject({ spec: { renewTime: '2026-01-01T00:00:00.000001Z' } });
  });

  test('JSON schemas inside CustomResourceDefinitions are read at any depth', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'string' } }, b: { additionalProperties: true } },
    };
    const { value, errors } = read(
      'CustomResourceDefinition',
      { spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] } },
      'apiextensions.k8s.io',
    );
    expect(errors).toEqual([]);
    expect(value).toHaveProperty('spec.versions[0].schema.openAPIV3Schema', schema);
  });

  test('the argument is never changed, and shared only when that was asked for', () => {
    const object = Object.freeze({
      metadata: Object.freeze({ name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' }),
      data: Object.freeze({ a: 'b' }),
    });
    const fresh = read('ConfigMap', object).value as typeof object;
    expect(fresh).toEqual(object);
    expect(fresh.data).not.toBe(object.data);
    expect(decode(object, type('ConfigMap'), { strict: 'Strict', reuse: true }).value).toBe(object);
  });

  test('keys that JavaScript treats specially are data', () => {
    const { value } = parseJson('{"data":{"__proto__":"x","constructor":"y"},"__proto__":{"polluted":1}}');
    const result = read('ConfigMap', value);
    expect(result.unknownFields).toEqual(['unknown field "__proto__"']);
    expect(Object.keys(result.value?.data as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('nesting is bounded', () => {
    let schema: unknown = {};
    for (let depth = 0; depth < 3000; depth++) schema = { not: schema };
    const crd = { spec: { versions: [{ schema: { openAPIV3Schema: schema } }] } };
    expect(read('CustomResourceDefinition', crd, 'apiextensions.k8s.io').errors).toEqual(['exceeded max depth']);
  });

  test('whatever comes, decoding answers, and a decoded value decodes to itself', () => {
    const key = fc.constantFrom(
      'metadata',
      'spec',
      'containers',
      'name',
      'labels',
      'resources',
      'limits',
      'cpu',
      'env',
      'volumes',
      'emptyDir',
      'x',
      '__proto__',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constant('1'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const first = read('Pod', value);
        if (first.value === undefined) return first.errors.length > 0;
        expect(read('Pod', first.value)).toEqual({ value: first.value, errors: [], unknownFields: [] });
        return true;
      }),
      { numRuns: 500, seed: 33 },
    );
  });
});

test('validateShape names what a typed object got wrong', () => {
  expect(validateShape({ metadata: { name: 'a' }, data: { a: 'b' } }, type('ConfigMap'))).toEqual([]);
  expect(validateShape({ metadata: { name: 5 }, date: {} }, type('ConfigMap'))).toEqual([
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
    'unknown field "date"',
  ]);
});
