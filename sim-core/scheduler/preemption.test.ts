import { describe, expect, test } from 'vitest';
import type { AnyObject, PodDisruptionBudget } from '../api/objects.ts';
import { pods } from '../resources/pod.ts';
import { podDisruptionBudgets } from '../resources/pod-disruption-budget.ts';
import { TestCluster, testNode, testPod } from './testing.ts';

function budget(name: string, app: string, disruptionsAllowed: number): PodDisruptionBudget {
  const object: unknown = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed },
  };
  return object as AnyObject as unknown as PodDisruptionBudget;
}

function twoNodes(): TestCluster {
  return new TestCluster({ nodes: [testNode('worker-1'), testNode('worker-2')] });
}

describe('preemption', () => {
  test('evicts the least important pods, says so, and takes their room when they are gone', () => {
    const cluster = twoNodes();
    cluster.api.graceful = true;
    cluster.add(
      testPod('low', { cpu: '3', priority: 1, node: 'worker-1' }),
      testPod('middle', { cpu: '3', priority: 5, node: 'worker-2' }),
    );
    expect(cluster.place(testPod('high', { cpu: '3', priority: 10 }))).toBeUndefined();
    expect(cluster.pod('high').status.nominatedNodeName).toBe('worker-1');
    expect(cluster.events('Preempted', 'low')).toEqual(['Preempted by pod pod-default-high on node worker-1']);
    expect(cluster.events('FailedScheduling', 'high')).toEqual(['0/2 nodes are available: 2 Insufficient cpu.']);
    expect(cluster.pod('low').status.conditions).toMatchObject([
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      },
    ]);
    cluster.api.finish('default', 'low');
    cluster.settle();
    expect(cluster.nodeOf('high')).toBe('worker-1');
    expect(cluster.nodeOf('middle')).toBe('worker-2');
  });

  test('leaves alone what need not go', () => {
    const cluster = new TestCluster({ nodes: [testNode('worker-1')] });
    cluster.add(
      testPod('a', { cpu: '2', priority: 1, node: 'worker-1' }),
      testPod('b', { cpu: '1', priority: 2, node: 'worker-1' }),
      testPod('c', { cpu: '1', priority: 3, node: 'worker-1' }),
    );
    expect(cluster.place(testPod('high', { cpu: '2', priority: 10 }))).toBe('worker-1');
    expect(cluster.api.all(pods).map(({ metadata }) => metadata.name)).toEqual(['b', 'c', 'high']);
  });

  test('prefers victims whose disruption budget allows it', () => {
    const cluster = twoNodes();
    cluster.client.create(podDisruptionBudgets, budget('keep', 'kept', 0));
    cluster.add(
      testPod('kept', { cpu: '3', priority: 1, labels: { app: 'kept' }, node: 'worker-1' }),
      testPod('free', { cpu: '3', priority: 5, labels: { app: 'free' }, node: 'worker-2' }),
    );
    expect(cluster.place(testPod('high', { cpu: '3', priority: 10 }))).toBe('worker-2');
    expect(cluster.nodeOf('kept')).toBe('worker-1');
  });

  test('is not for pods that must never preempt', () => {
    const cluster = twoNodes();
    cluster.add(testPod('a', { cpu: '3', node: 'worker-1' }), testPod('b', { cpu: '3', node: 'worker-2' }));
    const spec = { preemptionPolicy: 'Never' };
    expect(cluster.place(testPod('polite', { cpu: '3', priority: 10, spec }))).toBeUndefined();
    expect(cluster.events('FailedScheduling', 'polite')).toEqual([
      '0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
    ]);
  });

  test('the room made is not given to a less important pod meanwhile', () => {
    const cluster = new TestCluster({ nodes: [testNode('worker-1')] });
    cluster.api.graceful = true;
    cluster.add(testPod('victim', { cpu: '2', priority: 1, node: 'worker-1' }));
    cluster.add(testPod('other', { cpu: '1', priority: 50, node: 'worker-1' }));
    expect(cluster.place(testPod('high', { cpu: '3', priority: 10 }))).toBeUndefined();
    expect(cluster.pod('high').status.nominatedNodeName).toBe('worker-1');
    expect(cluster.place(testPod('small', { cpu: '1' }))).toBeUndefined();
    cluster.api.finish('default', 'victim');
    cluster.settle();
    expect(cluster.nodeOf('high')).toBe('worker-1');
    expect(cluster.nodeOf('small')).toBeUndefined();
  });

  test('counts anti-affinity of victims as gone', () => {
    const cluster = new TestCluster({ nodes: [testNode('worker-1')] });
    const affinity = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'solo' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    };
    cluster.add(testPod('low', { priority: 1, labels: { app: 'solo' }, node: 'worker-1', spec: { affinity } }));
    const high = testPod('high', { priority: 10, labels: { app: 'solo' }, spec: { affinity } });
    expect(cluster.place(high)).toBe('worker-1');
    expect(cluster.api.all(pods).map(({ metadata }) => metadata.name)).toEqual(['high']);
  });
});
