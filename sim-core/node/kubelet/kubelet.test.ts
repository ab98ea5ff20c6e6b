import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../api/base64.ts';
import { parseTime, SECOND } from '../../engine/index.ts';
import { configMaps } from '../../resources/config-map.ts';
import { leases } from '../../resources/lease.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { secrets } from '../../resources/secret.ts';
import { services } from '../../resources/service.ts';
import { TestKubelets } from './testing.ts';

const sh = (script: string) => ({ command: ['sh', '-c', script] });
const SLEEPER = sh('trap "exit 0" TERM; while true; do sleep 1; done');
const STUBBORN = sh('trap "" TERM; while true; do sleep 1; done');
const EXITS_1 = sh('sleep 1; exit 1');

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

describe('crashing containers', () => {
  it('back off 10 s, 20 s, 40 s … 5 min', () => {
    const cluster = new TestKubelets();
    const { uid } = cluster.pod('crash', EXITS_1).metadata;
    const starts: number[] = [];
    cluster.machine.runtime.getContainerEvents(({ type, containerId, podSandboxId }) => {
      if (type === 'CONTAINER_STARTED_EVENT' && containerId !== podSandboxId) starts.push(cluster.engine.now);
    });
    cluster.until(() => cluster.state('crash') === 'CrashLoopBackOff');
    expect(cluster.status('crash').state!.waiting!.message).toBe(
      `back-off 10s restarting failed container=main pod=crash_default(${uid})`,
    );
    expect(cluster.status('crash').lastState!.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    cluster.wait(30 * 60);
    const pauses = starts.slice(1).map((start, index) => Math.round((start - starts[index]!) / SECOND));
    // Each life lasts a second, and the kubelet sees its end within a second.
    for (const [index, wanted] of [0, 10, 20, 40, 80, 160, 300, 300].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(wanted + 1);
      expect(pauses[index]).toBeLessThanOrEqual(wanted + 3);
    }
    expect(cluster.status('crash').state!.waiting!.message).toContain('back-off 5m0s restarting failed container=main');
    expect(cluster.get('crash').status.phase).toBe('Running');
    expect(cluster.events('crash').find((event) => event.includes('BackOff'))).toContain(
      `Warning BackOff Back-off restarting failed container main in pod crash_default(${uid})`,
    );
  });

  it('start afresh after ten good minutes', () => {
    const cluster = new TestKubelets();
    cluster.pod('flaky', sh('sleep 700; exit 1'));
    cluster.until(() => cluster.state('flaky') === 'running');
    cluster.until(() => cluster.status('flaky').restartCount === 3 && cluster.state('flaky') === 'running', 4000);
    expect(cluster.events('flaky').some((event) => event.includes('BackOff'))).toBe(false);
  });

  it('are told apart: OOMKilled with 137 while its neighbour lives', () => {
    const cluster = new TestKubelets();
    cluster.pod(
      'hog',
      {},
      {
        containers: [
          {
            name: 'hog',
            image: 'polinux/stress',
            command: ['stress', '--vm', '1', '--vm-bytes', '250M'],
            resources: { limits: { memory: '100Mi' }, requests: { memory: '100Mi' } },
          },
          { name: 'neighbour', image: 'busybox:1.36', ...SLEEPER },
        ],
      },
    );
    cluster.until(() => cluster.status('hog', 'hog').lastState?.terminated !== undefined);
    expect(cluster.status('hog', 'hog').lastState!.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect(cluster.status('hog', 'neighbour')).toMatchObject({ restartCount: 0, ready: true });
    expect(cluster.get('hog').status.qosClass).toBe('Burstable');
  });

  it('whose command does not exist say so', () => {
    const cluster = new TestKubelets();
    cluster.pod('typo', { command: ['/bin/nope'] });
    cluster.until(() => cluster.state('typo') === 'RunContainerError');
    expect(cluster.status('typo').state!.waiting!.message).toContain('stat /bin/nope: no such file or directory');
    expect(cluster.status('typo').lastState!.terminated).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(cluster.events('typo').find((event) => event.includes('Failed'))).toMatch(
      /^Warning Failed Error: failed to create containerd task/,
    );
  });
});

describe('images', () => {
  const failing = (image: string, spec: Record<string, unknown> = {}) => {
    const cluster = new TestKubelets();
    cluster.pod('app', { image }, spec);
    cluster.until(() => cluster.state('app') === 'ErrImagePull', 120);
    const { message } = cluster.status('app').state!.waiting!;
    cluster.until(() => cluster.state('app') === 'ImagePullBackOff', 60);
    expect(cluster.status('app').state!.waiting!.message).toBe(
      `Back-off pulling image "${image}": ErrImagePull: ${message}`,
    );
    const events = cluster.events('app');
    expect(events).toContain(`Normal Pulling Pulling image "${image}"`);
    expect(events).toContain(`Warning Failed Failed to pull image "${image}": ${message}`);
    expect(events).toContain('Warning Failed Error: ErrImagePull');
    expect(events).toContain(`Normal BackOff Back-off pulling image "${image}"`);
    expect(events).toContain('Warning Failed Error: ImagePullBackOff');
    expect(cluster.get('app').status.phase).toBe('Pending');
    return message!;
  };

  it('with a typo in the tag cannot be found', () => {
    expect(failing('nginx:1.99')).toContain('docker.io/library/nginx:1.99: not found');
  });

  it('for another architecture have no match', () => {
    expect(failing('jotasu/hello-arm64:1.0')).toContain('no match for platform in manifest: not found');
  });

  it('that are private need their secret', () => {
    expect(failing('registry.example.com/team/hello:1.0')).toContain('no basic auth credentials');

    const cluster = new TestKubelets();
    const config = { auths: { 'registry.example.com': { auth: encodeBase64('jotasu:helmsman') } } };
    cluster.create(secrets, {
      metadata: { name: 'registry' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': encodeBase64(JSON.stringify(config)) },
    });
    cluster.pod('app', { image: 'registry.example.com/team/hello:1.0' }, { imagePullSecrets: [{ name: 'registry' }] });
    cluster.until(() => cluster.state('app') === 'running');
  });

  it('that must not be pulled, or have no name, say so', () => {
    const cluster = new TestKubelets();
    cluster.pod('never', { image: 'redis:7', imagePullPolicy: 'Never' });
    cluster.until(() => cluster.state('never') === 'ErrImageNeverPull');
    expect(cluster.status('never').state!.waiting!.message).toBe(
      'Container image "redis:7" is not present with pull policy of Never',
    );
    cluster.pod('shout', { image: 'NGINX' });
    cluster.until(() => cluster.state('shout') === 'InvalidImageName');
    expect(cluster.status('shout').state!.waiting!.message).toMatch(/^Failed to apply default image tag "NGINX": /);
  });
});

describe('configuration', () => {
  it('that is missing keeps a container from being made, until it is there', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', { ...SLEEPER, envFrom: [{ configMapRef: { name: 'settings' } }] });
    cluster.until(() => cluster.state('app') === 'CreateContainerConfigError');
    expect(cluster.status('app').state!.waiting!.message).toBe('configmap "settings" not found');
    expect(cluster.events('app')).toContain('Warning Failed Error: configmap "settings" not found');
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: { A: '1' } });
    cluster.until(() => cluster.state('app') === 'running');
  });

  it('names the key that is missing', () => {
    const cluster = new TestKubelets();
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: { a: '1' } });
    const env = [{ name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'b' } } }];
    cluster.pod('app', { ...SLEEPER, env });
    cluster.until(() => cluster.state('app') === 'CreateContainerConfigError');
    expect(cluster.status('app').state!.waiting!.message).toBe("couldn't find key b in ConfigMap default/settings");
  });

  it('reaches the environment from values, references, fields, resources and services', () => {
    const cluster = new TestKubelets();
    cluster.create(services, {
      metadata: { name: 'my-db' },
      spec: { clusterIP: '10.96.0.7', ports: [{ name: 'sql', port: 3306, protocol: 'TCP' }] },
    });
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: { COLOR: 'blue', SIZE: 'xl' } });
    cluster.create(secrets, { metadata: { name: 'keys' }, data: { token: encodeBase64('s3cret') } });
    cluster.wait(1);
    cluster.pod(
      'app',
      {
        command: ['sh', '-c', 'env; echo "arg $0"; sleep 1', '$(GREETING)'],
        envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'X_' }],
        env: [
          { name: 'NAME', value: 'world' },
          { name: 'GREETING', value: 'hello $(NAME) $(NOBODY) $$(NAME)' },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'GONE', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional: true } } },
        ],
        resources: { limits: { cpu: '250m' } },
      },
      { restartPolicy: 'Never' },
      { labels: { app: 'shop' } },
    );
    cluster.until(() => cluster.get('app').status.phase === 'Succeeded');
    const lines = cluster.logs('app');
    for (const line of [
      'X_COLOR=blue',
      'X_SIZE=xl',
      'GREETING=hello world $(NOBODY) $(NAME)',
      'TOKEN=s3cret',
      `IP=${cluster.get('app').status.podIP}`,
      'APP=shop',
      'CPU=250',
      'MY_DB_SERVICE_HOST=10.96.0.7',
      'MY_DB_SERVICE_PORT_SQL=3306',
      'MY_DB_PORT_3306_TCP=tcp://10.96.0.7:3306',
      'arg hello world $(NOBODY) $(NAME)',
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith('GONE='))).toBe(false);
  });

  it('is mounted as files, which follow changes', () => {
    const cluster = new TestKubelets();
    const settings = cluster.create(configMaps, { metadata: { name: 'settings' }, data: { 'app.conf': 'one' } });
    cluster.pod(
      'app',
      {
        ...sh('while true; do cat /etc/app/app.conf; echo; sleep 10; done'),
        volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }],
      },
      { volumes: [{ name: 'conf', configMap: { name: 'settings' } }] },
    );
    cluster.until(() => cluster.state('app') === 'running');
    cluster.wait(20);
    cluster.client.update(configMaps, { ...settings, data: { 'app.conf': 'two' } });
    cluster.wait(120);
    const lines = cluster.logs('app').filter((line) => line !== '');
    expect(lines[0]).toBe('one');
    expect(lines.at(-1)).toBe('two');
  });

  it('mounted as one file by subPath stays as it was when the container was made', () => {
    const cluster = new TestKubelets();
    const settings = cluster.create(configMaps, { metadata: { name: 'settings' }, data: { 'app.conf': 'one' } });
    cluster.pod(
      'app',
      {
        ...sh('while true; do sleep 100; cat /etc/app.conf; echo; done'),
        volumeMounts: [{ name: 'conf', mountPath: '/etc/app.conf', subPath: 'app.conf' }],
      },
      { volumes: [{ name: 'conf', configMap: { name: 'settings' } }] },
    );
    cluster.until(() => cluster.state('app') === 'running');
    cluster.client.update(configMaps, { ...settings, data: { 'app.conf': 'two' } });
    cluster.wait(350);
    expect(cluster.logs('app').filter((line) => line !== '')).toEqual(['one', 'one', 'one']);
  });

  it('that a volume lacks is told by FailedMount', () => {
    const cluster = new TestKubelets();
    cluster.pod(
      'app',
      { ...SLEEPER, volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }] },
      { volumes: [{ name: 'conf', configMap: { name: 'settings' } }] },
    );
    cluster.wait(30);
    expect(cluster.state('app')).toBe('ContainerCreating');
    expect(cluster.events('app')[0]).toMatch(
      /^Warning FailedMount MountVolume\.SetUp failed for volume "conf" : configmap "settings" not found ×\d+$/,
    );
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: {} });
    cluster.until(() => cluster.state('app') === 'running', 180);
  });

  it('gitRepo volumes are no longer mounted, hostPath types are checked', () => {
    const cluster = new TestKubelets();
    const volume = (name: string, source: Record<string, unknown>) =>
      cluster.pod(name, SLEEPER, { volumes: [{ name: 'v', ...source }] });
    volume('git', { gitRepo: { repository: 'https://example.com/x.git' } });
    volume('host', { hostPath: { path: '/data', type: 'Directory' } });
    cluster.wait(2);
    expect(cluster.events('git')[0]).toContain('git-repo volume plugin has been disabled');
    expect(cluster.events('host')[0]).toContain('hostPath type check failed: /data is not a directory');
  });

  it('emptyDir is shared by a pod and survives a container, not the pod', () => {
    const cluster = new TestKubelets();
    const volumes = [{ name: 'work', emptyDir: {} }];
    const volumeMounts = [{ name: 'work', mountPath: '/work' }];
    const script = sh('cat /work/count; echo x >> /work/count; sleep 1; exit 1');
    cluster.pod('app', { ...script, volumeMounts }, { volumes });
    cluster.until(() => cluster.status('app').restartCount === 2 && cluster.state('app') === 'running');
    cluster.wait(0.5);
    expect(cluster.logs('app')).toEqual(['x', 'x']);
    cluster.client.delete(pods, 'default', 'app', { gracePeriodSeconds: 0 });
    cluster.wait(5);
    cluster.pod('app', { ...script, volumeMounts }, { volumes });
    cluster.until(() => cluster.state('app') === 'running');
    cluster.wait(0.5);
    expect(cluster.logs('app')[0]).toContain("can't open '/work/count'");
  });
});

