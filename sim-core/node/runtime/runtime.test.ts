import { describe, expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { Directory, RegularFile, Space } from '../../images/file-node.ts';
import { CriError } from '../cri/error.ts';
import type { ContainerEvent } from '../cri/runtime-service.ts';
import { formatLogLine } from './container-log.ts';
import { TestNode } from './testing.ts';

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CriError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('pulling images', () => {
  const pull = (image: string, options: ConstructorParameters<typeof TestNode>[0] = {}, auth = {}) => {
    const node = new TestNode(options);
    return errorOf(() => node.run(node.images.pullImage({ image }, auth)));
  };
  const failed = (name: string, text: string, code = 'Unknown') =>
    `rpc error: code = ${code} desc = failed to pull and unpack image "${name}": ${text}`;

  it.each([
    [
      'ngnix',
      'docker.io/library/ngnix:latest',
      'Unknown',
      'failed to resolve reference "docker.io/library/ngnix:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    ],
    [
      'nginx:1.99',
      'docker.io/library/nginx:1.99',
      'NotFound',
      'failed to resolve reference "docker.io/library/nginx:1.99": docker.io/library/nginx:1.99: not found',
    ],
    [
      'registry.invalid/app:1',
      'registry.invalid/app:1',
      'Unknown',
      'failed to resolve reference "registry.invalid/app:1": failed to do request: Head "https://registry.invalid/v2/app/manifests/1": dial tcp: lookup registry.invalid: no such host',
    ],
    [
      'jotasu/hello-arm64:1.0',
      'docker.io/jotasu/hello-arm64:1.0',
      'NotFound',
      'no match for platform in manifest: not found',
    ],
    [
      'registry.example.com/team/hello:1.0',
      'registry.example.com/team/hello:1.0',
      'Unknown',
      'failed to resolve reference "registry.example.com/team/hello:1.0": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
    ],
  ])('%s fails as from a registry that lacks it', (image, name, code, text) => {
    expect(pull(image)).toBe(failed(name, text, code));
  });

  it('takes the time that an unreachable registry takes', () => {
    const node = new TestNode();
    const before = node.engine.now;
    expect(errorOf(() => node.run(node.images.pullImage({ image: 'unreachable.example.com/app:1' })))).toContain(
      'dial tcp 203.0.113.10:443: i/o timeout',
    );
    expect(node.engine.now - before).toBe(30 * SECOND);
  });

  it('pulls a private image with its credentials, and an arm64 image on arm64', () => {
    const auth = { username: 'jotasu', password: 'helmsman' };
    expect(pull('registry.example.com/team/hello:1.0', {}, auth)).toBe('no error');
    expect(pull('registry.example.com/team/hello:1.0', {}, { auth: 'am90YXN1OmhlbG1zbWFu' })).toBe('no error');
    expect(pull('registry.example.com/team/hello:1.0', {}, { ...auth, password: 'x' })).toContain('401 Unauthorized');
    expect(pull('jotasu/hello-arm64:1.0', { architecture: 'arm64' })).toBe('no error');
  });

  it('fetches layers that images share once, and shares the bandwidth between pulls', () => {
    const node = new TestNode();
    const time = (image: string) => {
      const before = node.engine.now;
      node.run(node.images.pullImage({ image }));
      return node.engine.now - before;
    };
    const first = time('nginx:1.27');
    const second = time('nginx:1.28');
    expect(first).toBeGreaterThan(3 * SECOND);
    expect(second).toBeLessThan(first * 0.75);
    expect(time('nginx:1.27')).toBeLessThan(SECOND);
    const before = node.disk.used;
    node.images.removeImage({ image: 'nginx:1.28' });
    expect(node.disk.used).toBeLessThan(before);
    expect(node.images.listImages().map((image) => image.repoTags)).toEqual([['docker.io/library/nginx:1.27']]);
  });

  it('says when the disk is full', () => {
    expect(pull('nginx', { disk: 1_000_000 })).toContain('no space left on device');
  });
});

describe('containers', () => {
  it('runs nginx: its log, its page, its graceful end', () => {
    const node = new TestNode();
    const id = node.start('nginx:1.27', {}, { hostname: 'web' });
    node.pass(SECOND);
    const client = node.start('curlimages/curl', { command: ['curl', '-s', 'http://web/'] });
    node.pass(SECOND);
    expect(node.logs(client)[3]).toBe('<title>Welcome to nginx!</title>');
    const lines = node.logs(id);
    expect(lines[0]).toBe(
      '/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration',
    );
    expect(lines).toContain('2026/01/01 00:00:04 [notice] 1#1: nginx/1.27.5');
    expect(lines.at(-1)).toMatch(
      /^10\.244\.0\.2 - - \[01\/Jan\/2026:00:00:\d\d \+0000\] "GET \/ HTTP\/1\.1" 200 615 "-" "curl\/8\.12\.1" "-"$/,
    );
    node.run(node.runtime.stopContainer(id, 30));
    expect(node.runtime.containerStatus(id)).toMatchObject({
      state: 'CONTAINER_EXITED',
      exitCode: 0,
      reason: 'Completed',
    });
    expect(node.logs(id)).toContain('2026/01/01 00:00:07 [notice] 1#1: signal 3 (SIGQUIT) received, shutting down');
  });

  it('serves what a volume holds, and refuses a configuration with a mistake', () => {
    const node = new TestNode();
    const conf = (text: string) => {
      const directory = new Directory(new Map([['default.conf', new RegularFile(text)]]));
      return { containerPath: '/etc/nginx/conf.d', hostPath: '/x', open: () => directory, readonly: true };
    };
    node.start(
      'nginx',
      { mounts: [conf('server { listen 8080; location / { return 200 "hi from $hostname\\n"; } }')] },
      { hostname: 'web' },
    );
    const client = node.start('busybox', { command: ['wget', '-qO-', 'http://web:8080/'] });
    node.pass(SECOND);
    expect(node.logs(client)).toEqual(['hi from web']);
    const wrong = node.start('nginx', { mounts: [conf('server {\n  lisen 80;\n}\n')] });
    node.pass(SECOND);
    expect(node.logs(wrong)).toContain('nginx: [emerg] unknown directive "lisen" in /etc/nginx/conf.d/default.conf:2');
    expect(node.runtime.containerStatus(wrong)).toMatchObject({ exitCode: 1, reason: 'Error' });
  });

  it.each([
    [['nosuch'], 'exec: "nosuch": executable file not found in $PATH: unknown'],
    [['/bin/nosuch', 'x'], 'exec: "/bin/nosuch": stat /bin/nosuch: no such file or directory: unknown'],
    [['/etc/passwd'], 'exec: "/etc/passwd": permission denied: unknown'],
  ])('%j cannot be started: StartError and 128', (command, text) => {
    const node = new TestNode();
    const message = errorOf(() => node.start('busybox', { command }));
    expect(message).toBe(
      `rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${text}`,
    );
    const [container] = node.runtime.listContainers();
    expect(node.runtime.containerStatus(container!.id)).toMatchObject({
      state: 'CONTAINER_EXITED',
      exitCode: 128,
      reason: 'StartError',
      startedAt: 0,
    });
  });

  it('cannot begin with less memory than runc needs, nor can its pod', () => {
    const node = new TestNode();
    const low = { memoryLimitInBytes: 64 };
    const why =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown';
    expect(errorOf(() => node.start('busybox', { command: ['sleep', '9'], resources: low }))).toBe(
      `rpc error: code = Unknown desc = ${why}`,
    );
    const [container] = node.runtime.listContainers();
    expect(node.runtime.containerStatus(container!.id)).toMatchObject({ exitCode: 128, reason: 'StartError' });
    const metadata = { name: 'low', namespace: 'default', uid: 'low', attempt: 0 };
    const sandbox = () => node.run(node.runtime.runPodSandbox({ metadata, hostname: 'low', resources: low }));
    expect(errorOf(sandbox)).toMatch(/^rpc error: code = Unknown desc = failed to start sandbox "[0-9a-f]{64}": /);
    expect(errorOf(sandbox)).toContain(why);
    expect(node.runtime.listPodSandbox({ podUid: 'low' })).toEqual([]);
  });

  it('ends by the signal that a process of it sends to another', () => {
    const node = new TestNode();
    const command = ['sh', '-c', "sh -c 'kill -SEGV $$'; exit $?"];
    const id = node.start('busybox', { command });
    node.pass(SECOND);
    expect(node.runtime.containerStatus(id)).toMatchObject({ exitCode: 139, reason: 'Error' });
  });

  it('ignores SIGTERM as PID 1 without a handler, and dies by SIGKILL after the timeout', () => {
    const node = new TestNode();
    const id = node.start('busybox', { command: ['sleep', '3600'] });
    node.pass(SECOND);
    const before = node.engine.now;
    node.run(node.runtime.stopContainer(id, 10));
    expect(node.engine.now - before).toBe(10 * SECOND);
    expect(node.runtime.containerStatus(id)).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  it('lets other processes of the container be ended by signals: 143', () => {
    const node = new TestNode();
    const result = node.sh('sleep 100 & kill $!; wait $!; echo $?; kill -9 1; echo alive');
    expect(result.stdout).toBe('143\nalive\n');
  });

  it('kills what passes its memory limit, and not its neighbour', () => {
    const node = new TestNode();
    const resources = { memoryLimitInBytes: 100 * 1024 * 1024 };
    const hog = node.start('polinux/stress', { args: ['stress', '--vm', '1', '--vm-bytes', '150M'], resources });
    const neighbour = node.start('polinux/stress', { args: ['stress', '--vm', '1', '--vm-bytes', '50M'], resources });
    node.pass(5 * SECOND);
    expect(node.runtime.containerStatus(hog)).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect(node.runtime.containerStatus(neighbour).state).toBe('CONTAINER_RUNNING');
  });

  it('throttles at the CPU limit', () => {
    const node = new TestNode();
    const id = node.start('polinux/stress', {
      args: ['stress', '--cpu', '2'],
      resources: { cpuQuota: 50_000, cpuPeriod: 100_000 },
    });
    node.pass(10 * SECOND);
    const stats = node.runtime.containerStats(id);
    expect(stats.cpu.usageNanoCores).toBe(500_000_000);
    expect(stats.cpu.usageCoreNanoSeconds).toBeCloseTo(5e9, -7);
    expect(stats.throttling.throttledPeriods).toBeGreaterThan(90);
    const read = node.run(node.runtime.execSync(id, ['cat', '/sys/fs/cgroup/cpu.max'], 0));
    expect(read.stdout).toBe('50000 100000\n');
  });

  it('runs commands in a container: exit codes, timeouts, what does not exist', () => {
    const node = new TestNode();
    const id = node.start(
      'busybox',
      { command: ['sleep', '3600'], envs: [{ key: 'A', value: 'b' }] },
      { hostname: 'box' },
    );
    expect(node.run(node.runtime.execSync(id, ['sh', '-c', 'echo $A; hostname; echo bad >&2; exit 3'], 0))).toEqual({
      stdout: 'b\nbox\n',
      stderr: 'bad\n',
      exitCode: 3,
    });
    expect(errorOf(() => node.run(node.runtime.execSync(id, ['sleep', '10'], 1)))).toBe(
      'rpc error: code = DeadlineExceeded desc = failed to exec in container: timeout 1s exceeded: context deadline exceeded',
    );
    expect(errorOf(() => node.run(node.runtime.execSync(id, ['nope'], 1)))).toMatch(
      /^rpc error: code = Unknown desc = failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in \$PATH: unknown$/,
    );
    expect(node.run(node.runtime.execSync(id, ['ps'], 0)).stdout).toContain('1 root      0:00 sleep 3600');
    expect(errorOf(() => node.runtime.containerStatus('x'))).toBe(
      'rpc error: code = NotFound desc = an error occurred when try to find container "x": not found',
    );
  });

  it('shares a volume between containers and keeps their own files apart', () => {
    const node = new TestNode();
    const space = new Space();
    const source = new Directory(new Map(), { space });
    const mounts = [{ containerPath: '/data', hostPath: '/v', open: () => source }];
    const writer = node.start('busybox', { command: ['sh', '-c', 'echo shared > /data/f; echo own > /tmp/f'], mounts });
    node.pass(SECOND);
    const reader = node.start('busybox', {
      command: ['sh', '-c', 'cat /data/f; cat /tmp/f; echo x > /data/g'],
      mounts: [{ ...mounts[0]!, readonly: true }],
    });
    node.pass(SECOND);
    expect(node.logs(reader)).toEqual([
      'shared',
      "cat: can't open '/tmp/f': No such file or directory",
      "sh: can't create /data/g: Read-only file system",
    ]);
    expect(space.used).toBe(7);
    expect(node.runtime.containerStats(writer).writableLayer.usedBytes).toBe(4);
  });

  it('writes the CRI log, partial lines included', () => {
    const node = new TestNode();
    const result = node.start('busybox', { command: ['sh', '-c', 'echo out; echo err >&2; printf end'] });
    node.pass(SECOND);
    const lines = node.runtime.containerLog(result).lines();
    expect(lines.map((line) => formatLogLine(line).replace(/^\S+/, 'T'))).toEqual([
      'T stdout F out',
      'T stderr F err',
      'T stdout P end',
    ]);
    expect(formatLogLine(lines[0]!)).toMatch(/^2026-01-01T00:00:0\d\.\d{9}Z /);
  });

  it('tells of containers as they come and go', () => {
    const node = new TestNode();
    const events: ContainerEvent[] = [];
    node.runtime.getContainerEvents((event) => events.push(event));
    const id = node.start('busybox', { command: ['true'] });
    node.pass(SECOND);
    const sandbox = node.runtime.listContainers()[0]!.podSandboxId;
    node.run(node.runtime.removePodSandbox(sandbox));
    expect(events.map((event) => `${event.containerId === id ? 'container' : 'sandbox'} ${event.type}`)).toEqual([
      'sandbox CONTAINER_CREATED_EVENT',
      'sandbox CONTAINER_STARTED_EVENT',
      'container CONTAINER_CREATED_EVENT',
      'container CONTAINER_STARTED_EVENT',
      'container CONTAINER_STOPPED_EVENT',
      'sandbox CONTAINER_STOPPED_EVENT',
      'container CONTAINER_DELETED_EVENT',
      'sandbox CONTAINER_DELETED_EVENT',
    ]);
    expect(node.runtime.listPodSandbox()).toEqual([]);
    expect(node.disk.used).toBe(node.images.imageFsInfo().imageFilesystems[0]!.usedBytes);
  });

  it('speaks redis', () => {
    const node = new TestNode();
    node.start('redis', {}, { hostname: 'redis' });
    const cli = (...args: string[]) => {
      const id = node.start('redis', { command: ['redis-cli', '-h', 'redis', ...args] });
      node.pass(SECOND);
      return node.logs(id);
    };
    expect(cli('PING')).toEqual(['PONG']);
    expect(cli('SET', 'k', '한글')).toEqual(['OK']);
    expect(cli('GET', 'k')).toEqual(['한글']);
    expect(cli('INCR', 'n')).toEqual(['1']);
    expect(cli('NOSUCH')[0]).toMatch(/^ERR unknown command/);
  });

  it('gives the same run for the same seed', () => {
    const run = () => {
      const node = new TestNode();
      const id = node.start('busybox', { command: ['sh', '-c', 'for i in 1 2 3; do echo $RANDOM $i; sleep 1; done'] });
      node.pass(10 * SECOND);
      return JSON.stringify([node.runtime.containerStatus(id), node.logs(id), node.engine.trace.since(0)]);
    };
    expect(run()).toBe(run());
  });
});
