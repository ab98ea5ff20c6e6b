import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CycleState } from './cycle-state.ts';
import { naturalLog } from './natural-log.ts';
import { NodeInfo } from './node-info.ts';
import { nodeResourcesFit, type ScoringStrategy } from './plugins/node-resources-fit.ts';
import { PodInfo } from './pod-info.ts';
import { podRequests } from './resource.ts';
import { testNode, testPod } from './testing.ts';

type Container = ReturnType<typeof testPod>['spec']['containers'][number];

function container(cpu: string, restartPolicy?: 'Always'): Container {
  return {
    name: cpu,
    image: 'x',
    resources: { requests: { cpu } },
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  };
}

describe('what a pod asks for', () => {
  test('is the larger of its containers together and its largest init container', () => {
    const containers = [container('1'), container('500m')];
    const init = (cpu: string) => testPod('p', { spec: { containers, initContainers: [container(cpu)] } });
    expect(podRequests(init('1')).milliCPU).toBe(1500);
    expect(podRequests(init('2')).milliCPU).toBe(2000);
  });

  test('counts sidecars with both, and the overhead on top', () => {
    const initContainers = [container('1', 'Always'), container('2')];
    const pod = testPod('p', { spec: { containers: [container('500m')], initContainers, overhead: { cpu: '250m' } } });
    expect(podRequests(pod).milliCPU).toBe(3250);
  });

  test('counts 100m and 200 MiB for scoring where nothing is said', () => {
    const requests = podRequests(
      testPod('p', { spec: { containers: [container('1'), { name: 'b', image: 'x' }] } }),
      true,
    );
    expect(requests.milliCPU).toBe(1100);
    expect(requests.memory).toBe(2 * 200 * 1024 * 1024);
  });

  test('follows a resize that is under way', () => {
    const pod = testPod('p', { cpu: '1' });
    pod.status.containerStatuses = [
      { name: 'main', image: 'x', imageID: '', ready: true, restartCount: 0, resources: { requests: { cpu: '3' } } },
    ];
    expect(podRequests(pod).milliCPU).toBe(3000);
  });
});

describe('NodeResourcesFit scores', () => {
  const score = (scoringStrategy: ScoringStrategy) => {
    const node = new NodeInfo(testNode('n'));
    node.addPod(new PodInfo(testPod('there', { cpu: '1', memory: '4Gi' })));
    const pod = new PodInfo(testPod('new', { cpu: '1', memory: '2Gi' }));
    return nodeResourcesFit({ scoringStrategy }).score!(new CycleState(), pod, node);
  };

  test('least and most allocated', () => {
    expect(score({ type: 'LeastAllocated' })).toBe(37);
    expect(score({ type: 'MostAllocated' })).toBe(62);
    const resources = [
      { name: 'memory', weight: 3 },
      { name: 'cpu', weight: 1 },
    ];
    expect(score({ type: 'MostAllocated', resources })).toBe(68);
  });

  test('by the shape of a curve', () => {
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 100, score: 10 },
    ];
    expect(score({ type: 'RequestedToCapacityRatio', shape })).toBe(63);
    expect(
      score({
        type: 'RequestedToCapacityRatio',
        shape: [
          { utilization: 0, score: 10 },
          { utilization: 100, score: 0 },
        ],
      }),
    ).toBe(38);
  });
});

test('the logarithm agrees with the host’s to within rounding', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (value) => {
      expect(Math.abs(naturalLog(value) - Math.log(value))).toBeLessThan(1e-13);
    }),
    { seed: 42, numRuns: 200 },
  );
});

test('sums on a node come back to nothing when all pods have left', () => {
  const pod = fc.record({ cpu: fc.integer({ min: 0, max: 5000 }), memory: fc.integer({ min: 0, max: 10 ** 10 }) });
  fc.assert(
    fc.property(fc.array(pod, { maxLength: 20 }), (all) => {
      const node = new NodeInfo(testNode('n'));
      const infos = all.map(
        ({ cpu, memory }, index) => new PodInfo(testPod(`p${index}`, { cpu: `${cpu}m`, memory: `${memory}` })),
      );
      for (const info of infos) node.addPod(info);
      expect(node.requested.milliCPU).toBe(all.reduce((sum, { cpu }) => sum + cpu, 0));
      for (const info of infos) expect(node.removePod(info)).toBe(true);
      expect([node.requested.milliCPU, node.requested.memory, node.scoredRequested.memory, node.pods.length]).toEqual([
        0, 0, 0, 0,
      ]);
    }),
    { seed: 42, numRuns: 50 },
  );
});