describe('termination', () => {
  it('kills what ignores SIGTERM when its grace is over', () => {
    const cluster = new TestKubelets();
    cluster.pod('mule', STUBBORN, { terminationGracePeriodSeconds: 10 });
    cluster.until(() => cluster.state('mule') === 'running');
    const codes: number[] = [];
    cluster.machine.runtime.getContainerEvents(({ type, containerId, podSandboxId }) => {
      if (type === 'CONTAINER_STOPPED_EVENT' && containerId !== podSandboxId) {
        codes.push(cluster.machine.runtime.containerStatus(containerId).exitCode);
      }
    });
    cluster.client.delete(pods, 'default', 'mule');
    expect(Math.round(cluster.until(() => cluster.find('mule') === undefined))).toBe(10);
    expect(codes).toEqual([137]);
  });

  it('cuts a preStop that hangs at the grace period', () => {
    const cluster = new TestKubelets();
    const lifecycle = { preStop: { exec: { command: ['sleep', '1000'] } } };
    cluster.pod('hang', { ...SLEEPER, lifecycle }, { terminationGracePeriodSeconds: 15 });
    cluster.until(() => cluster.state('hang') === 'running');
    cluster.client.delete(pods, 'default', 'hang');
    const took = cluster.until(() => cluster.find('hang') === undefined);
    // The container still gets the two seconds that every container gets; it uses them to leave by itself.
    expect(took).toBeGreaterThanOrEqual(15);
    expect(took).toBeLessThanOrEqual(18);
    expect(cluster.events('hang').some((event) => event.includes('FailedPreStopHook'))).toBe(false);
  });

  it('tells of a preStop that fails, and goes on', () => {
    const cluster = new TestKubelets();
    cluster.pod('bad', { ...SLEEPER, lifecycle: { preStop: { exec: { command: ['false'] } } } });
    cluster.until(() => cluster.state('bad') === 'running');
    cluster.client.delete(pods, 'default', 'bad');
    cluster.until(() => cluster.find('bad') === undefined, 10);
    expect(cluster.events('bad').slice(-2)).toEqual([
      'Normal Killing Stopping container main',
      'Warning FailedPreStopHook PreStopHook failed',
    ]);
  });

  it('of a container whose postStart fails leaves FailedPostStartHook', () => {
    const cluster = new TestKubelets();
    cluster.pod('post', { ...SLEEPER, lifecycle: { postStart: { exec: { command: ['sh', '-c', 'exit 7'] } } } });
    cluster.until(() => cluster.state('post') === 'PostStartHookError');
    const { message } = cluster.status('post').state!.waiting!;
    expect(message).toContain("failed - error: command 'sh -c exit 7' exited with 7: ");
    expect(cluster.events('post')).toContain('Warning FailedPostStartHook PostStartHook failed');
    expect(cluster.events('post')).toContain('Normal Killing FailedPostStartHook');
    cluster.until(() => cluster.state('post') === 'CrashLoopBackOff');
  });

  it('by force removes the object at once, and the containers within their own grace', () => {
    const cluster = new TestKubelets();
    cluster.pod('mule', STUBBORN, { terminationGracePeriodSeconds: 5 });
    cluster.until(() => cluster.state('mule') === 'running');
    cluster.client.delete(pods, 'default', 'mule', { gracePeriodSeconds: 0 });
    expect(cluster.find('mule')).toBeUndefined();
    cluster.wait(4);
    expect(cluster.machine.runtime.listContainers({ state: 'CONTAINER_RUNNING' })).toHaveLength(1);
    cluster.wait(2);
    expect(cluster.machine.runtime.listContainers({ state: 'CONTAINER_RUNNING' })).toEqual([]);
  });

  it('breaks off a pull', () => {
    const cluster = new TestKubelets();
    cluster.pod('web', { image: 'nginx:1.27' });
    cluster.wait(1);
    cluster.client.delete(pods, 'default', 'web');
    expect(cluster.until(() => cluster.find('web') === undefined)).toBeLessThan(2);
  });
});

