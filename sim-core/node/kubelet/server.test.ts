import { describe, expect, it } from 'vitest';
import { StatusError } from '../../api/status.ts';
import { pods } from '../../resources/pod.ts';
import { kubeletConnector } from '../kubelet-connector.ts';
import { fromByteString, toByteString } from './byte-string.ts';
import { TestKubelets } from './testing.ts';

function connect(cluster: TestKubelets, pod: string, subresource: string, query: Record<string, string | string[]>) {
  const received: Record<number, string> = {};
  const state = { ended: false };
  const input = kubeletConnector(cluster.machines).connect(
    cluster.server,
    'worker-1',
    cluster.get(pod),
    subresource,
    new Map(Object.entries({ container: 'main', ...query }).map(([key, value]) => [key, [value].flat()])),
    {
      data(channel, data) {
        received[channel] = (received[channel] ?? '') + data;
      },
      end() {
        state.ended = true;
      },
    },
  );
  return {
    input,
    state,
    text: (channel: number) => fromByteString(received[channel] ?? ''),
    status: () => JSON.parse(received[3] ?? '{}'),
  };
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

const COUNTER = { command: ['sh', '-c', 'i=0; while true; do i=$((i+1)); echo "줄 $i"; sleep 1; done'] };

describe('logs', () => {
  it('are sent whole, from the end, with times, cut at a limit, and followed', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', COUNTER);
    cluster.until(() => cluster.state('app') === 'running');
    cluster.wait(3);
    const all = connect(cluster, 'app', 'log', {});
    expect(all.text(1)).toMatch(/^줄 1\n줄 2\n줄 3\n/);
    expect(all.state.ended).toBe(true);
    expect(connect(cluster, 'app', 'log', { tailLines: '1' }).text(1)).toMatch(/^줄 \d\n$/);
    expect(connect(cluster, 'app', 'log', { tailLines: '0' }).text(1)).toBe('');
    expect(connect(cluster, 'app', 'log', { timestamps: 'true' }).text(1)).toMatch(
      /^2026-01-01T00:00:\d\d\.\d{9}Z 줄 1\n/,
    );
    expect(connect(cluster, 'app', 'log', { limitBytes: '5' }).text(1)).toBe('줄 1');
    const follow = connect(cluster, 'app', 'log', { follow: 'true', tailLines: '0' });
    cluster.wait(2);
    expect(follow.text(1).split('\n').length).toBeGreaterThanOrEqual(3);
    expect(follow.state.ended).toBe(false);
    cluster.client.delete(pods, 'default', 'app');
    cluster.wait(40);
    expect(follow.state.ended).toBe(true);
  });

  it('that are not there say why', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', { image: 'nginx:1.99' });
    cluster.wait(0.2);
    expect(refusal(() => connect(cluster, 'app', 'log', {}))).toBe(
      '400 container "main" in pod "app" is waiting to start: ContainerCreating',
    );
    cluster.until(() => cluster.state('app') === 'ImagePullBackOff');
    expect(refusal(() => connect(cluster, 'app', 'log', {}))).toBe(
      '400 container "main" in pod "app" is waiting to start: trying and failing to pull image',
    );
    expect(refusal(() => connect(cluster, 'app', 'log', { previous: 'true' }))).toBe(
      '400 previous terminated container "main" in pod "app" not found',
    );
  });

  it('of the container before can be read', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', { command: ['sh', '-c', 'echo "I am $HOSTNAME"; exit 1'] });
    cluster.until(() => cluster.status('app').restartCount === 1);
    expect(connect(cluster, 'app', 'log', { previous: 'true' }).text(1)).toBe('I am app\n');
  });

  it('of a node that is away cannot be had', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', COUNTER);
    cluster.until(() => cluster.state('app') === 'running');
    cluster.machine.stopKubelet();
    expect(refusal(() => connect(cluster, 'app', 'log', {}))).toBe(
      '500 Get "https://10.0.0.11:10250/containerLogs/default/app/main": dial tcp 10.0.0.11:10250: connect: connection refused',
    );
    // kubectl then says `Error from server: …`, with no reason.
    expect(() => connect(cluster, 'app', 'log', {})).toThrow(expect.objectContaining({ reason: '' }));
  });
});

describe('exec', () => {
  it('runs a command, with streams and exit code', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', COUNTER);
    cluster.until(() => cluster.state('app') === 'running');
    const run = (script: string) =>
      connect(cluster, 'app', 'exec', { command: ['sh', '-c', script], stdout: 'true', stderr: 'true' });
    const good = run('echo 안녕; echo oops >&2');
    cluster.wait(1);
    expect([good.text(1), good.text(2), good.state.ended]).toEqual(['안녕\n', 'oops\n', true]);
    expect(good.status()).toEqual({ metadata: {}, status: 'Success' });
    const bad = run('exit 3');
    cluster.wait(1);
    expect(bad.status()).toMatchObject({
      message: 'command terminated with non-zero exit code: exit status 3',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
    const none = connect(cluster, 'app', 'exec', { command: ['bash'], stdout: 'true' });
    expect(none.status().message).toMatch(
      /^Internal error occurred: error executing command in container: failed to exec in container: .*exec: "bash": executable file not found in \$PATH: unknown$/,
    );
  });

  it('takes input, cut anywhere', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', COUNTER);
    cluster.until(() => cluster.state('app') === 'running');
    const cat = connect(cluster, 'app', 'exec', { command: ['cat'], stdin: 'true', stdout: 'true' });
    const bytes = toByteString('조타수\n');
    cat.input.send(0, bytes.slice(0, 4));
    cat.input.send(0, bytes.slice(4));
    cat.input.closeInput();
    cluster.wait(1);
    expect(cat.text(1)).toBe('조타수\n');
    expect(cat.status().status).toBe('Success');
  });

  it('needs a container that runs', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', { image: 'nginx:1.99' });
    cluster.wait(5);
    expect(refusal(() => connect(cluster, 'app', 'exec', { command: ['sh'] }))).toBe(
      '500 unable to upgrade connection: container not found ("main")',
    );
  });
});

describe('statistics', () => {
  it('tell what containers use', () => {
    const cluster = new TestKubelets();
    cluster.pod('hog', { image: 'polinux/stress', command: ['stress', '--vm', '1', '--vm-bytes', '100M'] });
    cluster.until(() => cluster.state('hog') === 'running');
    cluster.wait(10);
    const { node, pods } = cluster.machine.kubelet!.server.summary();
    expect(pods[0]!.podRef.name).toBe('hog');
    expect(pods[0]!.containers[0]!.memory.workingSetBytes).toBe(100 * 1024 * 1024);
    expect(pods[0]!.containers[0]!.cpu.usageNanoCores).toBe(1_000_000_000);
    expect(node.memory.workingSetBytes).toBeGreaterThan(100 * 1024 * 1024);
  });
});
