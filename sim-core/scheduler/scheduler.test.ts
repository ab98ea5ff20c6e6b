import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pod } from '../api/objects.ts';
import { quantity } from '../api/quantity.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import { services } from '../resources/service.ts';
import { defaultProfile } from './default-profile.ts';
import { explainScheduling } from './explain.ts';
import type { Plugin, Profile } from './framework.ts';
import { numFeasibleNodesToFind } from './scheduling-algorithm.ts';
import { unschedulable } from './status.ts';
import { TestCluster, testNode, testPod } from './testing.ts';

/** The default profile with a plugin put in before all others. */
function withPlugin(plugin: Plugin, weight = 1): Profile[] {
  return [{ ...defaultProfile, plugins: [{ plugin, weight }, ...defaultProfile.plugins] }];
}

function threeNodes(): ReturnType<typeof testNode>[] {
  return ['worker-1', 'worker-2', 'worker-3'].map((name) => testNode(name));
}

describe('plugins of one’s own', () => {
  test('a filter and a score decide', () => {
    const likes: Plugin = {
      name: 'Likes',
      filter: (_state, _pod, node) => (node.name === 'worker-1' ? unschedulable('not that one') : undefined),
      score: (_state, _pod, node) => (node.name === 'worker-3' ? 100 : 0),
    };
    const cluster = new TestCluster({ profiles: withPlugin(likes, 100), nodes: threeNodes() });
    expect(cluster.place(testPod('web'))).toBe('worker-3');
  });

  test('one that throws is an error with its name, and nothing breaks', () => {
    let broken = true;
    const plugin: Plugin = {
      name: 'Broken',
      filter() {
        if (broken) throw new Error('nobody told me');
        return undefined;
      },
    };
    const cluster = new TestCluster({ profiles: withPlugin(plugin), nodes: threeNodes() });
    expect(cluster.place(testPod('web'))).toBeUndefined();
    expect(cluster.events('FailedScheduling')).toEqual(['running "Broken" filter plugin: nobody told me']);
    expect(cluster.pod('web').status.conditions?.[0]?.reason).toBe('SchedulerError');
    expect(cluster.faults).toContainEqual(new Error('nobody told me'));
    broken = false;
    cluster.engine.runUntil(cluster.engine.now + 5_000_000);
    expect(cluster.nodeOf('web')).toBeDefined();
  });

  test('a score out of range is an error', () => {
    const cluster = new TestCluster({ profiles: withPlugin({ name: 'Wild', score: () => 101 }), nodes: threeNodes() });
    expect(cluster.place(testPod('web'))).toBeUndefined();
    expect(cluster.events('FailedScheduling')[0]).toContain('plugin "Wild" returns an invalid score 101');
  });

  test('takes the place of a built-in one at run time', () => {
    const small = testNode('small', ({ status }) => {
      status.allocatable = { pods: '10' };
    });
    const cluster = new TestCluster({ nodes: [small] });
    expect(cluster.place(testPod('one', { cpu: '1' }))).toBeUndefined();
    cluster.scheduler.replacePlugin({ plugin: { name: 'NodeResourcesFit' } });
    expect(cluster.place(testPod('two', { cpu: '1' }))).toBe('small');
  });

  test('permit holds a pod back until its time is over', () => {
    const cluster = new TestCluster({
      profiles: withPlugin({ name: 'Patience', permit: () => ({ wait: 3_000_000 }) }),
      nodes: threeNodes(),
    });
    cluster.add(testPod('web'));
    cluster.engine.runUntil(cluster.engine.now + 2_900_000);
    expect(cluster.events('FailedScheduling')).toEqual([]);
    cluster.engine.runUntil(cluster.engine.now + 200_000);
    expect(cluster.events('FailedScheduling')).toEqual([
      '0/1 nodes are available: 1 rejected due to timeout after waiting 3s at plugin Patience.',
    ]);
  });
});

