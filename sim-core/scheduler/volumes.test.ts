import { describe, expect, test } from 'vitest';
import type { KubeObject, Pod } from '../api/objects.ts';
import { csiNodes } from '../resources/csi-node.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { storageClasses } from '../resources/storage-class.ts';
import { TestCluster, testNode, testPod } from './testing.ts';
import { BIND_COMPLETED, SELECTED_NODE } from './volumes.ts';

const HOST = 'kubernetes.io/hostname';

function cluster(): TestCluster {
  const nodes = ['worker-1', 'worker-2'].map((name) =>
    testNode(name, ({ metadata }) => {
      metadata.labels!['topology.kubernetes.io/zone'] = name === 'worker-1' ? 'a' : 'b';
    }),
  );
  return new TestCluster({ nodes });
}

function create<T extends KubeObject>(to: TestCluster, resource: ResourceDefinition<T>, object: object): void {
  to.client.create(resource, object as never);
}

function addClass(to: TestCluster, name: string, provisioner: string, volumeBindingMode: string): void {
  create(to, storageClasses, { metadata: { name }, provisioner, volumeBindingMode });
}

function addVolume(to: TestCluster, name: string, storage: string, node: string, more: object = {}): void {
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: HOST, operator: 'In', values: [node] }] }] };
  create(to, persistentVolumes, {
    metadata: { name, ...more },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      nodeAffinity: { required },
    },
    status: { phase: 'Available' },
  });
}

function addClaim(to: TestCluster, name: string, spec: object = {}, annotations?: Record<string, string>): void {
  create(to, persistentVolumeClaims, {
    metadata: { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
    status: {},
  });
}

function using(name: string, ...claims: string[]): Pod {
  const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
  return testPod(name, { spec: { volumes } });
}

function refusal(of: TestCluster, pod: Pod): string {
  expect(of.place(pod)).toBeUndefined();
  return of.events('FailedScheduling', pod.metadata.name).at(-1)!;
}

const NOT_HELPFUL = 'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
const bound = { [BIND_COMPLETED]: 'yes' };

describe('claims', () => {
  test('that do not exist, are not bound yet, or are lost', () => {
    const lab = cluster();
    expect(refusal(lab, using('a', 'absent'))).toBe(
      `0/2 nodes are available: persistentvolumeclaim "absent" not found. ${NOT_HELPFUL}`,
    );
    addClass(lab, 'local', 'kubernetes.io/no-provisioner', 'Immediate');
    addClaim(lab, 'slow');
    expect(refusal(lab, using('b', 'slow'))).toBe(
      `0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. ${NOT_HELPFUL}`,
    );
  });

  test('keep a pod where the bound volume is', () => {
    const lab = cluster();
    addVolume(lab, 'pv', '1Gi', 'worker-2');
    addClaim(lab, 'data', { volumeName: 'pv' }, bound);
    expect(lab.place(using('web', 'data'))).toBe('worker-2');
    addClaim(lab, 'ghost', { volumeName: 'gone' }, bound);
    expect(refusal(lab, using('b', 'ghost'))).toContain('persistentvolume "gone" not found');
  });

  test('without a volume that fits any node', () => {
    const lab = cluster();
    addClass(lab, 'local', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer');
    addClaim(lab, 'data');
    addVolume(lab, 'small', '500Mi', 'worker-1');
    expect(refusal(lab, using('web', 'data'))).toBe(
      `0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. ${NOT_HELPFUL}`,
    );
    addVolume(lab, 'large', '2Gi', 'worker-2');
    lab.settle();
    const volume = lab.client.get(persistentVolumes, undefined, 'large');
    expect(volume.spec.claimRef).toMatchObject({ kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' });
    expect(lab.nodeOf('web')).toBeUndefined();
    lab.change(persistentVolumeClaims, 'data', (claim) => {
      claim.spec.volumeName = 'large';
      claim.metadata.annotations = bound;
    });
    lab.settle();
    expect(lab.nodeOf('web')).toBe('worker-2');
  });

  test('to be provisioned name the node first', () => {
    const lab = cluster();
    addClass(lab, 'local', 'csi.example.com', 'WaitForFirstConsumer');
    addClaim(lab, 'data');
    lab.add(using('web', 'data'));
    lab.engine.runUntil(lab.engine.now + 1_500_000);
    const selected = lab.client.get(persistentVolumeClaims, 'default', 'data').metadata.annotations?.[SELECTED_NODE];
    expect(['worker-1', 'worker-2']).toContain(selected);
    lab.change(persistentVolumeClaims, 'data', ({ metadata }) => {
      metadata.annotations = {};
    });
    lab.engine.runUntil(lab.engine.now + 1_500_000);
    expect(lab.events('FailedScheduling')[0]).toBe(
      'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"',
    );
  });

  test('of one pod only', () => {
    const lab = cluster();
    addVolume(lab, 'pv', '1Gi', 'worker-2');
    addClaim(lab, 'mine', { volumeName: 'pv', accessModes: ['ReadWriteOncePod'] }, bound);
    expect(lab.place(using('first', 'mine'))).toBe('worker-2');
    expect(refusal(lab, using('second', 'mine'))).toContain(
      '2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
    );
  });
});

test('a volume’s zone must be the node’s', () => {
  const lab = cluster();
  create(lab, persistentVolumes, {
    metadata: { name: 'pv', labels: { 'topology.kubernetes.io/zone': 'c__b' } },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    status: { phase: 'Bound' },
  });
  addClaim(lab, 'data', { volumeName: 'pv' }, bound);
  expect(lab.place(using('web', 'data'))).toBe('worker-2');
  lab.change(persistentVolumes, 'pv', ({ metadata }) => {
    metadata.labels = { 'topology.kubernetes.io/zone': 'c' };
  });
  expect(refusal(lab, using('late', 'data'))).toContain('2 node(s) had no available volume zone');
});

test('two pods do not share a disk that cannot be shared', () => {
  const lab = cluster();
  const disk = (name: string, node?: string) =>
    testPod(name, { node, spec: { volumes: [{ name: 'disk', gcePersistentDisk: { pdName: 'one' } }] } });
  lab.add(disk('first', 'worker-1'));
  expect(lab.place(disk('second'))).toBe('worker-2');
  expect(refusal(lab, disk('third'))).toContain('2 node(s) had no available disk');
});

test('a node takes no more volumes of a driver than it can attach', () => {
  const lab = cluster();
  for (const name of ['worker-1', 'worker-2']) {
    const drivers = [{ name: 'csi.example.com', nodeID: name, allocatable: { count: 1 } }];
    create(lab, csiNodes, { metadata: { name }, spec: { drivers } });
  }
  for (const name of ['a', 'b', 'c']) {
    create(lab, persistentVolumes, {
      metadata: { name },
      spec: { capacity: { storage: '1Gi' }, csi: { driver: 'csi.example.com', volumeHandle: name } },
      status: { phase: 'Bound' },
    });
    addClaim(lab, name, { volumeName: name }, bound);
  }
  expect(new Set([lab.place(using('pod-a', 'a')), lab.place(using('pod-b', 'b'))]).size).toBe(2);
  expect(refusal(lab, using('pod-c', 'c'))).toContain('2 node(s) exceed max volume count');
});
