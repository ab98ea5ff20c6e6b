import { beforeEach, describe, expect, it } from 'vitest';
import { leases } from '../resources/lease.ts';
import { namespaces } from '../resources/namespace.ts';
import { LeaderElection } from './leader-election.ts';
import { TestCluster } from './testing/test-cluster.ts';

let cluster: TestCluster;
let log: string[];

const stand = (identity: string, releaseOnStop = false) =>
  new LeaderElection({
    engine: cluster.engine,
    transport: cluster.transport(identity, () => {}),
    name: 'kube-controller-manager',
    identity,
    releaseOnStop,
    onStarted: () => log.push(`${identity} started`),
    onStopped: () => log.push(`${identity} stopped`),
  });
const lease = () => cluster.get(leases, 'kube-controller-manager', 'kube-system');

beforeEach(() => {
  cluster = new TestCluster({ controllers: [] });
  cluster.client.create(namespaces, { metadata: { name: 'kube-system' }, spec: {} });
  log = [];
});

describe('of two candidates', () => {
  it('one leads, and the other after the lease of one that was killed has run out', () => {
    const first = stand('one', true);
    const second = stand('two');
    cluster.wait(60);
    expect(log).toEqual(['one started']);
    expect(lease().spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 });
    first.stop(true);
    cluster.wait(12);
    expect(second.isLeader).toBe(false);
    cluster.wait(9);
    expect(log).toEqual(['one started', 'two started']);
    expect(lease().spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
    expect(cluster.events('Lease')).toEqual([
      'Normal LeaderElection one became leader',
      'Normal LeaderElection two became leader',
    ]);
  });

  it('the other leads soon when the first gives the lease back', () => {
    const first = stand('one', true);
    stand('two');
    cluster.wait(30);
    first.stop();
    expect(lease().spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    cluster.wait(6);
    expect(log).toEqual(['one started', 'two started']);
  });

  it('the leader stops ten seconds after its last renewal, before another can begin', () => {
    stand('one');
    stand('two');
    cluster.wait(30);
    cluster.setServing(false);
    cluster.wait(8);
    expect(log).toEqual(['one started']);
    cluster.wait(4);
    expect(log).toEqual(['one started', 'one stopped']);
    cluster.setServing(true);
    cluster.wait(30);
    expect(log).toEqual(['one started', 'one stopped', 'two started']);
  });

  it('a lease that somebody else has written over is theirs', () => {
    const first = stand('one');
    cluster.wait(10);
    const found = lease();
    cluster.client.update(leases, { ...found, spec: { ...found.spec, holderIdentity: 'stranger' } });
    cluster.wait(11);
    expect(first.isLeader).toBe(false);
    expect(log).toEqual(['one started', 'one stopped']);
    expect(lease().spec.holderIdentity).toBe('stranger');
  });
});