describe('scoring', () => {
  test('an emptier node is better; a soft taint is worse', () => {
    const cluster = new TestCluster({ nodes: threeNodes() });
    cluster.add(testPod('a', { cpu: '2', memory: '4Gi', node: 'worker-1' }));
    cluster.change(nodes, 'worker-2', ({ spec }) => {
      spec.taints = [{ key: 'old', effect: 'PreferNoSchedule' }];
    });
    cluster.settle();
    expect(cluster.place(testPod('web', { cpu: '100m', memory: '100Mi' }))).toBe('worker-3');
  });

  test('preferred node affinity', () => {
    const cluster = new TestCluster({ nodes: threeNodes() });
    const preference = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['worker-2'] }] };
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] },
    };
    expect(cluster.place(testPod('drawn', { cpu: '10m', spec: { affinity } }))).toBe('worker-2');
  });

  /** Scores of one plugin, by node. */
  const scores = (cluster: TestCluster, plugin: string, pod: Pod): Record<string, number> => {
    const { rows } = explainScheduling(cluster.client, pod);
    return Object.fromEntries(
      rows.map(({ node, scores: all }) => [node, all.find((score) => score.plugin === plugin)?.score ?? -1]),
    );
  };

  test('images already there, by their size and spread', () => {
    const [first, second] = threeNodes();
    first!.status.images = [{ names: ['nginx:1.25'], sizeBytes: 900 * 1024 * 1024 }];
    const cluster = new TestCluster({ nodes: [first!, second!] });
    // Half the nodes hold 900 MiB: (450 - 23) / (1000 - 23) of 100.
    expect(scores(cluster, 'ImageLocality', testPod('web'))).toEqual({ 'worker-1': 43, 'worker-2': 0 });
  });

  test('pods of one Service keep apart without being told to', () => {
    const cluster = new TestCluster({ nodes: threeNodes() });
    const spec = { selector: { app: 'web' } };
    cluster.client.create(services, { metadata: { name: 'web', namespace: 'default' }, spec } as never);
    const web = (name: string, node?: string) => testPod(name, { labels: { app: 'web' }, node });
    cluster.add(
      web('a', 'worker-1'),
      web('b', 'worker-1'),
      web('c', 'worker-2'),
      testPod('other', { node: 'worker-3' }),
    );
    cluster.settle();
    // Raw scores are pods × ln(3 nodes + 2) + maxSkew - 1: 5.2, 3.6 and 2, rounded; then the fewest is best.
    expect(scores(cluster, 'PodTopologySpread', web('new'))).toEqual({
      'worker-1': 40,
      'worker-2': 60,
      'worker-3': 100,
    });
  });

  test('preferred pod affinity draws, and anti-affinity pushes away', () => {
    const cluster = new TestCluster({ nodes: threeNodes() });
    cluster.add(
      testPod('friend', { labels: { app: 'friend' }, node: 'worker-1' }),
      testPod('foe', { labels: { app: 'foe' }, node: 'worker-3' }),
    );
    cluster.settle();
    const preferred = (app: string, weight: number) => ({
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight,
          podAffinityTerm: { labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' },
        },
      ],
    });
    const affinity = { podAffinity: preferred('friend', 30), podAntiAffinity: preferred('foe', 10) };
    expect(scores(cluster, 'InterPodAffinity', testPod('web', { spec: { affinity } }))).toEqual({
      'worker-1': 100,
      'worker-2': 25,
      'worker-3': 0,
    });
  });

  test('how many nodes are enough', () => {
    expect([5, 99, 100, 1000, 5000, 10_000].map((n) => numFeasibleNodesToFind(0, n))).toEqual([
      5, 99, 100, 420, 500, 500,
    ]);
    expect(numFeasibleNodesToFind(30, 1000)).toBe(300);
  });
});

describe('when the API server does not answer', () => {
  test('a scheduler that starts meanwhile begins when it does', () => {
    const cluster = new TestCluster({ nodes: threeNodes(), down: true });
    cluster.engine.runUntil(cluster.engine.now + 500_000);
    cluster.api.down = false;
    cluster.add(testPod('web'));
    cluster.engine.runUntil(cluster.engine.now + 5_000_000);
    expect(cluster.nodeOf('web')).toBeDefined();
  });

  test('a binding that fails is tried again, and its node is free meanwhile', () => {
    const cluster = new TestCluster({ nodes: [testNode('worker-1')] });
    cluster.add(testPod('first', { cpu: '3' }));
    cluster.api.down = true;
    cluster.engine.runUntil(cluster.engine.now + 500_000);
    cluster.api.down = false;
    expect(cluster.place(testPod('second', { cpu: '3', priority: 1 }))).toBe('worker-1');
    cluster.client.delete(pods, 'default', 'second');
    cluster.engine.runUntil(cluster.engine.now + 15_000_000);
    expect(cluster.nodeOf('first')).toBe('worker-1');
    expect(cluster.faults).toEqual([]);
  });
});

test('the trace tells how each attempt went', () => {
  const cluster = new TestCluster({ nodes: threeNodes() });
  cluster.place(testPod('web', { cpu: '1' }));
  cluster.place(testPod('huge', { cpu: '9' }));
  const told = cluster.engine.trace.since(0).filter(({ kind }) => kind === 'schedule');
  expect(told.map(({ data }) => data)).toMatchObject([
    { pod: 'default/web', attempt: 1, evaluated: 3, feasible: 3, verdicts: {}, node: cluster.nodeOf('web') },
    { pod: 'default/huge', evaluated: 3, feasible: 0, verdicts: { 'Insufficient cpu': 3 } },
  ]);
});

