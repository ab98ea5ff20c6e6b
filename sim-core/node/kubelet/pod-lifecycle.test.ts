import { describe, expect, it } from 'vitest';
import { parseTime, SECOND } from '../../engine/index.ts';
import { configMaps } from '../../resources/config-map.ts';
import { pods } from '../../resources/pod.ts';
import { SLEEPER, sh, TestKubelets } from './testing.ts';

describe('a pod', () => {
  it('is pulled, created, started, told of, and ended in good order', () => {
    const cluster = new TestKubelets();
    const { uid } = cluster.pod('web', { name: 'web', image: 'nginx:1.27' }).metadata;
    expect(cluster.settle()).toBe('settled');
    const { status } = cluster.get('web');
    expect(status.phase).toBe('Running');
    expect(status.conditions!.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(status).toMatchObject({ qosClass: 'BestEffort', hostIP: '10.0.0.11', podIP: '10.244.0.2' });
    expect(status.containerStatuses![0]).toMatchObject({
      image: 'docker.io/library/nginx:1.27',
      name: 'web',
      ready: true,
      restartCount: 0,
      started: true,
    });
    expect(cluster.events('web')).toEqual([
      'Normal Pulling Pulling image "nginx:1.27"',
      expect.stringMatching(
        /^Normal Pulled Successfully pulled image "nginx:1\.27" in [\d.]+s \([\d.]+s including waiting\)\. Image size: \d+ bytes\.$/,
      ),
      'Normal Created Created container: web',
      'Normal Started Started container web',
    ]);

    cluster.client.delete(pods, 'default', 'web');
    cluster.until(() => cluster.find('web') === undefined, 30);
    expect(cluster.events('web').at(-1)).toBe('Normal Killing Stopping container web');
    cluster.wait(1);
    expect(cluster.machine.runtime.listPodSandbox({ podUid: uid })).toEqual([]);
  });

  it('with an image that is there tells so, and gives init containers their turn', () => {
    const cluster = new TestKubelets();
    cluster.pod('first', SLEEPER);
    cluster.settle();
    cluster.pod('job', sh('echo main'), {
      restartPolicy: 'Never',
      initContainers: [
        { name: 'one', image: 'busybox:1.36', ...sh('sleep 2; echo one') },
        { name: 'two', image: 'busybox:1.36', ...sh('sleep 2; echo two') },
      ],
    });
    cluster.until(() => cluster.state('job', 'one') === 'running');
    expect(cluster.state('job')).toBe('PodInitializing');
    expect(cluster.get('job').status.phase).toBe('Pending');
    expect(cluster.condition('job', 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [one two]',
    });
    cluster.until(() => cluster.get('job').status.phase === 'Succeeded');
    expect(cluster.state('job', 'two')).toBe('Completed 0');
    expect(cluster.condition('job', 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    expect(cluster.events('job')[0]).toBe('Normal Pulled Container image "busybox:1.36" already present on machine');
    expect(cluster.logs('job')).toEqual(['main']);
  });

  it('shares its volumes with the group that it asks for', () => {
    const cluster = new TestKubelets();
    cluster.client.create(configMaps, { metadata: { name: 'conf', namespace: 'default' }, data: { a: 'text' } });
    const script =
      'id; ls -ldn /data /conf; echo hi > /data/file; mkdir /data/sub; ls -ln /data; ls -lLn /conf; cat /conf/a; echo no > /etc/no; grep data /proc/mounts; grep conf /proc/mounts';
    cluster.pod(
      'guest',
      {
        ...sh(script),
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'conf', mountPath: '/conf' },
        ],
      },
      {
        restartPolicy: 'Never',
        securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'conf', configMap: { name: 'conf', defaultMode: 0o400 } },
        ],
      },
    );
    cluster.until(
      () => cluster.get('guest').status.phase !== 'Running' && cluster.get('guest').status.phase !== 'Pending',
    );
    const shown = cluster.logs('guest').map((line) => {
      const [mode, , user, group, , , , , name] = line.split(/ +/);
      return name === undefined ? line : `${mode} ${user} ${group} ${name}`;
    });
    expect(shown).toEqual([
      'uid=1000 gid=3000 groups=2000,3000,4000',
      'drwxrwsrwx 0 2000 /data',
      'drwxrwsrwx 0 2000 /conf',
      expect.stringMatching(/^total/),
      '-rw-r--r-- 1000 2000 file',
      'drwxr-sr-x 1000 2000 sub',
      expect.stringMatching(/^total/),
      '-r--r----- 0 2000 a',
      "sh: can't create /etc/no: Permission denied",
      'text/dev/vda1 /data ext4 rw,relatime 0 0',
      '/dev/vda1 /conf ext4 ro,relatime 0 0',
    ]);
    expect(cluster.status('guest')).toMatchObject({
      user: { linux: { uid: 1000, gid: 3000, supplementalGroups: [3000, 2000, 4000] } },
    });
  });

  it('knows all of its name when it has a subdomain', () => {
    const cluster = new TestKubelets();
    cluster.pod('db-0', sh('hostname; hostname -f; hostname -s; hostname -d'), {
      hostname: 'db-0',
      subdomain: 'db',
      restartPolicy: 'Never',
    });
    cluster.until(() => cluster.get('db-0').status.phase === 'Succeeded');
    const domain = 'db.default.svc.cluster.local';
    expect(cluster.logs('db-0')).toEqual(['db-0', `db-0.${domain}`, 'db-0', domain]);
  });

  it('fails when its only container fails and is not restarted', () => {
    const cluster = new TestKubelets();
    cluster.pod('once', sh('echo why > /dev/termination-log; exit 3'), { restartPolicy: 'Never' });
    cluster.until(() => cluster.get('once').status.phase === 'Failed');
    expect(cluster.status('once').state!.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'why\n' });
  });

  it('keeps its sidecar beside its containers, and ends it after them', () => {
    const cluster = new TestKubelets();
    cluster.pod('pair', sh('sleep 5'), {
      restartPolicy: 'Never',
      initContainers: [{ name: 'side', image: 'busybox:1.36', restartPolicy: 'Always', ...SLEEPER }],
    });
    cluster.until(() => cluster.state('pair') === 'running');
    expect(cluster.state('pair', 'side')).toBe('running');
    expect(cluster.status('pair', 'side').ready).toBe(true);
    cluster.until(() => cluster.get('pair').status.phase === 'Succeeded');
    cluster.until(() => cluster.state('pair', 'side') === 'Completed 0');
  });

  it('tells all containers of its end at once, and stops its sidecars in their turn', () => {
    const cluster = new TestKubelets();
    const last = (seconds: number) => sh(`trap "sleep ${seconds}; exit 0" TERM; while true; do sleep 1; done`);
    const sidecar = (name: string) => ({
      name,
      image: 'busybox:1.36',
      restartPolicy: 'Always',
      ...last(2),
      lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo told'] } } },
    });
    cluster.pod('three', last(4), {
      initContainers: [sidecar('first'), sidecar('second')],
    });
    cluster.until(() => cluster.state('three') === 'running');
    cluster.wait(5);
    cluster.client.delete(pods, 'default', 'three');
    cluster.wait(2);
    expect(cluster.events('three').slice(-3).sort()).toEqual([
      'Normal Killing Stopping container first',
      'Normal Killing Stopping container main',
      'Normal Killing Stopping container second',
    ]);
    expect(cluster.state('three', 'second')).toBe('running');
    const times: Record<string, number> = {};
    cluster.until(() => {
      for (const { id, metadata } of cluster.machine.runtime.listContainers())
        times[metadata.name] = cluster.machine.runtime.containerStatus(id).finishedAt;
      return cluster.find('three') === undefined;
    }, 60);
    expect(times.second! - times.main!).toBeGreaterThanOrEqual(2 * SECOND);
    expect(times.first! - times.second!).toBeGreaterThanOrEqual(2 * SECOND);
  });

  it('is ended by its deadline', () => {
    const cluster = new TestKubelets();
    cluster.pod('slow', SLEEPER, { activeDeadlineSeconds: 20, restartPolicy: 'Never' });
    cluster.until(() => cluster.get('slow').status.phase === 'Failed', 60);
    expect(cluster.get('slow').status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
    const start = parseTime(cluster.get('slow').status.startTime!)!;
    expect((cluster.engine.now - start) / SECOND).toBeGreaterThanOrEqual(20);
    expect((cluster.engine.now - start) / SECOND).toBeLessThan(25);
  });

  it('that asks for more than the node has is refused', () => {
    const cluster = new TestKubelets();
    cluster.pod('huge', { resources: { requests: { cpu: '5' } } });
    cluster.settle();
    expect(cluster.get('huge').status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000",
    });
    cluster.pod('elsewhere', {}, { nodeSelector: { disk: 'ssd' } });
    cluster.settle();
    expect(cluster.get('elsewhere').status).toMatchObject({
      reason: 'NodeAffinity',
      message: "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    });
  });
});