describe('probes', () => {
  const http = (path: string, more = {}) => ({ httpGet: { path, port: 8080 }, ...more });

  it('keep a container out of service until it answers', () => {
    const cluster = new TestKubelets();
    const script = sh('sleep 25; touch /tmp/ready; sleep 1000');
    cluster.pod('app', { ...script, readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 5 } });
    cluster.until(() => cluster.state('app') === 'running');
    expect(cluster.condition('app', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [main]',
    });
    cluster.until(() => cluster.condition('app', 'Ready')?.status === 'True', 40);
    expect(cluster.status('app').restartCount).toBe(0);
    expect(cluster.events('app').at(-1)).toMatch(
      /^Warning Unhealthy Readiness probe failed: cat: can't open '\/tmp\/ready': No such file or directory\n ×\d$/,
    );
  });

  it('word failures as upstream', () => {
    const cluster = new TestKubelets();
    const hello = { image: 'jotasu/hello:1.0' };
    cluster.pod('missing', { ...hello, readinessProbe: http('/nope') });
    cluster.pod('closed', { ...hello, readinessProbe: { httpGet: { path: '/', port: 9 } } });
    cluster.pod('tcp', { ...hello, readinessProbe: { tcpSocket: { port: 9 } } });
    cluster.pod('slow', { ...hello, readinessProbe: { exec: { command: ['sleep', '10'] } } });
    cluster.wait(60);
    const unhealthy = (name: string) =>
      cluster
        .events(name)
        .find((event) => event.includes('Unhealthy'))!
        .replace(/ ×\d+$/, '');
    const ip = (name: string) => cluster.get(name).status.podIP;
    expect(unhealthy('missing')).toBe(
      'Warning Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 404',
    );
    expect(unhealthy('closed')).toBe(
      `Warning Unhealthy Readiness probe failed: Get "http://${ip('closed')}:9/": dial tcp ${ip('closed')}:9: connect: connection refused`,
    );
    expect(unhealthy('tcp')).toBe(
      `Warning Unhealthy Readiness probe failed: dial tcp ${ip('tcp')}:9: connect: connection refused`,
    );
    expect(unhealthy('slow')).toBe('Warning Unhealthy Readiness probe failed: command "sleep 10" timed out');
  });

  it('restart what is no longer alive', () => {
    const cluster = new TestKubelets();
    const script = sh('touch /tmp/alive; sleep 30; rm /tmp/alive; sleep 1000');
    const livenessProbe = { exec: { command: ['cat', '/tmp/alive'] }, initialDelaySeconds: 5, periodSeconds: 5 };
    cluster.pod('app', { ...script, livenessProbe }, { terminationGracePeriodSeconds: 3 });
    cluster.until(() => cluster.state('app') === 'running');
    const took = cluster.until(() => cluster.status('app').restartCount === 1);
    expect(took).toBeGreaterThan(40);
    expect(took).toBeLessThan(55);
    expect(cluster.events('app')).toContain('Normal Killing Container main failed liveness probe, will be restarted');
    expect(cluster.status('app').lastState!.terminated).toMatchObject({ exitCode: 137 });
  });

  it('of startup hold the others back, and end the container when it never comes up', () => {
    const cluster = new TestKubelets();
    const startupProbe = { exec: { command: ['cat', '/tmp/up'] }, periodSeconds: 2, failureThreshold: 5 };
    const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1 };
    cluster.pod('app', { ...sh('sleep 1000'), startupProbe, livenessProbe }, { terminationGracePeriodSeconds: 2 });
    cluster.until(() => cluster.state('app') === 'running');
    expect(cluster.status('app')).toMatchObject({ started: false, ready: false });
    cluster.until(() => cluster.status('app').restartCount === 1, 30);
    expect(cluster.events('app')).toContain('Normal Killing Container main failed startup probe, will be restarted');
    expect(cluster.events('app').some((event) => event.includes('Liveness'))).toBe(false);
  });

  it('that keep succeeding leave nothing behind', () => {
    const cluster = new TestKubelets({ shortcut: { http: () => 200, tcp: () => true } });
    cluster.pod('app', { image: 'jotasu/hello:1.0', readinessProbe: http('/', { periodSeconds: 1 }) });
    cluster.until(() => cluster.condition('app', 'Ready')?.status === 'True');
    cluster.settle();
    const { resourceVersion } = cluster.get('app').metadata;
    const last = cluster.engine.trace.since(0).at(-1)!.id;
    cluster.wait(60);
    expect(cluster.get('app').metadata.resourceVersion).toBe(resourceVersion);
    const since = cluster.engine.trace.since(last).filter(({ kind }) => kind === 'probe' || kind === 'podSync');
    expect(since).toEqual([]);
  });

  it('open readiness gates when their condition comes', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER, { readinessGates: [{ conditionType: 'example.com/lb' }] });
    cluster.until(() => cluster.condition('app', 'ContainersReady')?.status === 'True');
    expect(cluster.condition('app', 'Ready')).toMatchObject({
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    });
    const pod = cluster.get('app');
    cluster.client.updateStatus(pods, {
      ...pod,
      status: { ...pod.status, conditions: [...pod.status.conditions!, { type: 'example.com/lb', status: 'True' }] },
    });
    cluster.until(() => cluster.condition('app', 'Ready')?.status === 'True', 5);
    expect(cluster.condition('app', 'example.com/lb')?.status).toBe('True');
  });
});

