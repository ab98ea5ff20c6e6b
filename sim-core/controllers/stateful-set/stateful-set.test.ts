import { describe, expect, it } from 'vitest';
import { controllerRevisions } from '../../resources/controller-revision.ts';
import { persistentVolumeClaims } from '../../resources/persistent-volume-claim.ts';
import { pods } from '../../resources/pod.ts';
import { statefulSets } from '../../resources/stateful-set.ts';
import { TestCluster, template } from '../testing/test-cluster.ts';
import { statefulSetController } from './index.ts';

const controllers = [statefulSetController];
const db = (replicas: number, spec: object = {}) => ({
  metadata: { name: 'db' },
  spec: {
    replicas,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: template({ app: 'db' }),
    ...spec,
  },
});
const images = (cluster: TestCluster) =>
  cluster
    .list(pods)
    .map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]!.image}`)
    .sort();
const scale = (cluster: TestCluster, replicas: number) =>
  cluster.change(statefulSets, 'db', ({ spec }) => {
    spec.replicas = replicas;
  });
const setImage = (cluster: TestCluster, image: string, partition = 0) =>
  cluster.change(statefulSets, 'db', ({ spec }) => {
    spec.template.spec!.containers[0]!.image = image;
    spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition } };
  });

describe('the StatefulSet controller', () => {
  it('makes pods one after the other, and removes them last first', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(statefulSets, db(3));
    cluster.wait(0.5);
    expect(cluster.list(pods).map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
    cluster.settle();
    const pod = cluster.get(pods, 'db-1');
    expect(pod.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db' });
    expect(pod.metadata.labels).toMatchObject({
      app: 'db',
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'apps.kubernetes.io/pod-index': '1',
      'controller-revision-hash': cluster.get(statefulSets, 'db').status.updateRevision,
    });
    scale(cluster, 1);
    cluster.settle();
    expect(cluster.events('StatefulSet')).toEqual([
      'Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful',
      'Normal SuccessfulCreate create Pod db-1 in StatefulSet db successful',
      'Normal SuccessfulCreate create Pod db-2 in StatefulSet db successful',
      'Normal SuccessfulDelete delete Pod db-2 in StatefulSet db successful',
      'Normal SuccessfulDelete delete Pod db-1 in StatefulSet db successful',
    ]);
    expect(cluster.get(statefulSets, 'db').status).toMatchObject({
      replicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      currentReplicas: 1,
      updatedReplicas: 1,
      collisionCount: 0,
    });
  });

  it('brings a pod back under its name, once the old one is gone', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(statefulSets, db(2));
    cluster.settle();
    const { uid } = cluster.get(pods, 'db-0').metadata;
    cluster.client.delete(pods, 'default', 'db-0');
    cluster.settle();
    expect(cluster.get(pods, 'db-0').metadata.uid).not.toBe(uid);
    cluster.report(cluster.get(pods, 'db-1'), 'failed');
    cluster.settle();
    expect(cluster.get(pods, 'db-1').status.phase).toBe('Running');
    expect(cluster.events('StatefulSet')).toContain(
      'Warning RecreatingFailedPod StatefulSet default/db is recreating failed Pod db-1',
    );
  });

  it('updates last first, down to the partition', () => {
    const cluster = new TestCluster({ controllers });
    cluster.create(statefulSets, db(3));
    cluster.settle();
    setImage(cluster, 'nginx:1.26', 2);
    cluster.settle();
    expect(images(cluster)).toEqual(['db-0 nginx:1.25', 'db-1 nginx:1.25', 'db-2 nginx:1.26']);
    expect(cluster.get(statefulSets, 'db').status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
    // A pod below the partition comes back in the old version.
    cluster.client.delete(pods, 'default', 'db-0');
    cluster.settle();
    expect(images(cluster)[0]).toBe('db-0 nginx:1.25');
    setImage(cluster, 'nginx:1.26');
    cluster.settle();
    expect(images(cluster)).toEqual(['db-0 nginx:1.26', 'db-1 nginx:1.26', 'db-2 nginx:1.26']);
    const { status } = cluster.get(statefulSets, 'db');
    expect(status.currentRevision).toBe(status.updateRevision);
    expect(cluster.events('StatefulSet').filter((event) => event.includes('SuccessfulDelete'))).toEqual([
      'Normal SuccessfulDelete delete Pod db-2 in StatefulSet db successful',
      'Normal SuccessfulDelete delete Pod db-1 in StatefulSet db successful',
      'Normal SuccessfulDelete delete Pod db-0 in StatefulSet db successful',
    ]);
  });

  it('keeps what was noted of each version with it', () => {
    const cluster = new TestCluster({ controllers });
    const annotations = { 'kubernetes.io/change-cause': 'the first' };
    cluster.create(statefulSets, { ...db(1), metadata: { name: 'db', annotations } });
    cluster.settle();
    expect(cluster.list(controllerRevisions).map(({ metadata }) => metadata.annotations)).toEqual([annotations]);
  });

  it('waits for a pod that is not ready, unless told to work in parallel', () => {
    const stuck = {
      kubelet: ({ metadata }: { metadata: { name: string } }) =>
        metadata.name === 'db-1' ? ('unready' as const) : ('ready' as const),
    };
    const cluster = new TestCluster({ controllers, ...stuck });
    cluster.create(statefulSets, db(4));
    cluster.settle();
    expect(images(cluster)).toHaveLength(2);
    const parallel = new TestCluster({ controllers, ...stuck });
    parallel.create(statefulSets, db(4, { podManagementPolicy: 'Parallel' }));
    parallel.settle();
    expect(images(parallel)).toHaveLength(4);
  });

  it('gives each pod claims of its own, which outlive it or not', () => {
    const claims = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    const cluster = new TestCluster({ controllers });
    cluster.create(
      statefulSets,
      db(2, {
        volumeClaimTemplates: claims,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Delete' },
      }),
    );
    cluster.settle();
    expect(cluster.list(persistentVolumeClaims).map(({ metadata }) => metadata.name)).toEqual([
      'data-db-0',
      'data-db-1',
    ]);
    expect(cluster.get(pods, 'db-1').spec.volumes).toMatchObject([
      { name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } },
    ]);
    expect(cluster.events('StatefulSet')[0]).toBe(
      'Normal SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success',
    );
    const { uid } = cluster.get(pods, 'db-1').metadata;
    scale(cluster, 1);
    cluster.settle();
    expect(cluster.get(persistentVolumeClaims, 'data-db-1').metadata.ownerReferences).toMatchObject([
      { kind: 'Pod', name: 'db-1', uid },
    ]);
    expect(cluster.get(persistentVolumeClaims, 'data-db-0').metadata.ownerReferences ?? []).toEqual([]);
  });
});