describe('a running pod', () => {
  it('gets new limits without a restart', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', { ...SLEEPER, resources: { limits: { cpu: '100m', memory: '64Mi' } } });
    cluster.until(() => cluster.state('app') === 'running');
    const id = () => cluster.status('app').containerID!.slice('containerd://'.length);
    const before = id();
    const pod = cluster.get('app');
    const [container] = pod.spec.containers;
    const resources = { ...container!.resources, limits: { cpu: '300m', memory: '128Mi' } };
    // The server lets it happen in the subresource `resize` only; what the kubelet then sees is this.
    const updated = cluster.replace('app', {
      ...pod,
      spec: { ...pod.spec, containers: [{ ...container!, resources }] },
    });
    expect(updated).toBe(true);
    cluster.wait(3);
    expect(id()).toBe(before);
    expect(cluster.machine.runtime.containerStatus(before).resources).toMatchObject({
      cpuQuota: 30_000,
      memoryLimitInBytes: 128 * 1024 * 1024,
    });
  });
});

describe('a pod whose resize waits for room', () => {
  it('waits on when the kubelet is started again, and gets it when there is room', () => {
    const cluster = new TestKubelets();
    cluster.pod('big', { ...SLEEPER, resources: { requests: { cpu: '3' } } });
    cluster.pod('app', { ...SLEEPER, resources: { requests: { cpu: '500m' }, limits: { cpu: '1' } } });
    cluster.until(() => cluster.state('app') === 'running');
    const pod = cluster.get('app');
    const resources = { requests: { cpu: '2' }, limits: { cpu: '3' } };
    cluster.replace('app', { ...pod, spec: { ...pod.spec, containers: [{ ...pod.spec.containers[0]!, resources }] } });
    const waits = () => {
      cluster.wait(5);
      expect(cluster.condition('app', 'PodResizePending')).toMatchObject({ status: 'True', reason: 'Deferred' });
      expect(cluster.status('app')).toMatchObject({
        allocatedResources: { cpu: '500m' },
        resources: { requests: { cpu: '500m' }, limits: { cpu: '1' } },
        restartCount: 0,
      });
    };
    waits();
    cluster.machine.stopKubelet();
    cluster.machine.startKubelet();
    waits();
    cluster.client.delete(pods, 'default', 'big');
    cluster.until(() => cluster.status('app').allocatedResources?.cpu === '2', 60);
    expect(cluster.condition('app', 'PodResizePending')).toBeUndefined();
  });
});

describe('a debug container', () => {
  it('joins a running pod, sees its target and is not started again', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.until(() => cluster.state('app') === 'running');
    const pod = cluster.get('app');
    const debug = { name: 'debug', image: 'busybox:1.36', targetContainerName: 'main', ...sh('ps; sleep 5') };
    cluster.replace('app', { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } });
    cluster.until(() => cluster.state('app', 'debug') === 'running');
    const [running] = cluster.get('app').status.ephemeralContainerStatuses!;
    // Nobody probes it.
    expect(running!.ready).toBe(false);
    expect(running).not.toHaveProperty('started');
    cluster.until(() => cluster.state('app', 'debug') === 'Completed 0');
    cluster.wait(30);
    expect(cluster.state('app', 'debug')).toBe('Completed 0');
    expect(cluster.get('app').status.ephemeralContainerStatuses![0]!.restartCount).toBe(0);
    expect(cluster.get('app').status.phase).toBe('Running');
    const id = cluster.get('app').status.ephemeralContainerStatuses![0]!.containerID!.slice('containerd://'.length);
    const lines = cluster.machine.runtime.containerLog(id).lines();
    expect(lines.some(({ text }) => text.includes('while true; do sleep 1; done'))).toBe(true);
  });
});