describe('the node', () => {
  it('registers, heartbeats, and tells how it is', () => {
    const cluster = new TestKubelets();
    cluster.settle();
    const { conditions } = cluster.node().status;
    expect(conditions!.map(({ type, status, reason, message }) => `${type} ${status} ${reason} ${message}`)).toEqual([
      'MemoryPressure False KubeletHasSufficientMemory kubelet has sufficient memory available',
      'DiskPressure False KubeletHasNoDiskPressure kubelet has no disk pressure',
      'PIDPressure False KubeletHasSufficientPID kubelet has sufficient PID available',
      'Ready True KubeletReady kubelet is posting ready status',
    ]);
    const renewed = () => parseTime(cluster.client.get(leases, 'kube-node-lease', 'worker-1').spec.renewTime!)!;
    const before = renewed();
    cluster.wait(60);
    expect((renewed() - before) / SECOND).toBeGreaterThan(40);
    const heartbeat = cluster.node().status.conditions![0]!.lastHeartbeatTime;
    cluster.wait(301);
    expect(cluster.node().status.conditions![0]!.lastHeartbeatTime).not.toBe(heartbeat);
  });

  it('without a network is not ready, and pods wait for it', () => {
    const cluster = new TestKubelets();
    cluster.settle();
    const works = cluster.network.notReady;
    cluster.network.notReady = () => 'cni plugin not initialized';
    cluster.pod('app', SLEEPER);
    cluster.pod('host', SLEEPER, { hostNetwork: true });
    cluster.until(() => cluster.state('host') === 'running');
    cluster.wait(12);
    const text =
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
    expect(cluster.node().status.conditions!.at(-1)).toMatchObject({ reason: 'KubeletNotReady', message: text });
    expect(cluster.events('worker-1')).toContain('Normal NodeNotReady Node worker-1 status is now: NodeNotReady');
    expect(cluster.events('app')[0]).toContain(`Warning NetworkNotReady network is not ready: ${text}`);
    cluster.network.notReady = works;
    cluster.until(() => cluster.state('app') === 'running', 10);
  });

  it('goes on running pods while no API server answers, and tells later', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.pod('short', sh('sleep 20'), { restartPolicy: 'Never' });
    cluster.until(() => cluster.state('short') === 'running');
    cluster.server.setServing(false);
    cluster.wait(60);
    cluster.server.setServing(true);
    expect(cluster.state('short')).toBe('running');
    cluster.until(() => cluster.get('short').status.phase === 'Succeeded', 60);
    expect(cluster.status('app')).toMatchObject({ restartCount: 0, ready: true });
  });

  it('tells of a cordon, and anew how it is when its kubelet was started again', () => {
    const cluster = new TestKubelets();
    cluster.settle();
    const told = () =>
      cluster.events('worker-1').filter((event) => event.includes('Schedulable') || event.includes('Memory'));
    const cordon = (unschedulable: boolean) => {
      cluster.client.patch(nodes, undefined, 'worker-1', 'merge', { spec: { unschedulable } });
      cluster.wait(12);
    };
    const memory = 'Normal NodeHasSufficientMemory Node worker-1 status is now: NodeHasSufficientMemory';
    expect(told()).toEqual([memory]);
    cordon(true);
    cluster.machine.stopKubelet();
    cluster.machine.startKubelet();
    cluster.wait(12);
    const closed = 'Normal NodeNotSchedulable Node worker-1 status is now: NodeNotSchedulable';
    expect(told()).toEqual([memory, closed, memory, closed]);
    cordon(false);
    expect(told().at(-1)).toBe('Normal NodeSchedulable Node worker-1 status is now: NodeSchedulable');
  });

  it('that loses power says nothing; when it is back, it starts its pods again', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    const before = cluster.get('app');
    cluster.machine.powerOff();
    cluster.wait(120);
    expect(cluster.get('app').metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    cluster.machine.powerOn();
    cluster.until(() => cluster.status('app').restartCount === 1 && cluster.status('app').ready, 120);
    expect(cluster.events('app')).toContain(
      'Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.',
    );
    expect(
      cluster
        .events('worker-1')
        .some((event) => event.startsWith('Warning Rebooted Node worker-1 has been rebooted, boot id: ')),
    ).toBe(true);
    expect(cluster.status('app').lastState!.terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });
  });

  it('whose kubelet restarts leaves containers alone', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    const { containerID } = cluster.status('app');
    cluster.machine.stopKubelet();
    cluster.wait(30);
    cluster.machine.startKubelet();
    cluster.wait(30);
    expect(cluster.status('app')).toMatchObject({ containerID, restartCount: 0, ready: true });
  });

  it('that is rebooted in good order ends its pods first', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    cluster.machine.reboot(20);
    cluster.wait(5);
    expect(cluster.get('app').status).toMatchObject({
      phase: 'Failed',
      reason: 'Terminated',
      message: 'Pod was terminated in response to imminent node shutdown.',
    });
    expect(cluster.node().status.conditions!.at(-1)).toMatchObject({
      status: 'False',
      message: 'node is shutting down',
    });
    cluster.pod('late', SLEEPER);
    cluster.wait(1);
    expect(cluster.get('late').status).toMatchObject({ phase: 'Failed', reason: 'NodeShutdown' });
    cluster.wait(60);
    expect(cluster.node().status.conditions!.at(-1)).toMatchObject({ status: 'True', reason: 'KubeletReady' });
  });

  it('cut off from the network still restarts what crashes', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', sh('sleep 30; exit 1'));
    cluster.until(() => cluster.state('app') === 'running');
    cluster.machine.setConnected(false);
    cluster.wait(100);
    expect(cluster.status('app').restartCount).toBe(0);
    cluster.machine.setConnected(true);
    cluster.until(() => cluster.status('app').restartCount >= 2, 60);
  });

  it('short of memory evicts what uses most beyond its request', () => {
    const cluster = new TestKubelets({ node: { memory: 1024 ** 3 } });
    const hog = (megabytes: number) => ({
      image: 'polinux/stress',
      command: ['stress', '--vm', '1', '--vm-bytes', `${megabytes}M`],
    });
    cluster.pod('small', SLEEPER);
    cluster.pod('big', hog(550));
    cluster.until(() => cluster.get('big').status.phase === 'Failed', 120);
    const { status } = cluster.get('big');
    expect(status.reason).toBe('Evicted');
    expect(status.message).toMatch(
      /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \d+\w*\. Container main was using \d+\w*, request is 0, has larger consumption of memory\. $/,
    );
    expect(cluster.condition('big', 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'TerminationByKubelet',
    });
    expect(cluster.node().status.conditions![0]).toMatchObject({
      status: 'True',
      reason: 'KubeletHasInsufficientMemory',
    });
    expect(cluster.state('small')).toBe('running');
    cluster.wait(330);
    expect(cluster.node().status.conditions![0]!.status).toBe('False');
  });

  it('whose disk is full says so and evicts', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    cluster.machine.fillDisk(1024 ** 3);
    cluster.until(() => cluster.get('app').status.reason === 'Evicted', 60);
    expect(cluster.node().status.conditions!.find(({ type }) => type === 'DiskPressure')).toMatchObject({
      status: 'True',
      reason: 'KubeletHasDiskPressure',
    });
  });

  it('evicts a pod that outgrows its emptyDir', () => {
    const cluster = new TestKubelets();
    cluster.pod(
      'app',
      {
        ...sh('yes | head -c 2000000 > /work/big; sleep 1000'),
        volumeMounts: [{ name: 'work', mountPath: '/work' }],
      },
      { volumes: [{ name: 'work', emptyDir: { sizeLimit: '1Mi' } }] },
    );
    cluster.until(() => cluster.get('app').status.reason === 'Evicted', 60);
    expect(cluster.get('app').status.message).toBe('Usage of EmptyDir volume "work" exceeds the limit "1Mi". ');
  });
});

