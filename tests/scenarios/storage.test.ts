import { describe, expect, test } from 'vitest';
import { Scenario, type Thing } from './scenario.ts';

const claim = (name: string, className = '', size = '1Gi', mode = 'ReadWriteOnce') => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ${name}}
spec:
  accessModes: [${mode}]
  resources: {requests: {storage: ${size}}}
${className === '' ? '' : `  storageClassName: ${className}\n`}---
`;

const pod = (name: string, claimName: string, node = '', more = '') => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
${node === '' ? '' : `  nodeSelector: {kubernetes.io/hostname: ${node}}\n`}  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: busybox:1.36
    command: [sleep, infinity]
    volumeMounts: [{name: data, mountPath: /data${more}}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: ${claimName}}}]
---
`;

const volumeOf = (cluster: Scenario, name: string): Thing =>
  cluster.get('PersistentVolume', cluster.get('PersistentVolumeClaim', name).spec.volumeName);

describe('a claim of the default class', () => {
  test('waits for its first consumer, gets a volume on that pod’s node, and the next pod finds the data', () => {
    const cluster = new Scenario();
    cluster.apply(claim('data'));
    cluster.wait(30);
    expect(cluster.get('PersistentVolumeClaim', 'data')).toMatchObject({
      spec: { storageClassName: 'standard' },
      status: { phase: 'Pending' },
    });
    expect(cluster.events('PersistentVolumeClaim', 'data')).toEqual([
      'Normal WaitForFirstConsumer waiting for first consumer to be created before binding',
    ]);
    cluster.apply(pod('one', 'data'));
    cluster.untilReady('one');
    const bound = cluster.get('PersistentVolumeClaim', 'data');
    expect(bound.status).toEqual({ phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } });
    expect(bound.spec.volumeName).toBe(`pvc-${bound.metadata.uid}`);
    const { nodeName } = cluster.get('Pod', 'one').spec;
    const volume = volumeOf(cluster, 'data');
    expect(volume).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/provisioned-by': 'hostpath.csi.k8s.io' } },
      spec: {
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'standard',
        claimRef: { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data', uid: bound.metadata.uid },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'topology.hostpath.csi/node', operator: 'In', values: [nodeName] }] },
            ],
          },
        },
      },
      status: { phase: 'Bound' },
    });
    expect(cluster.events('PersistentVolumeClaim', 'data').slice(1)).toEqual([
      `Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'hostpath.csi.k8s.io' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      'Normal Provisioning External provisioner is provisioning volume for claim "default/data"',
      `Normal ProvisioningSucceeded Successfully provisioned volume ${bound.spec.volumeName}`,
    ]);
    cluster.exec('one', 'echo kept > /data/file');
    cluster.delete('Pod', 'one');
    cluster.until(() => !cluster.has('Pod', 'one'));
    cluster.apply(pod('two', 'data'));
    cluster.untilReady('two');
    expect(cluster.get('Pod', 'two').spec.nodeName).toBe(nodeName);
    expect(cluster.exec('two', 'cat /data/file').stdout).toBe('kept\n');
  });

  test('is stuck while its provisioner does not run, and goes on when it does', () => {
    const cluster = new Scenario();
    cluster.patch('Deployment', 'csi-controller', { spec: { replicas: 0 } }, 'kube-system');
    cluster.wait(40);
    cluster.apply(claim('data') + pod('one', 'data'));
    cluster.wait(60);
    expect(cluster.get('PersistentVolumeClaim', 'data').status.phase).toBe('Pending');
    expect(cluster.events('PersistentVolumeClaim', 'data').at(-1)).toContain(
      'ExternalProvisioning Waiting for a volume',
    );
    expect(cluster.get('Pod', 'one').status.phase).toBe('Pending');
    cluster.patch('Deployment', 'csi-controller', { spec: { replicas: 1 } }, 'kube-system');
    cluster.untilReady('one', 120);
  });

  test('deleted while a pod uses it waits for the pod; then volume and data go, with reclaim policy Delete', () => {
    const cluster = new Scenario();
    cluster.apply(claim('data') + pod('one', 'data'));
    cluster.untilReady('one');
    const { name } = volumeOf(cluster, 'data').metadata;
    cluster.delete('PersistentVolumeClaim', 'data');
    cluster.wait(30);
    expect(cluster.get('PersistentVolumeClaim', 'data').metadata).toMatchObject({
      finalizers: ['kubernetes.io/pvc-protection'],
      deletionTimestamp: expect.any(String),
    });
    cluster.delete('Pod', 'one');
    cluster.until(() => !cluster.has('PersistentVolumeClaim', 'data'), 30);
    cluster.until(() => !cluster.has('PersistentVolume', name), 30);
    // A claim of the same name is a new one, with a new, empty volume.
    cluster.apply(claim('data') + pod('two', 'data'));
    cluster.untilReady('two');
    expect(volumeOf(cluster, 'data').metadata.name).not.toBe(name);
    expect(cluster.exec('two', 'ls /data').stdout).toBe('');
  });

  test('with policy Retain leaves its volume Released, with the data, until someone frees it', () => {
    const cluster = new Scenario();
    cluster.apply(`
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: keep}
provisioner: nfs.csi.k8s.io
reclaimPolicy: Retain
---
${claim('data', 'keep')}${pod('one', 'data')}`);
    cluster.untilReady('one');
    cluster.exec('one', 'echo kept > /data/file');
    const { name } = volumeOf(cluster, 'data').metadata;
    cluster.delete('Pod', 'one');
    cluster.delete('PersistentVolumeClaim', 'data');
    cluster.until(() => cluster.get('PersistentVolume', name).status.phase === 'Released', 60);
    cluster.wait(60);
    cluster.apply(claim('again', 'keep').replace('spec:', `spec:\n  volumeName: ${name}`));
    cluster.wait(30);
    expect(cluster.get('PersistentVolumeClaim', 'again').status.phase).toBe('Pending');
    cluster.patch('PersistentVolume', name, { spec: { claimRef: null } });
    cluster.until(() => cluster.get('PersistentVolumeClaim', 'again').status.phase === 'Bound', 60);
    cluster.apply(pod('two', 'again'));
    cluster.untilReady('two');
    expect(cluster.exec('two', 'cat /data/file').stdout).toBe('kept\n');
  });

  test('grows while it is in use, and not above what its class allows', () => {
    const cluster = new Scenario();
    cluster.apply(claim('data', 'zonal-disk', '10Mi') + pod('one', 'data'));
    cluster.untilReady('one');
    const write = () => cluster.exec('one', 'dd if=/dev/zero of=/data/big bs=1M count=12');
    expect(write().stderr).toContain('No space left on device');
    cluster.patch('PersistentVolumeClaim', 'data', { spec: { resources: { requests: { storage: '20Mi' } } } });
    cluster.wait(5);
    expect(cluster.get('PersistentVolumeClaim', 'data').status).toMatchObject({
      capacity: { storage: '10Mi' },
      conditions: [{ type: 'FileSystemResizePending', status: 'True' }],
    });
    cluster.until(() => cluster.get('PersistentVolumeClaim', 'data').status.capacity.storage === '20Mi', 120);
    expect(write().code).toBe(0);
    expect(cluster.get('PersistentVolumeClaim', 'data').status.conditions).toBeUndefined();
    // Two components see the new size at the same time: which of them says so first is nobody's promise.
    expect(cluster.events('PersistentVolumeClaim', 'data').slice(-4, -1).sort()).toEqual([
      'Normal ExternalExpanding waiting for an external controller to expand this PVC',
      'Normal FileSystemResizeRequired Require file system resize of volume on node',
      `Normal Resizing External resizer is resizing volume ${volumeOf(cluster, 'data').metadata.name}`,
    ]);
    expect(cluster.events('Pod', 'one').join()).toContain(
      'FileSystemResizeSuccessful MountVolume.NodeExpandVolume succeeded',
    );
    expect(() =>
      cluster.patch('PersistentVolumeClaim', 'data', { spec: { resources: { requests: { storage: '10Mi' } } } }),
    ).toThrow('field can not be less than status.capacity');
  });
});

describe('a disk of a zone', () => {
  test('is attached to one node at a time: another gets the multi-attach error until the first lets go', () => {
    const cluster = new Scenario('ten-workers');
    cluster.apply(claim('data', 'zonal-disk') + pod('one', 'data', 'worker-1'));
    cluster.untilReady('one');
    cluster.exec('one', 'echo kept > /data/file');
    const volume = volumeOf(cluster, 'data');
    const { name } = volume.metadata;
    expect(volume.spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0]).toEqual({
      key: 'topology.kubernetes.io/zone',
      operator: 'In',
      values: ['zone-a'],
    });
    expect(cluster.events('Pod', 'one')).toContain(
      `Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "${name}" `,
    );
    expect(cluster.list('VolumeAttachment').map(({ spec, status }) => [spec.nodeName, status.attached])).toEqual([
      ['worker-1', true],
    ]);
    // worker-4 is in the same zone.
    cluster.apply(pod('two', 'data', 'worker-4'));
    cluster.wait(130);
    expect(cluster.state('two')).toBe('Waiting ContainerCreating');
    expect(cluster.events('Pod', 'two')).toContain(
      `Warning FailedAttachVolume Multi-Attach error for volume "${name}" Volume is already used by pod(s) one`,
    );
    expect(cluster.events('Pod', 'two')).toContain(
      'Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: context deadline exceeded',
    );
    cluster.delete('Pod', 'one');
    cluster.untilReady('two');
    expect(cluster.exec('two', 'cat /data/file').stdout).toBe('kept\n');
    // A node of another zone cannot have it at all.
    cluster.delete('Pod', 'two');
    cluster.apply(pod('three', 'data', 'worker-2'));
    cluster.wait(30);
    expect(cluster.get('Pod', 'three').status.conditions[0].message).toContain(
      'node(s) had volume node affinity conflict',
    );
  });

  test('follows its pod when the node dies: only when the pod is gone for good, and six minutes later', () => {
    const cluster = new Scenario('ten-workers');
    cluster.apply(claim('data', 'zonal-disk') + pod('one', 'data', 'worker-1'));
    cluster.untilReady('one');
    cluster.exec('one', 'echo kept > /data/file');
    cluster.cluster.inject({ type: 'node-network', node: 'worker-1', connected: false });
    cluster.wait(60);
    cluster.delete('Pod', 'one', { gracePeriodSeconds: 0 });
    cluster.apply(pod('two', 'data', 'worker-4'));
    const took = cluster.untilReady('two', 600);
    expect(took).toBeGreaterThan(355);
    expect(took).toBeLessThan(420);
    expect(cluster.events('Pod', 'two')[1]).toMatch(
      /FailedAttachVolume Multi-Attach error for volume "pvc-[-0-9a-f]+" Volume is already exclusively attached to one node and can't be attached to another/,
    );
    expect(cluster.exec('two', 'cat /data/file').stdout).toBe('kept\n');
  });
});

describe('a shared directory', () => {
  test('is written by pods of many nodes at once', () => {
    const cluster = new Scenario();
    cluster.apply(claim('files', 'shared', '1Gi', 'ReadWriteMany'));
    cluster.until(() => cluster.get('PersistentVolumeClaim', 'files').status.phase === 'Bound', 30);
    cluster.apply(
      pod('one', 'files', 'worker-1') +
        pod('two', 'files', 'worker-2') +
        pod('reader', 'files', 'worker-3', ', readOnly: true'),
    );
    for (const name of ['one', 'two', 'reader']) cluster.untilReady(name);
    cluster.exec('one', 'echo one > /data/one');
    cluster.exec('two', 'echo two > /data/two');
    expect(cluster.exec('reader', 'cat /data/*').stdout).toBe('one\ntwo\n');
    expect(cluster.exec('reader', 'echo no > /data/x').stderr).toContain('Read-only file system');
  });

  test('is refused where the driver cannot share', () => {
    const cluster = new Scenario();
    cluster.apply(claim('files', 'zonal-disk', '1Gi', 'ReadWriteMany') + pod('one', 'files'));
    cluster.wait(20);
    expect(cluster.events('PersistentVolumeClaim', 'files').at(-1)).toContain(
      'Warning ProvisioningFailed failed to provision volume with StorageClass "zonal-disk": rpc error: code = InvalidArgument',
    );
  });
});

describe('ReadWriteOncePod', () => {
  test('keeps a second pod from the volume, even on the same node', () => {
    const cluster = new Scenario();
    cluster.apply(claim('data', '', '1Gi', 'ReadWriteOncePod') + pod('one', 'data'));
    cluster.untilReady('one');
    cluster.apply(pod('two', 'data'));
    cluster.wait(20);
    expect(cluster.get('Pod', 'two').status.conditions[0].message).toContain(
      'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
    );
    cluster.delete('Pod', 'one');
    cluster.untilReady('two');
  });
});

describe('volumes made by hand', () => {
  test('hostPath and local ones are bound by class and size, and live on their node', () => {
    const cluster = new Scenario();
    cluster.apply(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: manual-pv}
spec:
  storageClassName: manual
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /mnt/data}
---
${claim('data', 'manual', '3Gi')}${pod('one', 'data', 'worker-1')}${pod('two', 'data', 'worker-2')}`);
    cluster.untilReady('one');
    cluster.untilReady('two');
    expect(cluster.get('PersistentVolumeClaim', 'data').status.capacity.storage).toBe('10Gi');
    cluster.exec('one', 'echo here > /data/file');
    // The other node has another /mnt/data: the trap of hostPath.
    expect(cluster.exec('two', 'ls /data').stdout).toBe('');
    cluster.apply(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: local-pv}
