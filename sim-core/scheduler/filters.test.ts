import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../api/objects.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import { TestCluster, testNode, testPod } from './testing.ts';

const controlPlane = testNode('control-plane', ({ spec }) => {
  spec.taints = [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }];
});

function zoned(name: string, zone: string, change: (node: Node) => void = () => {}): Node {
  return testNode(name, (node) => {
    node.metadata.labels!['topology.kubernetes.io/zone'] = zone;
    change(node);
  });
}

function lab(): TestCluster {
  return new TestCluster({
    nodes: [controlPlane, zoned('worker-1', 'zone-a'), zoned('worker-2', 'zone-b'), zoned('worker-3', 'zone-c')],
  });
}

const TAINTED = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';

/** The FailedScheduling message of a pod that fits nowhere. */
function refusal(cluster: TestCluster, pod: Pod): string {
  expect(cluster.place(pod)).toBeUndefined();
  return cluster.events('FailedScheduling', pod.metadata.name).at(-1)!;
}

describe('a pod that can be placed', () => {
  test('is bound, and says so in an event as events.k8s.io words it', () => {
    const cluster = lab();
    const node = cluster.place(testPod('web'));
    expect(['worker-1', 'worker-2', 'worker-3']).toContain(node);
    expect(cluster.events('Scheduled')).toEqual([`Successfully assigned default/web to ${node}`]);
  });

  test('tolerating the taint it may go to the control plane', () => {
    const cluster = lab();
    const spec: Partial<Pod['spec']> = {
      nodeSelector: { 'kubernetes.io/hostname': 'control-plane' },
      tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
    };
    expect(cluster.place(testPod('ctl', { spec }))).toBe('control-plane');
  });

  test('of another scheduler is left alone', () => {
    const cluster = lab();
    expect(cluster.place(testPod('other', { spec: { schedulerName: 'mine' } }))).toBeUndefined();
    expect(cluster.events('FailedScheduling')).toEqual([]);
  });
});