describe('static pods', () => {
  const manifest = (command: string[]) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'etcd', namespace: 'kube-system', labels: { tier: 'control-plane' } },
      spec: {
        hostNetwork: true,
        containers: [{ name: 'etcd', image: 'busybox:1.36', command, terminationMessagePath: '/dev/termination-log' }],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
      },
    });
  const node = { parseManifest: JSON.parse, manifests: { 'etcd.yaml': manifest(SLEEPER.command) } };

  it('run from their file and are shown by a mirror that cannot be got rid of', () => {
    const cluster = new TestKubelets({ node });
    const shown = () => cluster.find('etcd-worker-1', 'kube-system');
    cluster.until(() => shown()?.status.phase === 'Running', 60);
    const mirror = shown()!;
    expect(mirror.metadata.annotations).toMatchObject({ 'kubernetes.io/config.source': 'file' });
    expect(mirror.metadata.ownerReferences![0]).toMatchObject({ kind: 'Node', name: 'worker-1' });
    expect(mirror.status.podIP).toBe('10.0.0.11');
    cluster.client.delete(pods, 'kube-system', 'etcd-worker-1');
    cluster.until(() => shown() !== undefined && shown()!.metadata.uid !== mirror.metadata.uid, 30);
    cluster.settle();
    expect(shown()!.status.containerStatuses![0]).toMatchObject({
      restartCount: 0,
      containerID: mirror.status.containerStatuses![0]!.containerID,
    });
    cluster.machine.writeManifest('etcd.yaml', undefined);
    cluster.until(() => shown() === undefined, 60);
  });

  it('run without any API server', () => {
    const cluster = new TestKubelets({ node: { ...node, manifests: {} } });
    cluster.settle();
    cluster.server.setServing(false);
    cluster.machine.writeManifest('etcd.yaml', manifest(SLEEPER.command));
    cluster.wait(30);
    expect(cluster.machine.runtime.listContainers({ state: 'CONTAINER_RUNNING' })).toHaveLength(1);
    cluster.server.setServing(true);
    cluster.until(() => cluster.find('etcd-worker-1', 'kube-system')?.status.phase === 'Running', 90);
  });
});

