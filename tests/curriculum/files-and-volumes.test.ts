import { beforeAll, describe, expect, test } from 'vitest';
import { Scenario } from '../scenarios/scenario.ts';

/** The rows `container-files` and `volumes` of the curriculum. */
let cluster: Scenario;
beforeAll(() => {
  cluster = new Scenario('two-workers');
});

const pod = (name: string, container: string, volumes = '', node = '') =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {${node === '' ? '' : `nodeName: ${node}, `}terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sh, -c, "trap 'exit 1' TERM; while true; do sleep 1; done"]${container}}]${volumes === '' ? '' : `, volumes: [${volumes}]`}}}\n---\n`;
/** Makes pods, and waits for them. */
const start = (yaml: string, ...names: string[]) => {
  cluster.apply(yaml);
  for (const name of names) cluster.untilReady(name);
};
const run = (name: string, command: string, container = 'main') => cluster.exec(name, command, container);
const restart = (name: string) => {
  const count = () => cluster.get('Pod', name).status.containerStatuses[0].restartCount as number;
  const before = count();
  run(name, 'kill 1');
  cluster.until(() => count() > before && cluster.isReady(name), 60);
};
const remove = (...names: string[]) => {
  for (const name of names) cluster.delete('Pod', name);
  cluster.until(() => names.every((name) => !cluster.has('Pod', name)), 60);
};

describe('the writable layer is lost on restart and delete', () => {
  test('a container that restarts begins with its image’s files; one that goes on keeps what it wrote', () => {
    start(pod('layer', ''), 'layer');
    run('layer', 'echo mine > /note; echo gone > /etc/hostname2; rm /bin/true');
    cluster.wait(120);
    expect(run('layer', 'cat /note').stdout).toBe('mine\n');
    restart('layer');
    expect(run('layer', 'cat /note').stderr).toContain('No such file or directory');
    expect(run('layer', 'ls /bin/true').code).toBe(0);
  });

  test('what one container writes its neighbour of the same image does not see', () => {
    start(
      '{apiVersion: v1, kind: Pod, metadata: {name: twins}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, infinity]}, {name: side, image: busybox, command: [sleep, infinity]}]}}',
      'twins',
    );
    run('twins', 'echo mine > /note');
    expect(run('twins', 'ls /note', 'side').code).toBe(1);
    remove('twins', 'layer');
  });
});

describe('what survives what', () => {
  test('a table: container restart, pod deletion, node', () => {
    const mounts =
      ', volumeMounts: [{name: empty, mountPath: /empty}, {name: host, mountPath: /host}, {name: claim, mountPath: /claim}]';
    const volumes =
      '{name: empty, emptyDir: {}}, {name: host, hostPath: {path: /mnt/table, type: DirectoryOrCreate}}, {name: claim, persistentVolumeClaim: {claimName: table}}';
    cluster.apply(
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: table}, spec: {storageClassName: shared, accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}}',
    );
    start(pod('table', mounts, volumes, 'worker-1'), 'table');
    run('table', 'for at in /layer /empty/file /host/file /claim/file; do echo kept > $at; done');
    const kept = () =>
      ['/layer', '/empty/file', '/host/file', '/claim/file'].filter(
        (at) => run('table', `cat ${at}`).stdout === 'kept\n',
      );
    restart('table');
    expect(kept()).toEqual(['/empty/file', '/host/file', '/claim/file']);
    remove('table');
    start(pod('table', mounts, volumes, 'worker-1'), 'table');
    expect(kept()).toEqual(['/host/file', '/claim/file']);
    remove('table');
    start(pod('table', mounts, volumes, 'worker-2'), 'table');
    expect(kept()).toEqual(['/claim/file']);
    remove('table');
  });
});

describe('emptyDir', () => {
  test('is shared by the containers of a pod, and belongs to it alone', () => {
    const two = (name: string) =>
      `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: busybox, command: [sleep, infinity], volumeMounts: [{name: s, mountPath: /out}]}, {name: side, image: busybox, command: [sleep, infinity], volumeMounts: [{name: s, mountPath: /in}]}], volumes: [{name: s, emptyDir: {}}]}}\n---\n`;
    start(two('pair') + two('other'), 'pair', 'other');
    run('pair', 'echo hello > /out/file');
    expect(run('pair', 'cat /in/file', 'side').stdout).toBe('hello\n');
    expect(run('other', 'ls /in', 'side').stdout).toBe('');
    remove('pair', 'other');
  });

  test('broken: beyond its size limit the pod is evicted with the reason', () => {
    start(pod('full', ', volumeMounts: [{name: s, mountPath: /s}]', '{name: s, emptyDir: {sizeLimit: 10Mi}}'), 'full');
    run('full', 'dd if=/dev/zero of=/s/big bs=1M count=20');
    cluster.until(() => cluster.get('Pod', 'full').status.phase === 'Failed', 180);
    expect(cluster.get('Pod', 'full').status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringContaining('Usage of EmptyDir volume "s" exceeds the limit "10Mi"'),
    });
    remove('full');
  });
});

describe('hostPath and the other-node trap', () => {
  const MOUNT = ', volumeMounts: [{name: h, mountPath: /h}]';
  const volume = (type: string) => `{name: h, hostPath: {path: /mnt/trap${type === '' ? '' : `, type: ${type}`}}}`;

  test('a pod that comes back on another node finds another directory; back on the first, its own', () => {
    start(pod('trap', MOUNT, volume('DirectoryOrCreate'), 'worker-1'), 'trap');
    run('trap', 'echo one > /h/file');
    remove('trap');
    start(pod('trap', MOUNT, volume('DirectoryOrCreate'), 'worker-2'), 'trap');
    expect(run('trap', 'ls /h').stdout).toBe('');
    remove('trap');
    start(pod('trap', MOUNT, volume('DirectoryOrCreate'), 'worker-1'), 'trap');
    expect(run('trap', 'cat /h/file').stdout).toBe('one\n');
    remove('trap');
  });

  test('broken: with type Directory a path that is not there holds the pod up, with the reason; where it is, it starts', () => {
    const strict = volume('Directory').replace('/mnt/trap', '/mnt/none');
    cluster.apply(pod('strict', MOUNT, strict, 'worker-2'));
    cluster.wait(15);
    expect(cluster.state('strict')).toBe('Waiting ContainerCreating');
    expect(cluster.events('Pod', 'strict').join()).toContain(
      'FailedMount MountVolume.SetUp failed for volume "h" : hostPath type check failed: /mnt/none is not a directory',
    );
    start(pod('maker', MOUNT, strict.replace('type: Directory', 'type: DirectoryOrCreate'), 'worker-2'), 'maker');
    cluster.untilReady('strict', 180);
    remove('strict', 'maker');
  });
});

describe('configMap, secret and projected', () => {
  const CONFIG = '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {color: blue, size: big}}\n---\n';

  test('keys are files; changed, the files change without a restart; with subPath they do not', () => {
    cluster.apply(CONFIG);
    start(
      pod(
        'settings',
        ', volumeMounts: [{name: c, mountPath: /c}, {name: c, mountPath: /one, subPath: color}]',
        '{name: c, configMap: {name: settings}}',
      ),
      'settings',
    );
    expect(run('settings', 'ls /c; cat /c/color').stdout).toBe('color\nsize\nblue');
    cluster.patch('ConfigMap', 'settings', { data: { color: 'red' } });
    cluster.wait(120);
    expect(run('settings', 'cat /c/color; echo; cat /one').stdout).toBe('red\nblue');
    expect(run('settings', 'echo x > /c/color').stderr).toContain('Read-only file system');
    remove('settings');
  });

  test('broken: one that is not there holds the pod up and is named; made, the pod starts; optional, it never waits', () => {
    cluster.apply(
      pod('waits', ', volumeMounts: [{name: s, mountPath: /s}]', '{name: s, secret: {secretName: late}}') +
        pod(
          'goes',
          ', volumeMounts: [{name: s, mountPath: /s}]',
          '{name: s, secret: {secretName: late, optional: true}}',
        ),
    );
    cluster.untilReady('goes');
    cluster.wait(10);
    expect(cluster.state('waits')).toBe('Waiting ContainerCreating');
    expect(cluster.events('Pod', 'waits').join()).toContain(
      'MountVolume.SetUp failed for volume "s" : secret "late" not found',
    );
    cluster.apply('{apiVersion: v1, kind: Secret, metadata: {name: late}, stringData: {key: value}}');
    cluster.untilReady('waits', 180);
    expect(run('waits', 'cat /s/key').stdout).toBe('value');
    remove('waits', 'goes');
  });

  test('projected brings several into one directory', () => {
    start(
      pod(
        'mixed',
        ', volumeMounts: [{name: p, mountPath: /p}]',
        '{name: p, projected: {sources: [{configMap: {name: settings, items: [{key: size, path: conf/size}]}}, {secret: {name: late}}, {downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}, {serviceAccountToken: {path: token, expirationSeconds: 3600}}]}}',
      ),
      'mixed',
    );
    expect(run('mixed', 'cat /p/conf/size /p/key /p/name').stdout).toBe('bigvaluemixed');
    expect(run('mixed', 'cut -d. -f1 /p/token').stdout.length).toBeGreaterThan(10);
    remove('mixed');
  });
});

describe('gitRepo', () => {
  test('is accepted with a warning, not mounted by the kubelet; an init container does its work', () => {
    cluster.apply(
      pod(
        'git',
        ', volumeMounts: [{name: g, mountPath: /g}]',
        '{name: g, gitRepo: {repository: "https://example.com/site.git"}}',
      ),
    );
    cluster.wait(20);
    expect(cluster.state('git')).toBe('Waiting ContainerCreating');
    expect(cluster.events('Pod', 'git').join()).toContain('FailedMount');
    start(
      '{apiVersion: v1, kind: Pod, metadata: {name: init}, spec: {terminationGracePeriodSeconds: 1, initContainers: [{name: clone, image: busybox, command: [sh, -c, "echo page > /site/index.html"], volumeMounts: [{name: s, mountPath: /site}]}], containers: [{name: main, image: busybox, command: [sleep, infinity], volumeMounts: [{name: s, mountPath: /site}]}], volumes: [{name: s, emptyDir: {}}]}}',
      'init',
    );
    expect(run('init', 'cat /site/index.html').stdout).toBe('page\n');
  });
});
