import { describe, expect, it } from 'vitest';
import { persistentVolumes } from '../../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { pods } from '../../resources/pod.ts';
import { storageClasses } from '../../resources/storage-class.ts';
import { TestCluster } from '../testing/test-cluster.ts';
import { claimProtectionController, volumeProtectionController } from '../volume-protection.ts';
import { persistentVolumeBinderController } from './index.ts';

const controllers = [persistentVolumeBinderController, claimProtectionController, volumeProtectionController];
const volume = (name: string, storage: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    capacity: { storage },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'manual',
    volumeMode: 'Filesystem',
    hostPath: { path: `/data/${name}`, type: '' },
    ...spec,
  },
});
const claim = (name: string, storage: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'manual',
    volumeMode: 'Filesystem',
    resources: { requests: { storage } },
    ...spec,
  },
});

describe('the persistent volume binder', () => {
  it('binds a claim to the smallest volume that does', () => {
    const cluster = new TestCluster({ controllers });
    for (const [name, size] of [
      ['big', '10Gi'],
      ['small', '1Gi'],
      ['tiny', '100Mi'],
    ] as const) {
      cluster.create(persistentVolumes, volume(name, size));
    }
    cluster.settle();
    expect(cluster.get(persistentVolumes, 'big').status.phase).toBe('Available');
    cluster.create(persistentVolumeClaims, claim('a', '500Mi'));
    cluster.settle();
    const bound = cluster.get(persistentVolumeClaims, 'a');
    expect(bound.spec.volumeName).toBe('small');
    expect(bound.metadata.annotations).toEqual({
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    });
    expect(bound.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    expect(bound.status).toEqual({ phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } });
    const pv = cluster.get(persistentVolumes, 'small');
    expect(pv.spec.claimRef).toMatchObject({
      kind: 'PersistentVolumeClaim',
      namespace: 'default',
      name: 'a',
      uid: bound.metadata.uid,
    });
    expect(pv.metadata.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
    expect(pv.status.phase).toBe('Bound');
    cluster.client.delete(persistentVolumeClaims, 'default', 'a');
    cluster.settle();
    expect(cluster.get(persistentVolumes, 'small').status.phase).toBe('Released');
  });

  it('says why a claim waits', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(storageClasses, {
      metadata: { name: 'late' },
      provisioner: 'lab.example/disk',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    cluster.create(storageClasses, {
      metadata: { name: 'fast' },
      provisioner: 'lab.example/disk',
      volumeBindingMode: 'Immediate',
    });
    for (const name of ['late', 'fast', 'ghost', '']) {
      cluster.create(persistentVolumeClaims, claim(`c${name}`, '1Gi', { storageClassName: name }));
    }
    cluster.wait(5);
    const why = (name: string) => cluster.events('PersistentVolumeClaim', `c${name}`)[0];
    expect(why('late')).toBe('Normal WaitForFirstConsumer waiting for first consumer to be created before binding');
    expect(why('fast')).toMatch(
      /^Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'lab\.example\/disk'/,
    );
    expect(why('ghost')).toBe('Warning ProvisioningFailed storageclass.storage.k8s.io "ghost" not found');
    expect(why('')).toBe(
      'Normal FailedBinding no persistent volumes available for this claim and no storage class is set',
    );
    expect(cluster.get(persistentVolumeClaims, 'cfast').metadata.annotations).toMatchObject({
      'volume.kubernetes.io/storage-provisioner': 'lab.example/disk',
    });
  });

  it('keeps a claim as long as a pod uses it, and a volume as long as it is bound', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(persistentVolumes, volume('v', '1Gi'));
    cluster.create(persistentVolumeClaims, claim('c', '1Gi'));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }];
    cluster.create(pods, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'redis' }], volumes } });
    cluster.settle();
    cluster.client.delete(persistentVolumeClaims, 'default', 'c');
    cluster.client.delete(persistentVolumes, undefined, 'v');
    cluster.settle();
    expect(cluster.find(persistentVolumeClaims, 'c')).toBeDefined();
    expect(cluster.find(persistentVolumes, 'v')).toBeDefined();
    cluster.client.delete(pods, 'default', 'p');
    cluster.settle();
    expect(cluster.find(persistentVolumeClaims, 'c')).toBeUndefined();
    expect(cluster.find(persistentVolumes, 'v')).toBeUndefined();
  });
});
