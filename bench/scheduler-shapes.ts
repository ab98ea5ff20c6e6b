/** Scheduling throughput in the shapes of upstream's scheduler_perf, at 5,000 nodes, against a fake API server in memory. */
import type { Node, Pod } from '../sim-core/api/objects.ts';
import { Client } from '../sim-core/client/index.ts';
import { Engine } from '../sim-core/engine/index.ts';
import { nodes } from '../sim-core/resources/node.ts';
import { pods } from '../sim-core/resources/pod.ts';
import { startScheduler } from '../sim-core/scheduler/index.ts';
import { FakeApi, testNode, testPod } from '../sim-core/scheduler/testing.ts';

export interface Shape {
  readonly name: string;
  /** Pods per second that scheduler_perf asks for at 5,000 nodes; 0 when it has no such case. */
  readonly threshold: number;
  readonly nodes: number;
  readonly initPods: number;
  readonly measuredPods: number;
  readonly zones: readonly string[];
  pod(name: string, index: number): Pod;
}

const ZONE = 'topology.kubernetes.io/zone';
const requests = { cpu: '100m', memory: '500Mi' };
const large = 5000;

export const shapes: readonly Shape[] = [
  {
    name: 'basic',
    threshold: 680,
    nodes: large,
    initPods: 1000,
    measuredPods: 10_000,
    zones: ['zone-1'],
    pod: (name) => testPod(name, requests),
  },
  {
    name: 'topology-spread',
    threshold: 460,
    nodes: large,
    initPods: 5000,
    measuredPods: 5000,
    zones: ['moon-1', 'moon-2', 'moon-3'],
    pod: (name) =>
      testPod(name, {
        ...requests,
        labels: { color: 'blue' },
        spec: {
          topologySpreadConstraints: [
            {
              maxSkew: 5,
              topologyKey: ZONE,
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { color: 'blue' } },
            },
          ],
        },
      }),
  },
  {
    name: 'node-affinity',
    threshold: 220,
    nodes: large,
    initPods: 5000,
    measuredPods: 5000,
    zones: ['zone1'],
    pod: (name) =>
      testPod(name, {
        ...requests,
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['zone1', 'zone2'] }] }],
              },
            },
          },
        },
      }),
  },
  {
    name: 'pod-anti-affinity',
    threshold: 60,
    nodes: large,
    initPods: 1000,
    measuredPods: 2000,
    zones: ['zone-1'],
    pod: (name, index) =>
      testPod(name, {
        ...requests,
        namespace: index < 1000 ? 'sched-0' : 'sched-1',
        labels: { color: 'green' },
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchLabels: { color: 'green' } },
                  topologyKey: 'kubernetes.io/hostname',
                  namespaces: ['sched-1', 'sched-0'],
                },
              ],
            },
          },
        },
      }),
  },
  {
    name: 'pod-affinity',
    threshold: 35,
    nodes: large,
    initPods: 5000,
    measuredPods: 5000,
    zones: ['zone1'],
    pod: (name, index) =>
      testPod(name, {
        ...requests,
        namespace: index < 5000 ? 'sched-0' : 'sched-1',
        labels: { color: 'blue' },
        spec: {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchLabels: { color: 'blue' } },
                  topologyKey: ZONE,
                  namespaces: ['sched-1', 'sched-0'],
                },
              ],
            },
          },
        },
      }),
  },
  {
    name: 'small (3 nodes)',
    threshold: 0,
    nodes: 3,
    initPods: 0,
    measuredPods: 500,
    zones: ['zone-1'],
    pod: (name) => testPod(name),
  },
];

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}

/** Schedules a shape's pods; answers milliseconds of wall and processor time, and how many pods were bound. */
export function runShape(shape: Shape): { milliseconds: number; cpu: number; bound: number } {
  const engine = new Engine({ seed: 1, epoch: 0, trace: { level: 'sampled' } });
  engine.onFault = (actor, error) => console.error(actor, error);
  const api = new FakeApi();
  const client = new Client(api);
  for (let index = 0; index < shape.nodes; index++) {
    const zone = shape.zones[index % shape.zones.length]!;
    const node = testNode(`node-${index}`, ({ metadata, status }: Node) => {
      metadata.labels![ZONE] = zone;
      status.allocatable!.pods = '500';
    });
    client.create(nodes, deepFreeze(node));
  }
  startScheduler({ engine, connect: () => api });
  const drain = () => {
    while (api.bound.length < created && engine.step());
  };
  let created = 0;
  const create = (count: number) => {
    for (let index = 0; index < count; index++) {
      client.create(pods, deepFreeze(shape.pod(`pod-${created}`, created)));
      created++;
    }
  };
  create(shape.initPods);
  drain();
  const before = api.bound.length;
  create(shape.measuredPods);
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  drain();
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { milliseconds, cpu: (user + system) / 1000, bound: api.bound.length - before };
}
