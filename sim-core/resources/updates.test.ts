import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../api/objects.ts';
import { ValidationServer } from './testing/validation-server.ts';

type Manifest = Parameters<ValidationServer['create']>[0];

const container = { name: 'c', image: 'nginx:1.25' };
const labels = { app: 'd' };
const template = { metadata: { labels }, spec: { containers: [container] } };

/** Creates the manifest and then writes it back as `change` leaves it. */
function updated<T>(manifest: unknown, change: (object: T) => void, subresource?: string) {
  const server = new ValidationServer();
  const { object, errors } = server.create(manifest as Manifest);
  expect(errors).toEqual([]);
  const copy = JSON.parse(JSON.stringify(object)) as AnyObject;
  change(copy as T);
  return server.update(copy as unknown as Manifest, subresource);
}

const pod = (spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [container], ...spec },
});

describe('updates of pods', () => {
  it('may change images and add tolerations', () => {
    const { object, errors } = updated(
      pod(),
      ({ spec }: { spec: { containers: { image: string }[]; tolerations: unknown[] } }) => {
        spec.containers[0]!.image = 'nginx:1.26';
        spec.tolerations = [{ key: 'a', operator: 'Exists' }];
      },
    );
    expect(errors).toEqual([]);
    expect(object).toMatchObject({ spec: { containers: [{ image: 'nginx:1.26' }] }, metadata: { generation: 2 } });
  });

  it('may not change anything else', () => {
    const { errors } = updated(pod(), ({ spec }: { spec: { restartPolicy: string } }) => {
      spec.restartPolicy = 'Never';
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*]\.image`,`spec\.initContainers\[\*]\.image`,`spec\.activeDeadlineSeconds`,`spec\.tolerations` \(only additions to existing tolerations\),`spec\.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)\n/,
    );
  });

  it('may not add containers or scheduling gates, nor prolong a deadline', () => {
    const added = updated(pod(), ({ spec }: { spec: { containers: object[] } }) => {
      spec.containers.push({ ...container, name: 'd', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' });
    });
    expect(added.errors).toEqual(['spec.containers: Forbidden: pod updates may not add or remove containers']);
    const gated = updated(pod(), ({ spec }: { spec: { schedulingGates: object[] } }) => {
      spec.schedulingGates = [{ name: 'example.com/wait' }];
    });
    expect(gated.errors).toEqual([
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'example.com/wait'",
    ]);
    const later = updated(
      pod({ activeDeadlineSeconds: 10 }),
      ({ spec }: { spec: { activeDeadlineSeconds: number } }) => {
        spec.activeDeadlineSeconds = 20;
      },
    );
    expect(later.errors).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
    ]);
  });

  it('add ephemeral containers through their own endpoint only', () => {
    const add = ({ spec }: { spec: { ephemeralContainers: object[] } }) => {
      spec.ephemeralContainers = [{ name: 'debug', image: 'busybox:1.36' }];
    };
    expect(updated(pod(), add, 'ephemeralcontainers').errors).toEqual([]);
    expect(updated(pod(), add).errors[0]).toMatch(/^spec: Forbidden: pod updates may not change fields/);
  });
});

describe('what is for good', () => {
  it.each([
    [
      'a selector',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: { selector: { matchLabels: labels }, template },
      },
      ({ spec }: { spec: { selector: object; template: { metadata: object } } }) => {
        spec.selector = { matchLabels: { app: 'new' } };
        spec.template.metadata = { labels: { app: 'new' } };
      },
      ['spec.selector: Invalid value: {"matchLabels":{"app":"new"}}: field is immutable'],
    ],
    [
      "a StatefulSet's service",
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 's' },
        spec: { serviceName: 's', selector: { matchLabels: labels }, template },
      },
      ({ spec }: { spec: { serviceName: string; replicas: number } }) => {
        spec.serviceName = 'other';
        spec.replicas = 3;
      },
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    [
      "a Job's completions",
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'j' },
        spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
      },
      ({ spec }: { spec: { completions: number; parallelism: number } }) => {
        spec.completions = 3;
        spec.parallelism = 2;
      },
      ['spec.completions: Invalid value: 3: field is immutable'],
    ],
    [
      'a sealed ConfigMap',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, immutable: true, data: { a: '1' } },
      (object: { data: object; immutable?: boolean }) => {
        object.data = { a: '2' };
        delete object.immutable;
      },
      [
        'immutable: Forbidden: field is immutable when `immutable` is set',
        'data: Forbidden: field is immutable when `immutable` is set',
      ],
    ],
    [
      "a Secret's type",
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'ü' } },
      (object: { type: string }) => {
        object.type = 'example.com/other';
      },
      ['type: Invalid value: "example.com/other": field is immutable'],
    ],
    [
      "a binding's role",
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'b' },
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [{ kind: 'User', name: 'ann' }],
      },
      ({ roleRef }: { roleRef: { name: string } }) => {
        roleRef.name = 'other';
      },
      [
        'roleRef: Invalid value: {"kind":"Role","name":"other","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
      ],
    ],
    [
      "a claim's class",
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'c' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
      },
      ({ spec }: { spec: { storageClassName: string } }) => {
        spec.storageClassName = 'slow';
      },
      [
        `spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
  core.PersistentVolumeClaimSpec{
  \t... // 2 identical fields
  \tResources:        {Requests: {s"storage": {i: {...}, s: "1Gi", Format: "BinarySI"}}},
  \tVolumeName:       "",
- \tStorageClassName: &"fast",
+ \tStorageClassName: &"slow",
  \tVolumeMode:       &"Filesystem",
  \tDataSource:       nil,
  \t... // 2 identical fields
  }
`,
      ],
    ],
  ])('%s', (_name, manifest, change, expected) => {
    expect(updated(manifest, change as unknown as (object: unknown) => void).errors).toEqual(expected);
  });
});

describe('warnings', () => {
  it('of pods that will be accepted', () => {
    const { warnings } = new ValidationServer().create({
      ...pod({
        nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
        containers: [
          {
            ...container,
            resources: { limits: { memory: '1500m' } },
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '2' },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 80, name: 'http' }],
          },
        ],
      }),
      metadata: { name: 'p.q' },
    } as Manifest);
    expect(warnings).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
  });

  it('of templates name the field in the template', () => {
    const { warnings } = new ValidationServer().create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: -1 } },
      },
    } as unknown as Manifest);
    expect(warnings).toEqual([
      'spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    ]);
  });
});

describe('other versions', () => {
  it('show autoscaling/v1 the CPU target, and keep other metrics through its writes', () => {
    const server = new ValidationServer();
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    };
    const made = server.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        maxReplicas: 3,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
          memory,
        ],
      },
    } as Manifest);
    expect(made.errors).toEqual([]);
    const v1 = server.server.resources.kind('autoscaling', 'v1', 'HorizontalPodAutoscaler')!.conversion!;
    const shown = v1.fromStored(made.object!);
    expect(shown).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { targetCPUUtilizationPercentage: 60, maxReplicas: 3 },
    });
    expect(v1.toStored(shown).spec).toMatchObject({ metrics: (made.object!.spec as { metrics: unknown[] }).metrics });
  });
});
