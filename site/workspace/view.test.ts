import { describe, expect, it } from 'vitest';
import type { Pod } from '../../sim-core/api/objects.ts';
import { podState } from './pod-state.ts';
import { mirrorOf, node, object, owner } from './testing/objects.ts';
import { clusterView } from './view.ts';

const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

describe('the state of a pod', () => {
  const placed = { nodeName: 'worker-1', containers: [{ name: 'c' }] };
  const waiting = (reason: string) => ({
    phase: 'Pending',
    containerStatuses: [{ name: 'c', state: { waiting: { reason } } }],
  });
  it.each([
    ['pending', 'Pending', {}, { phase: 'Pending' }],
    ['creating', 'ContainerCreating', placed, waiting('ContainerCreating')],
    ['failed', 'ImagePullBackOff', placed, waiting('ImagePullBackOff')],
    ['failed', 'CrashLoopBackOff', placed, waiting('CrashLoopBackOff')],
    ['unready', 'Running', placed, { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }],
    ['ready', 'Running', placed, running],
    ['succeeded', 'Completed', placed, { phase: 'Succeeded' }],
    ['failed', 'Evicted', placed, { phase: 'Failed', reason: 'Evicted' }],
  ])('%s (%s)', (state, word, spec, status) => {
    const pod = object('Pod', 'p', { spec, status }) as unknown as Pod;
    expect(podState(pod, false)).toEqual({ state, word });
    expect(podState(pod, true).state).toBe('lost');
  });

  it('is terminating while it is being deleted', () => {
    const pod = object('Pod', 'p', { metadata: { deletionTimestamp: 'now' }, spec: placed, status: running });
    expect(podState(pod as unknown as Pod, false).state).toBe('terminating');
  });
});

describe('the view of a cluster', () => {
  const deployment = object('Deployment', 'web', { spec: { replicas: 3 } });
  const set = object('ReplicaSet', 'web-1', {
    metadata: { ownerReferences: owner(deployment) },
    spec: { replicas: 3 },
  });
  const empty = object('ReplicaSet', 'web-0', {
    metadata: { ownerReferences: owner(deployment) },
    spec: { replicas: 0 },
  });
  const pod = (name: string, nodeName: string | undefined, status: object) =>
    object('Pod', name, { metadata: { ownerReferences: owner(set) }, spec: { nodeName, containers: [] }, status });
  const ready = pod('web-1-a', 'worker-2', running);
  const unplaced = pod('web-1-b', undefined, { phase: 'Pending' });
  const system = object('Pod', 'kube-proxy-x', {
    metadata: { namespace: 'kube-system' },
    spec: { nodeName: 'worker-2' },
    status: running,
  });
  const etcd = object('Pod', 'etcd-control-plane', {
    metadata: { namespace: 'kube-system', labels: { component: 'etcd' } },
    spec: { nodeName: 'control-plane' },
    status: { ...running, containerStatuses: [{ name: 'etcd', state: { waiting: {} } }] },
  });
  const service = object('Service', 'web', { spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] } });
  const slice = object('EndpointSlice', 'web-x', {
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: [{ targetRef: { uid: ready.metadata.uid }, conditions: { ready: true } }],
  });
  const view = clusterView(
    mirrorOf({
      nodes: [node('worker-10'), node('worker-2'), node('control-plane', 'True', true), node('worker-1', 'Unknown')],
      pods: [ready, unplaced, system, etcd],
      'deployments.apps': [deployment],
      'replicasets.apps': [set, empty],
      services: [service],
      'endpointslices.discovery.k8s.io': [slice],
    }),
  );

  it('has the workers in the order of their numbers, and the control plane apart', () => {
    expect(view.nodes.map(({ name }) => name)).toEqual(['worker-1', 'worker-2', 'worker-10']);
    expect(view.nodes.map(({ state }) => state)).toEqual(['lost', 'ready', 'ready']);
    expect(view.controlPlane?.name).toBe('control-plane');
  });

  it('nests pods in their ReplicaSet and Deployment, wherever they are, and leaves empty sets out', () => {
    const [workload] = view.workloads;
    expect(workload).toMatchObject({ kind: 'Deployment', name: 'web', desired: 3, ready: 1, nested: true });
    expect(workload?.sets.map(({ name, pods }) => [name, pods.map((one) => one.name)])).toEqual([
      ['web-1', ['web-1-a', 'web-1-b']],
    ]);
    expect(view.unscheduled).toEqual([]);
  });

  it('keeps the cluster’s own pods apart, and shows parts of the control plane as parts', () => {
    expect(view.nodes[1]?.pods.map(({ name }) => name)).toEqual(['web-1-a']);
    expect(view.nodes[1]?.systemPods.map(({ name }) => name)).toEqual(['kube-proxy-x']);
    expect(view.controlPlane?.systemPods).toEqual([]);
    expect(view.parts.find(({ name }) => name === 'etcd')).toMatchObject({ up: false, uid: etcd.metadata.uid });
    expect(view.parts.find(({ name }) => name === 'kube-scheduler')).toMatchObject({ up: true, uid: undefined });
  });

  it('ties a Service to its ready pods', () => {
    expect(view.services).toMatchObject([
      { name: 'web', type: 'NodePort', ports: '80:30080/TCP', readyPods: [ready.metadata.uid], waitingPods: [] },
    ]);
  });
});
