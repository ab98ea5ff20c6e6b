import '../../sim-core/host/programs.ts';
import { describe, expect, it } from 'vitest';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { Session } from '../../sim-core/host/session.ts';
import { Choreographer, type Hop, placeOf, type Release } from './journey.ts';

/** What a cluster does after a Deployment was asked for, as one frame. */
function frameOfDeployment(replicas: number) {
  const session = new Session({ preset: 'three-workers', seed: 1 });
  const { engine, store } = session.cluster;
  engine.settle();
  const before = { event: engine.trace.lastId, revision: store.revision };
  const labels = { app: 'web' };
  session.apply({
    type: 'request',
    id: 1,
    request: {
      method: 'POST',
      path: '/apis/apps/v1/namespaces/default/deployments',
      headers: { authorization: `Bearer ${adminToken(1)}`, 'user-agent': 'kubectl/v1.33.4' },
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] } },
        },
      },
    },
  });
  engine.settle();
  return {
    speed: 1 as const,
    events: engine.trace.since(before.event),
    changes: store.changesSince(before.revision).map(({ revision, type, table, key, object }) => ({
      revision,
      time: engine.now,
      type,
      table,
      key,
      object,
    })),
  };
}

const ways = (hops: readonly Hop[]) => hops.map(({ from, to }) => `${from} → ${to}`);
const releaseOf = (releases: readonly Release[], table: string, type = 'ADDED') =>
  releases.find(({ change }) => change.table === table && change.type === type)!.at;

describe('the play of a request', () => {
  const frame = frameOfDeployment(1);
  const { hops, releases } = new Choreographer().take(frame, 1000);

  it('goes from the learner through API server, etcd, controllers and scheduler to a kubelet', () => {
    const order = ways(hops.toSorted((left, right) => left.start - right.start));
    const places = [
      'you → api',
      'api → etcd',
      'api → controllers',
      'controllers → api',
      'api → scheduler',
      'scheduler → api',
    ];
    const indices = places.map((way) => order.indexOf(way));
    expect(indices).not.toContain(-1);
    expect(indices).toEqual(indices.toSorted((left, right) => left - right));
    expect(order.some((way) => /^api → node\/worker-\d$/.test(way))).toBe(true);
    expect(order.at(-1)).toMatch(/→ (etcd|api)$/);
  });

  it('starts each leg when its cause has ended, and shows a change when its dot has come to etcd', () => {
    const [first, second] = hops.toSorted((left, right) => left.start - right.start);
    expect(first?.start).toBe(1000);
    expect(second?.start).toBe(first!.start + first!.duration);
    expect(releaseOf(releases, 'deployments.apps')).toBe(second!.start + second!.duration);
    expect(releaseOf(releases, 'pods')).toBeGreaterThan(releaseOf(releases, 'replicasets.apps'));
    for (const { duration } of hops) expect(duration).toBeLessThanOrEqual(400);
  });

  it('shows the states of one object in their order', () => {
    const pods = releases.filter(({ change }) => change.table === 'pods');
    const inTime = pods.toSorted((left, right) => left.at - right.at || left.change.revision - right.change.revision);
    expect(inTime.map(({ change }) => change.revision)).toEqual(pods.map(({ change }) => change.revision));
  });

  it('shows everything at once, and moves nothing, with reduced motion', () => {
    const still = new Choreographer();
    still.still = true;
    const played = still.take(frame, 1000);
    expect(played.hops).toEqual([]);
    expect(new Set(played.releases.map(({ at }) => at))).toEqual(new Set([1000]));
    expect(played.releases).toHaveLength(frame.changes.length);
  });

  it('lets requests of one kind travel together, and never lags far behind', () => {
    const many = frameOfDeployment(60);
    const played = new Choreographer().take(many, 0);
    expect(played.hops.length).toBeLessThan(200);
    expect(played.hops.some(({ count }) => count > 10)).toBe(true);
    expect(Math.max(...played.releases.map(({ at }) => at))).toBeLessThan(8000);
  });

  it('is quicker when time is quicker', () => {
    const end = (speed: 1 | 20) =>
      Math.max(...new Choreographer().take({ ...frame, speed }, 0).releases.map(({ at }) => at));
    expect(end(20)).toBeLessThan(end(1) / 5);
  });
});

describe('places', () => {
  it.each([
    ['kubectl', 'you'],
    ['kube-scheduler', 'scheduler'],
    ['kube-controller-manager/replicaset-controller', 'controllers'],
    ['kubelet/worker-2', 'node/worker-2'],
    ['kubeadm', undefined],
  ])('%s stands at %s', (actor, place) => expect(placeOf(actor)).toBe(place));
});
