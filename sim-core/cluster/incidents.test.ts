import '../host/programs.ts';
import { expect, it } from 'vitest';
import { SECOND } from '../engine/index.ts';
import { replay, Session } from '../host/session.ts';
import { type ClusterOptions, createCluster } from './cluster.ts';

const SHOP = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'shop' } },
      template: {
        metadata: { labels: { app: 'shop' } },
        spec: { containers: [{ name: 'hello', image: 'jotasu/hello:1.0' }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop' },
    spec: { type: 'NodePort', selector: { app: 'shop' }, ports: [{ port: 8080 }] },
  },
];

const options: ClusterOptions = {
  preset: 'three-workers',
  setup: SHOP,
  visitors: [{ name: 'customers', every: 1, from: 30, service: 'shop' }],
  incidents: [
    {
      at: 60,
      apply: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec: { replicas: 0 } }],
    },
  ],
};

it('lets visitors come and incidents happen, without keeping the cluster from rest', () => {
  const cluster = createCluster(options);
  expect(cluster.engine.settle()).toBe('settled');
  expect(cluster.readySince).toBeDefined();
  cluster.engine.runUntil(cluster.readySince! + 120 * SECOND);
  const visits = cluster.visits.get('customers')!;
  expect(visits.length).toBeGreaterThan(80);
  const at = (second: number) => cluster.readySince! + second * SECOND;
  const during = (from: number, to: number) => visits.filter(({ time }) => time >= at(from) && time < at(to));
  expect(during(35, 60).every(({ status }) => status === 200)).toBe(true);
  expect(during(70, 115).every(({ status }) => status === undefined)).toBe(true);
  const incident = cluster.engine.trace.since(0).find(({ kind }) => kind === 'incident');
  expect(incident?.data).toEqual({ what: 'Deployment' });
});

it('lets the same things happen when the log is replayed', () => {
  const session = new Session(options);
  session.cluster.engine.runUntil(session.cluster.engine.now + 150 * SECOND);
  const again = replay(session.log());
  expect(again.cluster.visits).toEqual(session.cluster.visits);
  expect(again.cluster.store.revision).toBe(session.cluster.store.revision);
});

it('shows the network as it is seen from a node and from a pod', () => {
  const cluster = createCluster(options);
  cluster.engine.settle();
  const [pod] = cluster.store.list('pods', 'default/') as unknown as {
    metadata: { name: string };
    status: { podIP: string };
  }[];
  expect(cluster.stackAt({ namespace: 'default', pod: pod!.metadata.name })?.address).toBe(pod!.status.podIP);
  expect(cluster.stackAt({ node: 'worker-1' })).toBeDefined();
  expect(cluster.stackAt({ namespace: 'default', pod: 'nobody' })).toBeUndefined();
});
