import { expect, test } from 'vitest';
import { Lab, pathOf } from '../apiserver/testing/lab.ts';

/** What the cluster's own components were refused, and what nobody asked them to do. */
function refusals(lab: Lab): string[] {
  return lab.cluster.engine.trace.since(0).flatMap(({ kind, actor, data }) => {
    if (kind !== 'request' || actor.startsWith('kubectl')) return [];
    const { code, message } = data as { code: number; message?: string };
    return code === 403 || code === 401 ? [`${actor}: ${message}`] : [];
  });
}

function workload(lab: Lab): void {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.25' }] } };
  const selector = { matchLabels: labels };
  lab.create(
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3, selector, template } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: labels, ports: [{ port: 80 }] } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        selector: { matchLabels: { app: 'db' } },
        serviceName: 'db',
        replicas: 2,
        template: { ...template, metadata: { labels: { app: 'db' } } },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: { ...template, metadata: { labels: { app: 'agent' } } },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick' },
      spec: {
        schedule: '* * * * *',
        jobTemplate: {
          spec: {
            ttlSecondsAfterFinished: 10,
            template: {
              spec: {
                restartPolicy: 'Never',
                containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', 'exit 0'] }],
              },
            },
          },
        },
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: { maxReplicas: 4, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { minAvailable: 1, selector },
    },
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old' },
      spec: { replicas: 1, selector: { app: 'old' }, template: { ...template, metadata: { labels: { app: 'old' } } } },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'default' } },
      type: 'kubernetes.io/service-account-token',
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'scratch' },
      spec: {
        containers: [{ name: 'c', image: 'nginx:1.25', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
        volumes: [
          {
            name: 'v',
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'pv' },
      spec: { capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' } },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'b' } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'reader' },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'nginx:1.25',
            envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'token' } }],
          },
        ],
      },
    },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'short' } },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { pods: '50' } } },
  );
  lab.settle(90);
  lab.send('PATCH', pathOf('apps/v1', 'deployments/web', 'default'), {
    spec: { template: { metadata: { annotations: { a: 'b' } } } },
  });
  lab.send('PATCH', '/api/v1/nodes/worker-1', { spec: { unschedulable: true } });
  const { items } = lab.get('/api/v1/namespaces/default/pods?fieldSelector=spec.nodeName=worker-1') as {
    items: { metadata: { name: string } }[];
  };
  for (const { metadata } of items) {
    lab.send('POST', `/api/v1/namespaces/default/pods/${metadata.name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: metadata.name, namespace: 'default' },
    });
  }
  lab.settle(30);
  lab.send('DELETE', pathOf('apps/v1', 'deployments/web', 'default'));
  lab.send('DELETE', '/api/v1/namespaces/short');
  lab.settle(60);
}

test.each(['lab', 'two-workers'])('no component of the cluster %s is refused what it does', (preset) => {
  const lab = new Lab(preset);
  lab.settle(30);
  workload(lab);
  expect([...new Set(refusals(lab))]).toEqual([]);
  const requests = lab.cluster.engine.trace.since(0).filter(({ kind }) => kind === 'request');
  expect(requests.length).toBeGreaterThan(100);
  const { data } = lab.get('/api/v1/namespaces/default/secrets/token') as { data?: Record<string, string> };
  expect(Object.keys(data ?? {})).toContain('token');
});
