import { describe, expect, it } from 'vitest';
import { closeUp, hasCloseUp } from './close-up.ts';
import { mirrorOf, node, object } from './testing/objects.ts';

const claim = object('PersistentVolumeClaim', 'data', { status: { phase: 'Bound' } });
const worker = {
  ...node('worker-1'),
  status: {
    allocatable: { cpu: '2', memory: '1Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};
const pod = object('Pod', 'db-0', {
  spec: {
    nodeName: 'worker-1',
    initContainers: [{ name: 'prepare', image: 'busybox:1.36' }],
    containers: [
      {
        name: 'db',
        image: 'postgres:17',
        ports: [{ containerPort: 5432 }],
        resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        volumeMounts: [{ name: 'files', mountPath: '/data' }],
      },
      { name: 'watcher', image: 'busybox:1.36' },
    ],
    volumes: [
      { name: 'files', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'scratch', emptyDir: {} },
    ],
  },
  status: {
    phase: 'Running',
    podIP: '10.244.1.7',
    initContainerStatuses: [
      { name: 'prepare', ready: true, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
    ],
    containerStatuses: [
      { name: 'db', ready: true, restartCount: 2, state: { running: {} } },
      { name: 'watcher', ready: false, restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    ],
  },
});
const system = object('Pod', 'a-proxy', {
  metadata: { namespace: 'kube-system' },
  spec: { nodeName: 'worker-1', containers: [{ name: 'proxy', resources: { requests: { cpu: '500m' } } }] },
});
const elsewhere = object('Pod', 'web', { spec: { nodeName: 'worker-2', containers: [] } });
const mirror = mirrorOf({ nodes: [worker], pods: [pod, system, elsewhere], persistentvolumeclaims: [claim] });

describe('a close-up', () => {
  it('of a pod shows each container with its state, and where its files lie', () => {
    const seen = closeUp(mirror, pod.metadata.uid);
    expect(seen).toMatchObject({
      type: 'pod',
      state: 'failed',
      word: 'CrashLoopBackOff',
      ip: '10.244.1.7',
      node: { uid: worker.metadata.uid, name: 'worker-1' },
      initContainers: [{ name: 'prepare', state: 'terminated', word: 'Completed' }],
      containers: [
        {
          name: 'db',
          state: 'running',
          word: 'Running',
          restarts: 2,
          ports: ['5432/TCP'],
          resources: ['cpu 500m / –', 'memory 256Mi / 512Mi'],
          mounts: [{ path: '/data', volume: 'files' }],
        },
        { name: 'watcher', state: 'waiting', word: 'CrashLoopBackOff', restarts: 5, resources: [] },
      ],
      volumes: [
        { name: 'files', source: 'persistentVolumeClaim', from: 'data', claim: claim.metadata.uid },
        { name: 'scratch', source: 'emptyDir', from: '', claim: undefined },
      ],
    });
  });

  it('of a node shows its pods, and what they ask for of what there is', () => {
    const seen = closeUp(mirror, worker.metadata.uid);
    expect(seen).toMatchObject({
      type: 'node',
      pods: [{ name: 'db-0' }, { name: 'a-proxy' }],
      mostPods: '110',
      resources: [
        { name: 'cpu', requested: '1', allocatable: '2', part: 0.5 },
        { name: 'memory', requested: '256Mi', allocatable: '1Gi', part: 0.25 },
      ],
    });
  });

  it('there is none of other things, and of what is gone', () => {
    expect(closeUp(mirror, claim.metadata.uid)).toBeUndefined();
    expect(closeUp(mirror, 'nobody')).toBeUndefined();
    expect([pod, worker, claim, undefined].map(hasCloseUp)).toEqual([true, true, false, false]);
  });
});
