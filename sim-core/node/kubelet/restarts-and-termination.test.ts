import { describe, expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { pods } from '../../resources/pod.ts';
import { EXITS_1, SLEEPER, STUBBORN, sh, TestKubelets } from './testing.ts';

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
    cluster.pod('plain', { ...hello, readinessProbe: { grpc: { port: 8080 } } });
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
    expect(unhealthy('plain')).toBe(
      `Warning Unhealthy Readiness probe failed: timeout: failed to connect service "${ip('plain')}:8080" within 1s: context deadline exceeded`,
    );
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

  it('of a sidecar restart it, and so does another image', () => {
    const cluster = new TestKubelets();
    const side = { name: 'side', image: 'busybox:1.36', restartPolicy: 'Always', ...SLEEPER };
    const never = { exec: { command: ['false'] }, periodSeconds: 2, failureThreshold: 2 };
    cluster.pod('slow', SLEEPER, { initContainers: [{ ...side, startupProbe: never }] });
    cluster.pod('sick', SLEEPER, { initContainers: [{ ...side, livenessProbe: never }] });
    cluster.pod('new', SLEEPER, { initContainers: [side] });
    cluster.wait(15);
    const told = (name: string) => cluster.events(name).map((event) => event.replace(/ ×\d+$/, ''));
    expect(told('slow')).toContain('Normal Killing Init container side failed startup probe');
    expect(cluster.state('slow')).toBe('PodInitializing');
    expect(told('sick')).toContain('Normal Killing Init container side failed liveness probe');
    expect(cluster.state('sick')).toBe('running');
    cluster.client.patch(pods, 'default', 'new', 'strategic', {
      spec: { initContainers: [{ name: 'side', image: 'busybox' }] },
    });
    cluster.wait(15);
    expect(told('new')).toContain('Normal Killing Init container side definition changed');
    expect(cluster.status('new', 'side').restartCount).toBe(1);
    expect(cluster.status('new').restartCount).toBe(0);
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
    const cluster = new TestKubelets({
      shortcut: { http: () => ({ status: 200 }), tcp: () => true, together: () => undefined },
    });
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
