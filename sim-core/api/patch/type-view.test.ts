import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../equality.ts';
import { onCreate } from '../managed-fields/field-manager.ts';
import { typeForKind } from '../schema/schema.ts';
import { createTwoWayPatch } from './strategic-diff.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';
import { viewOf } from './type-view.ts';

const pod = viewOf(typeForKind('', 'v1', 'Pod')!);
const service = viewOf(typeForKind('', 'v1', 'Service')!);
const deployment = viewOf(typeForKind('apps', 'v1', 'Deployment')!);

function owned(view: typeof pod, object: Record<string, unknown>): unknown {
  return onCreate(view, deepFreeze(object), { manager: 'm', apiVersion: 'v1', time: 't' }).entries()[0]!.fieldsV1;
}

describe('viewOf', () => {
  it('makes the field sets that a real server makes of a Pod', () => {
    expect(
      owned(pod, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'a',
          generateName: 'a-',
          ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u1' }],
        },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'nginx',
              resources: {},
              env: [{ name: 'A', value: 'b' }],
              ports: [{ containerPort: 80 }],
            },
          ],
          securityContext: {},
          nodeSelector: { a: 'b' },
          tolerations: [{ key: 'x', operator: 'Exists' }],
          volumes: [{ name: 'v', emptyDir: {} }],
        },
        status: {},
      }),
    ).toEqual({
      'f:metadata': { 'f:generateName': {}, 'f:ownerReferences': { '.': {}, 'k:{"uid":"u1"}': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
            'f:image': {},
            'f:name': {},
            'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
            'f:resources': {},
          },
        },
        'f:nodeSelector': {},
        'f:securityContext': {},
        'f:tolerations': {},
        'f:volumes': { '.': {}, 'k:{"name":"v"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} } },
      },
    });
  });

  it('and of a Service and a Deployment', () => {
    expect(
      owned(service, {
        metadata: { name: 's' },
        spec: {
          ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
          selector: { app: 'web' },
          type: 'ClusterIP',
          sessionAffinity: 'None',
        },
        status: { loadBalancer: {} },
      }),
    ).toEqual({
      'f:spec': {
        'f:ports': {
          '.': {},
          'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {} },
        },
        'f:selector': {},
        'f:sessionAffinity': {},
        'f:type': {},
      },
    });
    expect(
      owned(deployment, {
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          strategy: { type: 'Recreate' },
          template: { metadata: { labels: { a: 'b' } }, spec: {} },
        },
      }),
    ).toEqual({
      'f:spec': {
        'f:selector': {},
        'f:strategy': { 'f:type': {} },
        'f:template': { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } },
      },
    });
  });

  it('drives strategic patches', () => {
    const live = {
      spec: {
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
        template: { spec: { containers: [{ name: 'a', image: 'x' }] } },
      },
    };
    const changed = {
      spec: { strategy: { type: 'Recreate' }, template: { spec: { containers: [{ name: 'a', image: 'y' }] } } },
    };
    const patch = createTwoWayPatch(live, changed, deployment);
    expect(patch).toEqual({
      spec: {
        strategy: { $retainKeys: ['type'], rollingUpdate: null, type: 'Recreate' },
        template: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ image: 'y', name: 'a' }] } },
      },
    });
    expect(applyStrategicMergePatch(live, patch, deployment)).toEqual(changed);
  });

  it('is the same view for the same type', () => {
    expect(viewOf(typeForKind('', 'v1', 'Pod')!)).toBe(pod);
  });
});
