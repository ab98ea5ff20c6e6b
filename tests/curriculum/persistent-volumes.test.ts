import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Scenario } from '../scenarios/scenario.ts';

/** The row `persistent-volumes` of the curriculum: volumes made by hand, bound by the rules of the binder. */
let cluster: Scenario;
afterEach(() => clear());
beforeAll(() => {
  cluster = new Scenario('two-workers');
});

const volume = (name: string, size: string, more = '', modes = 'ReadWriteOnce') =>
  `{apiVersion: v1, kind: PersistentVolume, metadata: {name: ${name}${more.startsWith('labels') ? `, ${more}` : ''}}, spec: {capacity: {storage: ${size}}, accessModes: [${modes}], hostPath: {path: /mnt/${name}}${more === '' || more.startsWith('labels') ? ', storageClassName: hand' : `, ${more}`}}}\n---\n`;
const claim = (name: string, size: string, more = 'storageClassName: hand', modes = 'ReadWriteOnce') =>
  `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ${name}}, spec: {accessModes: [${modes}], resources: {requests: {storage: ${size}}}, ${more}}}\n---\n`;
const pod = (name: string, claimName: string, more = '') =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {${more}terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, infinity], volumeMounts: [{name: d, mountPath: /d}]}], volumes: [{name: d, persistentVolumeClaim: {claimName: ${claimName}}}]}}\n---\n`;

const phase = (name: string): string => cluster.get('PersistentVolumeClaim', name).status.phase;
const phaseOf = (name: string): string => cluster.get('PersistentVolume', name).status.phase;
const boundTo = (name: string): string | undefined => cluster.get('PersistentVolumeClaim', name).spec.volumeName;
/** What a claim comes to within twenty seconds. */
const comes = (yaml: string, name: string): string | undefined => {
  cluster.apply(yaml);
  cluster.wait(20);
  return phase(name) === 'Bound' ? boundTo(name) : phase(name);
};
/** Everything goes, so that the next test begins with nothing. */
const clear = () => {
  for (const kind of ['Pod', 'PersistentVolumeClaim', 'PersistentVolume'])
    for (const { metadata } of cluster.list(kind)) {
      if (kind === 'Pod') cluster.delete(kind, metadata.name, { gracePeriodSeconds: 0 });
      else if (cluster.has(kind, metadata.name)) {
        cluster.delete(kind, metadata.name);
        cluster.wait(1);
        if (cluster.has(kind, metadata.name)) cluster.patch(kind, metadata.name, { metadata: { finalizers: null } });
      }
    }
  cluster.wait(3);
};
const refusal = (change: () => void): string => {
  try {
    change();
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('a claim is bound to a volume that does for it', () => {
  test('the smallest that is large enough; what is too small is not taken', () => {
    cluster.apply(volume('small', '1Gi') + volume('large', '10Gi') + volume('middle', '5Gi'));
    cluster.wait(2);
    expect(comes(claim('c', '2Gi'), 'c')).toBe('middle');
    expect(cluster.get('PersistentVolumeClaim', 'c').status.capacity).toEqual({ storage: '5Gi' });
    expect(comes(claim('huge', '20Gi'), 'huge')).toBe('Pending');
    expect(cluster.events('PersistentVolumeClaim', 'huge').join()).toContain(
      'storageclass.storage.k8s.io "hand" not found',
    );
    cluster.apply(volume('giant', '50Gi'));
    cluster.until(() => phase('huge') === 'Bound', 60);
  });

  test('of the same class, with all the access modes that it asks for, of the same mode', () => {
    cluster.apply(
      volume('other', '5Gi', 'storageClassName: other') +
        volume('block', '5Gi', 'storageClassName: hand, volumeMode: Block') +
        volume('once', '5Gi'),
    );
    cluster.wait(2);
    expect(comes(claim('many', '1Gi', undefined, 'ReadWriteMany'), 'many')).toBe('Pending');
    expect(comes(claim('raw', '1Gi', 'storageClassName: hand, volumeMode: Block'), 'raw')).toBe('block');
    expect(comes(claim('files', '1Gi'), 'files')).toBe('once');
  });

  test('whose labels its selector takes', () => {
    cluster.apply(volume('slow', '5Gi', 'labels: {speed: slow}') + volume('fast', '9Gi', 'labels: {speed: fast}'));
    cluster.wait(2);
    const chosen = claim('c', '1Gi', 'storageClassName: hand, selector: {matchLabels: {speed: fast}}');
    expect(comes(chosen, 'c')).toBe('fast');
    expect(comes(claim('n', '1Gi', 'storageClassName: hand, selector: {matchLabels: {speed: none}}'), 'n')).toBe(
      'Pending',
    );
  });

  test('by name, even where a smaller one is free; a name that is not there is waited for', () => {
    cluster.apply(volume('small', '1Gi') + volume('named', '5Gi'));
    cluster.wait(2);
    expect(comes(claim('c', '1Gi', 'storageClassName: hand, volumeName: named'), 'c')).toBe('named');
    expect(comes(claim('w', '1Gi', 'storageClassName: hand, volumeName: later'), 'w')).toBe('Pending');
    cluster.apply(volume('later', '2Gi'));
    cluster.until(() => phase('w') === 'Bound', 60);
  });

  test('a volume that is kept for a claim is no other’s', () => {
    cluster.apply(volume('kept', '5Gi', 'storageClassName: hand, claimRef: {namespace: default, name: mine}'));
    cluster.wait(2);
    expect(comes(claim('theirs', '1Gi'), 'theirs')).toBe('Pending');
    expect(comes(claim('mine', '1Gi'), 'mine')).toBe('kept');
  });

  test('one claim, one volume: the rest of its size is nobody’s', () => {
    cluster.apply(volume('only', '100Gi'));
    cluster.wait(2);
    expect(comes(claim('first', '1Gi'), 'first')).toBe('only');
    expect(comes(claim('second', '1Gi'), 'second')).toBe('Pending');
  });

  test('a claim that is bound cannot choose anew', () => {
    cluster.apply(volume('v', '5Gi') + claim('c', '1Gi'));
    cluster.until(() => phase('c') === 'Bound', 60);
    expect(
      refusal(() => cluster.patch('PersistentVolumeClaim', 'c', { spec: { storageClassName: 'other' } })),
    ).toContain(
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    );
    expect(
      refusal(() => cluster.patch('PersistentVolume', 'v', { spec: { hostPath: { path: '/elsewhere' } } })),
    ).toContain('spec.persistentvolumesource is immutable after creation');
  });

  test('with a source of data it is not simulated as if it were empty: provisioning fails and says why', () => {
    for (const [kind, said] of [
      ['PersistentVolumeClaim', 'does not support clone operations'],
      ['VolumeSnapshot, apiGroup: snapshot.storage.k8s.io', 'does not support snapshot restore'],
      ['Template, apiGroup: example.com', 'is not handled by the provisioner'],
    ] as const) {
      const name = kind.split(',')[0]!.toLowerCase();
      const more = `storageClassName: shared, dataSourceRef: {name: other, kind: ${kind}}`;
      expect(comes(claim(name, '1Gi', more), name)).toBe('Pending');
      expect(cluster.events('PersistentVolumeClaim', name).join()).toContain(said);
    }
    expect(comes(claim('plain', '1Gi', 'storageClassName: shared'), 'plain')).toMatch(/^pvc-/);
  });
});

describe('storage independent of pods', () => {
  test('what a pod writes the next one finds, on the node where the volume is', () => {
    cluster.apply(volume('v', '5Gi') + claim('c', '1Gi') + pod('one', 'c', 'nodeName: worker-1, '));
    cluster.untilReady('one');
    cluster.exec('one', 'echo kept > /d/file');
    cluster.delete('Pod', 'one');
    cluster.until(() => !cluster.has('Pod', 'one'));
    cluster.apply(pod('two', 'c', 'nodeName: worker-1, '));
    cluster.untilReady('two');
    expect(cluster.exec('two', 'cat /d/file').stdout).toBe('kept\n');
  });

  test('broken: a pod whose claim is not there, or not bound, waits, and says so; mended, it starts', () => {
    cluster.apply(pod('early', 'c'));
    cluster.wait(5);
    const why = () => cluster.get('Pod', 'early').status.conditions[0].message as string;
    expect(why()).toContain('persistentvolumeclaim "c" not found');
    cluster.apply(claim('c', '1Gi'));
    cluster.wait(10);
    expect(why()).toContain('pod has unbound immediate PersistentVolumeClaims');
    cluster.apply(volume('v', '5Gi'));
    cluster.untilReady('early', 120);
  });

  test('a claim in use is not deleted before its pod; a volume not before its claim', () => {
    cluster.apply(volume('v', '5Gi') + claim('c', '1Gi') + pod('user', 'c'));
    cluster.untilReady('user');
    cluster.delete('PersistentVolume', 'v');
    cluster.delete('PersistentVolumeClaim', 'c');
    cluster.wait(30);
    expect(cluster.get('PersistentVolumeClaim', 'c').metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    expect(cluster.get('PersistentVolume', 'v').metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
    cluster.delete('Pod', 'user');
    cluster.until(() => !cluster.has('PersistentVolumeClaim', 'c') && !cluster.has('PersistentVolume', 'v'), 60);
  });
});

describe('access modes', () => {
  test('ReadOnlyMany is mounted for reading; ReadWriteOncePod keeps a second pod away; the modes of a claim are its volume’s', () => {
    cluster.apply(
      volume('shared', '5Gi', '', 'ReadWriteOnce, ReadOnlyMany') +
        claim('c', '1Gi', undefined, 'ReadOnlyMany') +
        pod('reader', 'c'),
    );
    cluster.untilReady('reader');
    expect(cluster.get('PersistentVolumeClaim', 'c').status.accessModes).toEqual(['ReadWriteOnce', 'ReadOnlyMany']);
    clear();
    cluster.apply(
      volume('single', '5Gi', '', 'ReadWriteOncePod') +
        claim('c', '1Gi', undefined, 'ReadWriteOncePod') +
        pod('one', 'c'),
    );
    cluster.untilReady('one');
    cluster.apply(pod('two', 'c'));
    cluster.wait(20);
    expect(cluster.get('Pod', 'two').status.conditions[0].message).toContain('ReadWriteOncePod access mode');
    cluster.delete('Pod', 'one');
    cluster.untilReady('two', 120);
    clear();
    expect(refusal(() => cluster.apply(claim('x', '1Gi', undefined, 'ReadWriteOncePod, ReadWriteOnce')))).toContain(
      'may not use ReadWriteOncePod with other access modes',
    );
  });
});

describe('reclaim policy', () => {
  test('Retain: Released with the data, for nobody until its claimRef is taken away', () => {
    cluster.apply(
      volume('v', '5Gi', 'storageClassName: hand, persistentVolumeReclaimPolicy: Retain') +
        claim('c', '1Gi') +
        pod('p', 'c', 'nodeName: worker-1, '),
    );
    cluster.untilReady('p');
    cluster.exec('p', 'echo kept > /d/file');
    cluster.delete('Pod', 'p');
    cluster.until(() => !cluster.has('Pod', 'p'));
    cluster.delete('PersistentVolumeClaim', 'c');
    cluster.until(() => phaseOf('v') === 'Released', 60);
    expect(comes(claim('next', '1Gi'), 'next')).toBe('Pending');
    cluster.patch('PersistentVolume', 'v', { spec: { claimRef: null } });
    cluster.until(() => phase('next') === 'Bound', 60);
    cluster.apply(pod('q', 'next', 'nodeName: worker-1, '));
    cluster.untilReady('q');
    expect(cluster.exec('q', 'cat /d/file').stdout).toBe('kept\n');
  });

  test('Delete: of a volume that no plugin can delete it comes to Failed, with the reason; Recycle is no longer possible for most', () => {
    cluster.apply(
      '{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {capacity: {storage: 5Gi}, accessModes: [ReadWriteOnce], storageClassName: hand, persistentVolumeReclaimPolicy: Delete, nfs: {server: nfs-server, path: /data}}}\n---\n' +
        claim('c', '1Gi'),
    );
    cluster.until(() => phase('c') === 'Bound', 60);
    cluster.delete('PersistentVolumeClaim', 'c');
    cluster.until(() => phaseOf('v') === 'Failed', 90);
    expect(cluster.get('PersistentVolume', 'v').status.message).toContain(
      'error getting deleter volume plugin for volume "v"',
    );
    expect(cluster.events('PersistentVolume', 'v').join()).toContain('VolumeFailedDelete');
  });

  test('a claim whose volume was taken away is Lost', () => {
    cluster.apply(volume('v', '5Gi') + claim('c', '1Gi'));
    cluster.until(() => phase('c') === 'Bound', 60);
    cluster.delete('PersistentVolume', 'v');
    cluster.patch('PersistentVolume', 'v', { metadata: { finalizers: null } });
    cluster.until(() => phase('c') === 'Lost', 60);
    expect(cluster.events('PersistentVolumeClaim', 'c').join()).toContain('ClaimLost');
  });
});

describe('a volume of mode Block', () => {
  const raw = (name: string, mode: string) =>
    `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ${name}}, spec: {storageClassName: zonal-disk, volumeMode: ${mode}, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}\n---\n`;
  const user = (name: string, claimName: string, use: string) =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, infinity], ${use}}], volumes: [{name: d, persistentVolumeClaim: {claimName: ${claimName}}}]}}\n---\n`;
  const asDevice = 'volumeDevices: [{name: d, devicePath: /dev/xvda}]';
  const asDirectory = 'volumeMounts: [{name: d, mountPath: /d}]';

  test('is a device in the container, whose bytes outlive the pod', () => {
    cluster.apply(raw('raw', 'Block') + user('first', 'raw', asDevice));
    cluster.untilReady('first');
    expect(cluster.exec('first', 'test -b /dev/xvda && echo device').stdout).toBe('device\n');
    expect(cluster.exec('first', 'mount').stdout).not.toContain('xvda');
    // A directory is one, whatever it is called.
    const odd = 'volumes: [{name: d, hostPath: {path: /mnt/volumeDevices/x}}]';
    cluster.apply(
      `{apiVersion: v1, kind: Pod, metadata: {name: odd}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, infinity], ${asDirectory}}], ${odd}}}`,
    );
    cluster.untilReady('odd');
    expect(cluster.exec('odd', 'mount').stdout).toContain('/d type ext4');
    cluster.delete('Pod', 'odd');
    cluster.exec('first', 'printf abcdef > /dev/xvda; printf XY > /dev/xvda; dd if=/dev/zero of=/dev/null count=1');
    expect(cluster.exec('first', 'head -c 6 /dev/xvda').stdout).toBe('XYcdef');
    cluster.delete('Pod', 'first');
    cluster.wait(5);
    cluster.apply(user('second', 'raw', asDevice));
    cluster.untilReady('second', 120);
    expect(cluster.exec('second', 'dd if=/dev/xvda bs=1 count=3 2>/dev/null').stdout).toBe('XYc');
  });

  test('cannot be mounted, nor can a file system be had as a device', () => {
    cluster.apply(
      raw('raw', 'Block') + raw('files', 'Filesystem') + user('a', 'raw', asDirectory) + user('b', 'files', asDevice),
    );
    cluster.wait(40);
    const said = (name: string) => cluster.events('Pod', name).join();
    expect(said('a')).toContain('volume d has volumeMode Block, but is specified in volumeMounts');
    expect(said('b')).toContain('volume d has volumeMode Filesystem, but is specified in volumeDevices');
  });
});

test('a volume of the deprecated policy Recycle is not emptied, and says so', () => {
  cluster.apply(
    volume('old', '1Gi', 'storageClassName: hand, persistentVolumeReclaimPolicy: Recycle') + claim('c', '1Gi'),
  );
  cluster.until(() => boundTo('c') === 'old', 60);
  cluster.delete('PersistentVolumeClaim', 'c');
  cluster.wait(20);
  expect(phaseOf('old')).toBe('Failed');
  expect(cluster.events('PersistentVolume', 'old').join()).toContain('VolumeFailedRecycle Recycle failed: sim-core');
});