describe('what a kubelet does', () => {
  function run(level: 'off' | 'full') {
    const cluster = new TestKubelets({ trace: { level }, nodes: ['worker-1', 'worker-2'] });
    cluster.pod('web', { name: 'web', image: 'nginx:1.27', readinessProbe: { httpGet: { path: '/', port: 80 } } });
    cluster.pod('crash', EXITS_1, { nodeName: 'worker-2' });
    cluster.pod('gone', { image: 'nginx:1.99' });
    cluster.wait(120);
    cluster.client.delete(pods, 'default', 'web');
    cluster.wait(60);
    const { store } = cluster.server;
    return { cluster, dump: JSON.stringify(store.tableNames().map((table) => store.list(table))) };
  }

  it('follows from the seed alone, watched or not', () => {
    const { dump } = run('full');
    expect(run('full').dump).toBe(dump);
    expect(run('off').dump).toBe(dump);
  });

  it('is in the trace with its causes', () => {
    const { trace } = run('full').cluster.engine;
    const told = trace
      .since(0)
      .find(({ kind, data }) => kind === 'podStatus' && 'ready' in data && data.pod === 'default/web' && data.ready);
    const kinds = trace.chain(told!.id).map(({ kind, data }) => (kind === 'cri' && 'name' in data ? data.name : kind));
    // It is ready because a probe said so, because the container was started, because the pod was synced, because someone made it.
    expect(kinds).toContain('probe');
    expect(kinds).toContain('CONTAINER_STARTED_EVENT');
    expect(kinds.filter((kind) => kind === 'podSync').length).toBeGreaterThan(0);
    expect(kinds.at(-1)).toBe('request');
  });
});