spec:
  storageClassName: local
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  local: {path: /mnt/disks/ssd1}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [worker-3]}]}]}}
---
${claim('fast', 'local')}${pod('three', 'fast')}`);
    cluster.wait(30);
    expect(cluster.get('Pod', 'three').spec.nodeName).toBe('worker-3');
    expect(cluster.events('Pod', 'three')).toContain(
      'Warning FailedMount MountVolume.NewMounter initialization failed for volume "local-pv" : path "/mnt/disks/ssd1" does not exist',
    );
  });

  test('an export of a file server is mounted by name, and its absence told', () => {
    const cluster = new Scenario();
    const nfs = (name: string, server: string, path: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  containers: [{name: main, image: "busybox:1.36", command: [sleep, infinity], volumeMounts: [{name: share, mountPath: /share}]}]
  volumes: [{name: share, nfs: {server: ${server}, path: ${path}}}]
---
`;
    cluster.apply(
      nfs('good', 'nfs-server', '/data') +
        nfs('path', 'nfs-server', '/nothing') +
        nfs('server', 'nobody.example.com', '/data'),
    );
    cluster.untilReady('good');
    cluster.wait(5);
    expect(cluster.events('Pod', 'path').join()).toContain('reason given by server: No such file or directory');
    expect(cluster.events('Pod', 'server').join()).toContain('Failed to resolve server nobody.example.com');
  });
});