test('an explanation has every node, every filter and every score, and names the winner', () => {
  const cluster = new TestCluster({ nodes: threeNodes() });
  cluster.change(nodes, 'worker-2', ({ spec }) => {
    spec.taints = [{ key: 'team', value: 'x', effect: 'NoSchedule' }];
  });
  cluster.add(testPod('a', { cpu: '4', node: 'worker-1' }));
  cluster.settle();
  const explanation = explainScheduling(cluster.client, testPod('web', { cpu: '1', memory: '1Gi' }));
  expect(explanation.best).toEqual(['worker-3']);
  expect(explanation.rows.map(({ node, feasible }) => [node, feasible])).toEqual([
    ['worker-1', false],
    ['worker-2', false],
    ['worker-3', true],
  ]);
  const refusals = explanation.rows.flatMap(({ filters }) => filters.flatMap(({ reasons }) => reasons));
  expect(refusals).toEqual(['Insufficient cpu', 'node(s) had untolerated taint {team: x}']);
  expect(explanation.rows[2]!.scores).toContainEqual({
    plugin: 'NodeResourcesFit',
    weight: 1,
    score: 81,
    weighted: 81,
  });
  const huge = explainScheduling(cluster.client, testPod('huge', { cpu: '9' }));
  expect(huge.message).toBe('0/3 nodes are available: 1 node(s) had untolerated taint {team: x}, 2 Insufficient cpu.');
});

test('an explanation agrees with what the scheduler then does', () => {
  const cluster = new TestCluster({ nodes: threeNodes() });
  for (let index = 0; index < 12; index++) {
    const pod = testPod(`p${index}`, { cpu: `${(index % 4) * 300}m`, memory: '300Mi' });
    const { best } = explainScheduling(cluster.client, pod);
    expect(best).toContain(cluster.place(pod));
  }
});

type Action =
  | { readonly kind: 'node'; readonly cpu: number; readonly pods: number }
  | { readonly kind: 'pod'; readonly cpu: number; readonly priority: number }
  | { readonly kind: 'delete'; readonly pick: number }
  | { readonly kind: 'wait'; readonly seconds: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('node' as const),
    cpu: fc.integer({ min: 1, max: 8 }),
    pods: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    kind: fc.constant('pod' as const),
    cpu: fc.integer({ min: 0, max: 4000 }),
    priority: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 400 }) }),
);

function play(actions: readonly Action[]): TestCluster {
  const cluster = new TestCluster({ seed: 7 });
  for (const [index, step] of actions.entries()) {
    if (step.kind === 'node') {
      const allocatable = { cpu: String(step.cpu), memory: '8Gi', pods: String(step.pods) };
      const node = testNode(`n${index}`, ({ status }) => {
        status.allocatable = allocatable;
      });
      cluster.add(node);
    } else if (step.kind === 'pod') {
      cluster.add(testPod(`p${index}`, { cpu: `${step.cpu}m`, priority: step.priority }));
    } else if (step.kind === 'delete') {
      const all = cluster.api.all(pods);
      const victim = all[step.pick % all.length];
      if (victim !== undefined) cluster.client.delete(pods, 'default', victim.metadata.name);
    } else cluster.engine.runUntil(cluster.engine.now + step.seconds * 1_000_000);
  }
  cluster.engine.runUntil(cluster.engine.now + 700_000_000);
  return cluster;
}

test('no node ever gets more than it has, and what fits somewhere is placed', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const cluster = play(actions);
      expect(cluster.faults).toEqual([]);
      const all = cluster.api.all(pods);
      const cpu = (pod: (typeof all)[number]) =>
        quantity(pod.spec.containers[0]!.resources!.requests!.cpu!).milliValue();
      const free = cluster.api.all(nodes).map(({ metadata, status }) => {
        const here = all.filter(({ spec }) => spec.nodeName === metadata.name);
        const left = quantity(status.allocatable!.cpu!).milliValue() - here.reduce((sum, pod) => sum + cpu(pod), 0);
        const room = Number(status.allocatable!.pods) - here.length;
        expect(left).toBeGreaterThanOrEqual(0);
        expect(room).toBeGreaterThanOrEqual(0);
        return { left, room };
      });
      for (const pod of all.filter(({ spec }) => (spec.nodeName ?? '') === '')) {
        expect(free.some(({ left, room }) => room > 0 && left >= cpu(pod))).toBe(false);
      }
    }),
    { seed: 42, numRuns: 60 },
  );
});

test('the same inputs give the same placement', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 5, maxLength: 30 }), (actions) => {
      const placement = () =>
        play(actions)
          .api.all(pods)
          .map(({ metadata, spec }) => [metadata.name, spec.nodeName]);
      expect(placement()).toEqual(placement());
    }),
    { seed: 42, numRuns: 20 },
  );
});
