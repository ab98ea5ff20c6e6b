import { describe, expect, test } from 'vitest';
import { conditionOf, Scenario } from '../scenario.ts';
import { one, pod } from './manifests.ts';

describe('a container that dies', () => {
  test('again and again backs off 10, 20, 40 … 300 seconds', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(one('dies', 'busybox:1.36', 'exit 3'));
    const starts: number[] = [];
    let known = -1;
    cluster.until(() => {
      const status = cluster.get('Pod', 'dies').status.containerStatuses?.[0];
      if (status !== undefined && status.restartCount !== known) {
        known = status.restartCount;
        starts.push(cluster.cluster.engine.now / 1e6);
      }
      return known >= 8;
    }, 2000);
    const gaps = starts.slice(2).map((time, index) => Math.round((time - starts[index + 1]!) / 5) * 5);
    expect(gaps.slice(0, 6)).toEqual([10, 20, 40, 80, 160, 300]);
    expect(cluster.events('Pod', 'dies').join('\n')).toMatch(
      /Warning BackOff Back-off restarting failed container main in pod dies_default\([-0-9a-f]{36}\)/,
    );
    expect(cluster.get('Pod', 'dies').status.containerStatuses[0]).toMatchObject({
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: expect.stringMatching(/^back-off 5m0s restarting failed container=main pod=dies_default/),
        },
      },
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    });
  });

  test('by its restart policy is started again, or not', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      one('never', 'busybox', 'exit 1', 'restartPolicy: Never') +
        one('failure', 'busybox', 'exit 0', 'restartPolicy: OnFailure') +
        one('always', 'busybox', 'exit 0'),
    );
    cluster.wait(60);
    expect(cluster.get('Pod', 'never').status.phase).toBe('Failed');
    expect(cluster.get('Pod', 'failure').status.phase).toBe('Succeeded');
    expect(cluster.state('always')).toBe('Waiting CrashLoopBackOff');
    expect(conditionOf(cluster.get('Pod', 'failure'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'PodCompleted',
    });
  });

  test('of memory is OOMKilled with 137, and its neighbour in the same pod lives', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'hog',
        `containers:
- name: hog
  image: polinux/stress
  command: [stress, --vm, "1", --vm-bytes, 250M]
  resources: {limits: {memory: 100Mi}}
- {name: neighbour, image: nginx}`,
      ),
    );
    cluster.wait(20);
    const statuses = cluster.get('Pod', 'hog').status.containerStatuses;
    expect(statuses.find(({ name }: { name: string }) => name === 'hog').lastState.terminated).toMatchObject({
      reason: 'OOMKilled',
      exitCode: 137,
    });
    expect(statuses.find(({ name }: { name: string }) => name === 'neighbour')).toMatchObject({
      restartCount: 0,
      ready: true,
    });
    expect(cluster.get('Pod', 'hog').status.qosClass).toBe('Burstable');
  });

  test('of what tail keeps of /dev/zero is OOMKilled, too, with the shell that waits for it', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'tail',
        `restartPolicy: Never
containers:
- name: tail
  image: busybox
  command: [sh, -c, "tail /dev/zero; echo over"]
  resources: {limits: {memory: 100Mi}}`,
      ),
    );
    cluster.wait(20);
    const [status] = cluster.get('Pod', 'tail').status.containerStatuses;
    expect(status.state.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });

  test('leaves its last words, from a file or from its log', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      one('file', 'busybox', 'echo no config > /dev/termination-log; exit 2', 'restartPolicy: Never') +
        pod(
          'log',
          `restartPolicy: Never\ncontainers:\n- {name: main, image: busybox, command: [sh, -c, "echo from the log; exit 2"], terminationMessagePolicy: FallbackToLogsOnError}`,
        ),
    );
    cluster.wait(15);
    const message = (name: string) => cluster.get('Pod', name).status.containerStatuses[0].state.terminated.message;
    expect(message('file')).toBe('no config\n');
    expect(message('log')).toBe('from the log\n');
  });
});