describe('why a pod fits nowhere', () => {
  test('too little cpu; nobody less important to evict', () => {
    expect(refusal(lab(), testPod('huge', { cpu: '8' }))).toBe(
      `0/4 nodes are available: ${TAINTED}, 3 Insufficient cpu. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`,
    );
  });

  test('the condition says the same', () => {
    const cluster = lab();
    const message = refusal(cluster, testPod('huge', { memory: '1Ti' }));
    expect(message).toContain('3 Insufficient memory');
    expect(cluster.pod('huge').status.conditions).toEqual([
      {
        lastProbeTime: null,
        lastTransitionTime: '2026-01-01T00:00:00Z',
        message,
        reason: 'Unschedulable',
        status: 'False',
        type: 'PodScheduled',
      },
    ]);
  });

  test('other resources, each by its name, and the number of pods', () => {
    const full = testNode('full', ({ status }) => {
      status.allocatable = { cpu: '4', memory: '8Gi', pods: '0' };
    });
    const cluster = new TestCluster({ nodes: [full] });
    const pod = testPod('gpu');
    pod.spec.containers[0]!.resources = { requests: { 'nvidia.com/gpu': '1', 'ephemeral-storage': '1Gi' } };
    expect(refusal(cluster, pod)).toContain(
      '0/1 nodes are available: 1 Insufficient ephemeral-storage, 1 Insufficient nvidia.com/gpu, 1 Too many pods.',
    );
  });

  test('taints, with their values, beside cordoned nodes', () => {
    const cluster = lab();
    for (const name of ['worker-1', 'worker-3']) {
      cluster.change(nodes, name, ({ spec }) => {
        spec.taints = [{ key: 'team', value: 'x', effect: 'NoSchedule' }];
      });
    }
    cluster.change(nodes, 'worker-2', ({ spec }) => {
      spec.unschedulable = true;
      spec.taints = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }];
    });
    expect(refusal(cluster, testPod('late'))).toBe(
      `0/4 nodes are available: ${TAINTED}, 1 node(s) were unschedulable, 2 node(s) had untolerated taint {team: x}. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
    );
  });

  test('node selector and a taken host port', () => {
    const cluster = lab();
    const wanting = (name: string, protocol: string) => {
      const pod = testPod(name, { spec: { nodeSelector: { 'kubernetes.io/hostname': 'worker-1' } } });
      pod.spec.containers[0]!.ports = [{ containerPort: 80, hostPort: 8099, protocol }];
      return pod;
    };
    expect(cluster.place(wanting('a', 'TCP'))).toBe('worker-1');
    expect(refusal(cluster, wanting('b', 'TCP'))).toBe(
      `0/4 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, ${TAINTED}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.`,
    );
    expect(cluster.place(wanting('c', 'UDP'))).toBe('worker-1');
    cluster.client.delete(pods, 'default', 'a');
    cluster.settle();
    expect(cluster.nodeOf('b')).toBe('worker-1');
  });

  test('spread constraints: too skewed, and a label that no node has', () => {
    const cluster = lab();
    const spreading = (name: string, topologyKey: string, more: object = {}) =>
      testPod(name, {
        labels: { app: 'skew' },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': 'worker-1' },
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'DoNotSchedule',
              nodeAffinityPolicy: 'Ignore',
              labelSelector: { matchLabels: { app: 'skew' } },
              ...more,
            },
          ],
        },
      });
    expect(cluster.place(spreading('one', 'kubernetes.io/hostname'))).toBe('worker-1');
    expect(refusal(cluster, spreading('two', 'kubernetes.io/hostname'))).toBe(
      `0/4 nodes are available: 1 node(s) didn't match pod topology spread constraints, ${TAINTED}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.`,
    );
    const pod = spreading('three', 'rack');
    pod.spec.nodeSelector = undefined;
    expect(refusal(cluster, pod)).toContain(
      `${TAINTED}, 3 node(s) didn't match pod topology spread constraints (missing required label). preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
    );
  });

  test('pod affinity and anti-affinity, both ways', () => {
    const cluster = lab();
    const term = (app: string) => ({
      labelSelector: { matchLabels: { app } },
      topologyKey: 'kubernetes.io/hostname',
    });
    const apart = (name: string, app: string) =>
      testPod(name, {
        labels: { app },
        spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('solo')] } } },
      });
    const near = (name: string, app: string, labels?: Record<string, string>) =>
      testPod(name, {
        labels,
        spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app)] } } },
      });
    const placed = ['s1', 's2', 's3'].map((name) => cluster.place(apart(name, 'solo')));
    expect(new Set(placed).size).toBe(3);
    expect(refusal(cluster, apart('s4', 'solo'))).toBe(
      `0/4 nodes are available: ${TAINTED}, 3 node(s) didn't match pod anti-affinity rules. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`,
    );
    expect(refusal(cluster, testPod('victim', { labels: { app: 'solo' } }))).toContain(
      "3 node(s) didn't satisfy existing pods anti-affinity rules",
    );
    expect(refusal(cluster, near('lonely', 'nobody'))).toBe(
      `0/4 nodes are available: ${TAINTED}, 3 node(s) didn't match pod affinity rules. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
    );
    expect(cluster.place(testPod('base', { labels: { app: 'base' }, node: 'worker-2' }))).toBe('worker-2');
    expect(cluster.place(near('near', 'base'))).toBe('worker-2');
    expect(cluster.place(near('first', 'group', { app: 'group' }))).toBeDefined();
    expect(cluster.place(near('second', 'group', { app: 'group' }))).toBe(cluster.nodeOf('first'));
    cluster.change(nodes, cluster.nodeOf('first')!, ({ spec }) => {
      spec.unschedulable = true;
    });
    expect(refusal(cluster, near('third', 'group', { app: 'group' }))).toContain(
      "2 node(s) didn't match pod affinity rules",
    );
  });

  test('no nodes at all', () => {
    const cluster = new TestCluster();
    expect(refusal(cluster, testPod('early'))).toBe('no nodes available to schedule pods');
    cluster.add(zoned('worker-1', 'zone-a'));
    cluster.engine.runUntil(cluster.engine.now + 20_000_000);
    expect(cluster.nodeOf('early')).toBe('worker-1');
  });

  test('scheduling gates keep a pod out of the queue until they are gone', () => {
    const cluster = lab();
    expect(cluster.place(testPod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } }))).toBeUndefined();
    expect(cluster.events('FailedScheduling')).toEqual([]);
    cluster.change(pods, 'gated', ({ spec }) => {
      spec.schedulingGates = [];
    });
    cluster.settle();
    expect(cluster.nodeOf('gated')).toBeDefined();
  });
});

describe('what brings a refused pod back', () => {
  test('room on a node', () => {
    const cluster = lab();
    for (const name of ['worker-1', 'worker-2', 'worker-3'])
      cluster.add(testPod(`on-${name}`, { cpu: '4', node: name }));
    expect(cluster.place(testPod('waits', { cpu: '2' }))).toBeUndefined();
    cluster.client.delete(pods, 'default', 'on-worker-2');
    cluster.settle();
    expect(cluster.nodeOf('waits')).toBe('worker-2');
  });

  test('a taint taken away, but not an event that does not help', () => {
    const cluster = new TestCluster({ nodes: [controlPlane] });
    cluster.place(testPod('waits'));
    const attempts = () => cluster.engine.trace.since(0).filter(({ kind }) => kind === 'schedule').length;
    expect(attempts()).toBe(1);
    cluster.change(nodes, 'control-plane', ({ metadata }) => {
      metadata.labels = { ...metadata.labels, colour: 'blue' };
    });
    cluster.settle();
    expect(attempts()).toBe(1);
    cluster.change(nodes, 'control-plane', ({ spec }) => {
      spec.taints = [];
    });
    cluster.settle();
    expect(cluster.nodeOf('waits')).toBe('control-plane');
    expect(attempts()).toBe(2);
  });

  test('five minutes, whatever happens', () => {
    const cluster = new TestCluster({ nodes: [controlPlane] });
    cluster.place(testPod('waits'));
    cluster.engine.runUntil(cluster.engine.now + 400_000_000);
    expect(cluster.engine.trace.since(0).filter(({ kind }) => kind === 'schedule')).toHaveLength(2);
  });
});

test('the order in the queue is by priority, then by age', () => {
  const cluster = new TestCluster();
  cluster.add(testPod('old'), testPod('low', { priority: -1 }), testPod('high', { priority: 5 }), testPod('young'));
  cluster.add(zoned('worker-1', 'zone-a'));
  cluster.engine.runUntil(cluster.engine.now + 20_000_000);
  expect(cluster.api.bound).toEqual(['high', 'old', 'young', 'low']);
});
