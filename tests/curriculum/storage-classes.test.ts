import { beforeAll, describe, expect, test } from 'vitest';
import { Scenario } from '../scenarios/scenario.ts';

/** The rows `storage-classes` and `data-that-lasts` of the curriculum. worker-1 and worker-4 are in one zone. */
let cluster: Scenario;
beforeAll(() => {
  cluster = new Scenario('ten-workers');
});

const storageClass = (name: string, more: string) =>
  `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ${name}}, ${more}}\n---\n`;
const claim = (name: string, className: string, size = '1Gi', mode = 'ReadWriteOnce') =>
  `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ${name}}, spec: {storageClassName: ${className}, accessModes: [${mode}], resources: {requests: {storage: ${size}}}}}\n---\n`;
const pod = (name: string, claimName: string, more = '') =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {${more}terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, infinity], volumeMounts: [{name: d, mountPath: /d}]}], volumes: [{name: d, persistentVolumeClaim: {claimName: ${claimName}}}]}}\n---\n`;
const on = (node: string) => `nodeSelector: {kubernetes.io/hostname: ${node}}, `;
const get = (name: string) => cluster.get('PersistentVolumeClaim', name);
const volumeOf = (name: string) => cluster.get('PersistentVolume', get(name).spec.volumeName);
const bound = (name: string) => cluster.until(() => get(name).status.phase === 'Bound', 60);
const gone = (...names: string[]) => {
  for (const name of names) cluster.delete('Pod', name);
  cluster.until(() => names.every((name) => !cluster.has('Pod', name)), 60);
};
const why = (name: string) => cluster.get('Pod', name).status.conditions[0].message as string;
const refusal = (change: () => void): string => {
  try {
    change();
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('dynamic provisioning', () => {
  test('a claim gets a volume made for it, of the size it asks for', () => {
    cluster.apply(claim('made', 'shared', '3Gi', 'ReadWriteMany'));
    bound('made');
    expect(volumeOf('made').spec).toMatchObject({ capacity: { storage: '3Gi' }, storageClassName: 'shared' });
  });

  test('a claim that names no class has the default one; with two defaults the newest, with "" none', () => {
    const plain = (name: string) =>
      `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ${name}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`;
    cluster.apply(plain('plain'));
    expect(get('plain').spec.storageClassName).toBe('standard');
    cluster.wait(2);
    cluster.apply(
      '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: newer, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: nfs.csi.k8s.io}',
    );
    cluster.wait(2);
    cluster.apply(plain('second'));
    expect(get('second').spec.storageClassName).toBe('newer');
    cluster.delete('StorageClass', 'newer');
    cluster.apply(claim('none', '""'));
    cluster.wait(20);
    expect(get('none').status.phase).toBe('Pending');
    expect(cluster.events('PersistentVolumeClaim', 'none').join()).toContain('no storage class is set');
  });

  test('broken: a class that is not there is named; made, the claim is bound', () => {
    cluster.apply(claim('ghost', 'soon'));
    cluster.wait(20);
    expect(cluster.events('PersistentVolumeClaim', 'ghost').join()).toContain(
      'storageclass.storage.k8s.io "soon" not found',
    );
    cluster.apply(storageClass('soon', 'provisioner: nfs.csi.k8s.io'));
    bound('ghost');
  });

  test('broken: a provisioner that nobody runs is waited for, for ever; the class cannot be changed, only replaced', () => {
    cluster.apply(storageClass('nobody', 'provisioner: disks.example.com') + claim('waits', 'nobody'));
    cluster.wait(60);
    expect(cluster.events('PersistentVolumeClaim', 'waits').join()).toContain(
      "Waiting for a volume to be created either by the external provisioner 'disks.example.com' or manually by the system administrator",
    );
    expect(refusal(() => cluster.patch('StorageClass', 'nobody', { provisioner: 'nfs.csi.k8s.io' }))).toContain(
      'updates to provisioner are forbidden',
    );
    expect(refusal(() => cluster.patch('StorageClass', 'nobody', { reclaimPolicy: 'Retain' }))).toContain(
      'updates to reclaimPolicy are forbidden',
    );
  });
});

describe('WaitForFirstConsumer', () => {
  test('the volume is made where the first pod goes; the next pod must follow it', () => {
    cluster.apply(claim('first', 'zonal-disk'));
    cluster.wait(20);
    expect(get('first').status.phase).toBe('Pending');
    expect(cluster.events('PersistentVolumeClaim', 'first')).toEqual([
      'Normal WaitForFirstConsumer waiting for first consumer to be created before binding',
    ]);
    cluster.apply(pod('one', 'first', on('worker-2')));
    cluster.untilReady('one');
    expect(volumeOf('first').spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values).toEqual([
      'zone-b',
    ]);
    gone('one');
    cluster.apply(pod('two', 'first', on('worker-1')));
    cluster.wait(20);
    expect(why('two')).toContain('node(s) had volume node affinity conflict');
    gone('two');
    cluster.apply(pod('two', 'first'));
    cluster.untilReady('two');
    expect(['worker-2', 'worker-5', 'worker-8']).toContain(cluster.get('Pod', 'two').spec.nodeName);
    gone('two');
  });

  test('the opposite: Immediate chooses a zone before anyone knows the pod, which then cannot run where it must', () => {
    cluster.apply(
      storageClass(
        'hasty',
        'provisioner: disk.csi.jotasu.dev, volumeBindingMode: Immediate, allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [zone-c]}]}]',
      ) + claim('hasty', 'hasty'),
    );
    bound('hasty');
    cluster.apply(pod('stuck', 'hasty', on('worker-1')));
    cluster.wait(20);
    expect(why('stuck')).toContain('node(s) had volume node affinity conflict');
    gone('stuck');
    cluster.apply(pod('free', 'hasty'));
    cluster.untilReady('free');
    expect(['worker-3', 'worker-6', 'worker-9']).toContain(cluster.get('Pod', 'free').spec.nodeName);
    gone('free');
  });
});

describe('reclaim: Delete and Retain', () => {
  test('Delete: with the claim go the volume and what was on it', () => {
    cluster.apply(claim('brief', 'shared') + pod('writer', 'brief'));
    cluster.untilReady('writer');
    cluster.exec('writer', 'echo gone > /d/file');
    const { name } = volumeOf('brief').metadata;
    gone('writer');
    cluster.delete('PersistentVolumeClaim', 'brief');
    cluster.until(() => !cluster.has('PersistentVolume', name), 60);
    cluster.apply(claim('brief', 'shared') + pod('writer', 'brief'));
    cluster.untilReady('writer');
    expect(cluster.exec('writer', 'ls /d').stdout).toBe('');
    gone('writer');
  });

  test('Retain, decided later on the volume itself, saves the data of a claim that is deleted', () => {
    cluster.apply(claim('saved', 'shared') + pod('writer', 'saved'));
    cluster.untilReady('writer');
    cluster.exec('writer', 'echo kept > /d/file');
    const { name } = volumeOf('saved').metadata;
    cluster.patch('PersistentVolume', name, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
    gone('writer');
    cluster.delete('PersistentVolumeClaim', 'saved');
    cluster.until(() => cluster.get('PersistentVolume', name).status.phase === 'Released', 60);
    cluster.wait(60);
    cluster.patch('PersistentVolume', name, { spec: { claimRef: null } });
    cluster.apply(claim('saved', 'shared').replace('spec: {', `spec: {volumeName: ${name}, `) + pod('writer', 'saved'));
    cluster.untilReady('writer');
    expect(cluster.exec('writer', 'cat /d/file').stdout).toBe('kept\n');
    gone('writer');
  });
});

describe('expansion', () => {
  test('a claim grows; its file system grows when a pod has it; it never shrinks', () => {
    cluster.apply(claim('grows', 'zonal-disk', '10Mi') + pod('user', 'grows'));
    cluster.untilReady('user');
    const write = () => cluster.exec('user', 'dd if=/dev/zero of=/d/big bs=1M count=12');
    expect(write().stderr).toContain('No space left on device');
    gone('user');
    const size = (storage: string) =>
      cluster.patch('PersistentVolumeClaim', 'grows', { spec: { resources: { requests: { storage } } } });
    size('20Mi');
    cluster.wait(40);
    expect(get('grows').status).toMatchObject({
      capacity: { storage: '10Mi' },
      conditions: [
        expect.objectContaining({
          type: 'FileSystemResizePending',
          message: 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.',
        }),
      ],
    });
    expect(volumeOf('grows').spec.capacity.storage).toBe('20Mi');
    cluster.apply(pod('user', 'grows'));
    cluster.untilReady('user');
    cluster.until(() => get('grows').status.capacity.storage === '20Mi', 120);
    expect(write().code).toBe(0);
    expect(refusal(() => size('15Mi'))).toContain('field can not be less than status.capacity');
    gone('user');
  });

  test('broken: a class that does not allow it refuses; allowed, it grows', () => {
    cluster.apply(storageClass('fixed', 'provisioner: nfs.csi.k8s.io') + claim('fixed', 'fixed'));
    bound('fixed');
    const grow = () =>
      cluster.patch('PersistentVolumeClaim', 'fixed', { spec: { resources: { requests: { storage: '2Gi' } } } });
    expect(refusal(grow)).toContain(
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
    cluster.patch('StorageClass', 'fixed', { allowVolumeExpansion: true });
    cluster.wait(2);
    grow();
    cluster.until(() => volumeOf('fixed').spec.capacity.storage === '2Gi', 90);
  });
});

describe('attachment', () => {
  test('a disk is attached to one node; a pod on another waits with the multi-attach error, until the first lets go', () => {
    cluster.apply(claim('disk', 'zonal-disk') + pod('holder', 'disk', on('worker-1')));
    cluster.untilReady('holder');
    const { name } = volumeOf('disk').metadata;
    cluster.apply(pod('heir', 'disk', on('worker-4')));
    cluster.wait(30);
    expect(cluster.events('Pod', 'heir').join()).toContain(
      `Multi-Attach error for volume "${name}" Volume is already used by pod(s) holder`,
    );
    // On the same node it is no trouble.
    cluster.apply(pod('mate', 'disk', on('worker-1')));
    cluster.untilReady('mate');
    gone('holder', 'mate');
    cluster.untilReady('heir', 180);
    const attached = cluster.list('VolumeAttachment').filter(({ spec }) => spec.source.persistentVolumeName === name);
    expect(attached.map(({ spec }) => spec.nodeName)).toEqual(['worker-4']);
    gone('heir');
  });

  test('a class of disks cannot give what only a shared directory can', () => {
    cluster.apply(claim('many', 'zonal-disk', '1Gi', 'ReadWriteMany') + pod('asker', 'many'));
    cluster.wait(20);
    expect(cluster.events('PersistentVolumeClaim', 'many').join()).toContain(
      'volume capabilities not supported: ReadWriteMany',
    );
    gone('asker');
  });
});

describe('a database that survives restarts', () => {
  const set = (policy = '') => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  ${policy}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
      - {name: db, image: "postgres:16", env: [{name: POSTGRES_PASSWORD, value: secret}, {name: PGDATA, value: /var/lib/postgresql/data/pgdata}], volumeMounts: [{name: data, mountPath: /var/lib/postgresql/data}]}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: zonal-disk, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
`;
  const sql = (text: string) => cluster.exec('db-0', ['psql', '-U', 'postgres', '-tAc', text]).stdout.trim();
  const ready = () => {
    cluster.until(() => cluster.has('Pod', 'db-0') && cluster.isReady('db-0'), 180);
    cluster.until(() => sql('SELECT 1') === '1', 60);
  };

  test('its container restarts, its pod is replaced, its set is deleted and made again: the rows are there', () => {
    cluster.apply(set());
    ready();
    sql('CREATE TABLE guests (name text)');
    sql("INSERT INTO guests VALUES ('Mina')");
    cluster.exec('db-0', 'kill -INT 1');
    cluster.until(() => cluster.get('Pod', 'db-0').status.containerStatuses[0].restartCount === 1, 60);
    ready();
    expect(sql('SELECT name FROM guests')).toBe('Mina');
    const { uid } = cluster.get('Pod', 'db-0').metadata;
    cluster.delete('Pod', 'db-0');
    cluster.until(() => cluster.has('Pod', 'db-0') && cluster.get('Pod', 'db-0').metadata.uid !== uid, 60);
    ready();
    expect(sql('SELECT name FROM guests')).toBe('Mina');
    cluster.delete('StatefulSet', 'db');
    cluster.until(() => !cluster.has('Pod', 'db-0'), 60);
    expect(get('data-db-0').status.phase).toBe('Bound');
    cluster.apply(set());
    ready();
    expect(sql('SELECT name FROM guests')).toBe('Mina');
  });

  test('the opposite: with the retention policy Delete, or without a claim, they are gone', () => {
    cluster.patch('StatefulSet', 'db', {
      spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } },
    });
    cluster.wait(5);
    cluster.delete('StatefulSet', 'db');
    cluster.until(() => !cluster.has('PersistentVolumeClaim', 'data-db-0'), 120);
    cluster.apply(set());
    ready();
    expect(sql("SELECT count(*) FROM pg_tables WHERE tablename = 'guests'")).not.toBe('1');
    cluster.delete('StatefulSet', 'db');
  });
});

describe('persisted logs for later analysis', () => {
  test('what a pod has written to a claim another reads after it is gone; what went to stdout is gone with it', () => {
    cluster.apply(
      claim('logs', 'shared', '1Gi', 'ReadWriteMany') +
        pod('app', 'logs').replace(
          'command: [sleep, infinity]',
          'command: [sh, -c, "while true; do echo visit | tee -a /d/app.log; sleep 1; done"]',
        ),
    );
    cluster.untilReady('app');
    cluster.wait(10);
    expect(cluster.logs('app')).toContain('visit');
    gone('app');
    expect(refusal(() => cluster.logs('app'))).toContain('pods "app" not found');
    cluster.apply(pod('analyst', 'logs'));
    cluster.untilReady('analyst');
    expect(Number(cluster.exec('analyst', 'grep -c visit /d/app.log').stdout)).toBeGreaterThan(5);
  });
});
