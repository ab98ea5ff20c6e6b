import { describe, expect, test } from 'vitest';
import { conditionOf, Scenario } from '../scenario.ts';
import { one, pod } from './manifests.ts';

describe('containers of a pod', () => {
  test('init containers go one after the other before the others; a sidecar stays beside them', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'app',
        `restartPolicy: Never
initContainers:
- {name: first, image: busybox, command: [sh, -c, "sleep 3; echo first > /work/order"], volumeMounts: [{name: work, mountPath: /work}]}
- {name: proxy, image: busybox, restartPolicy: Always, command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 1; done"]}
- {name: second, image: busybox, command: [sh, -c, "echo second >> /work/order"], volumeMounts: [{name: work, mountPath: /work}]}
containers:
- {name: main, image: busybox, command: [sh, -c, "cat /work/order; sleep 5"], volumeMounts: [{name: work, mountPath: /work}]}
volumes: [{name: work, emptyDir: {}}]`,
      ),
    );
    cluster.until(() => cluster.state('app', 'first') === 'Running', 30);
    expect(cluster.state('app', 'proxy')).toBe('Waiting PodInitializing');
    cluster.until(() => cluster.state('app', 'main') === 'Running', 30);
    expect(cluster.state('app', 'proxy')).toBe('Running');
    expect(cluster.logs('app', '?container=main')).toBe('first\nsecond\n');
    cluster.until(() => cluster.get('Pod', 'app').status.phase === 'Succeeded', 30);
    expect(cluster.state('app', 'proxy')).toBe('Terminated Completed 0');
  });

  test('an init container that fails keeps the pod from starting: Init:CrashLoopBackOff', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'app',
        `initContainers:\n- {name: check, image: busybox, command: [sh, -c, "exit 1"]}\ncontainers:\n- {name: main, image: nginx}`,
      ),
    );
    cluster.wait(60);
    expect(cluster.state('app', 'check')).toBe('Waiting CrashLoopBackOff');
    expect(cluster.state('app', 'main')).toBe('Waiting PodInitializing');
    expect(conditionOf(cluster.get('Pod', 'app'), 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
    });
  });

  test('an ephemeral container joins, sees its target’s processes, and stays when it has ended', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(one('web', 'nginx'));
    cluster.untilReady('web');
    const answer = cluster.send(
      'PATCH',
      '/api/v1/namespaces/default/pods/web/ephemeralcontainers',
      {
        spec: {
          ephemeralContainers: [
            { name: 'debug', image: 'busybox:1.36', command: ['sh', '-c', 'ps; sleep 3'], targetContainerName: 'main' },
          ],
        },
      },
      'application/strategic-merge-patch+json',
    );
    expect(answer.status).toBe(200);
    cluster.until(() => cluster.state('web', 'debug').startsWith('Terminated'), 30);
    expect(cluster.logs('web', '?container=debug')).toContain('nginx');
    expect(cluster.isReady('web')).toBe(true);
  });

  test('a readiness gate keeps a pod out of service until its condition is told', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(`${pod('gated', `readinessGates: [{conditionType: example.com/ready}]\ncontainers:\n- {name: main, image: nginx}`)}
{apiVersion: v1, kind: Service, metadata: {name: gated}, spec: {selector: {app: gated}, ports: [{port: 80}]}}`);
    cluster.patch('Pod', 'gated', { metadata: { labels: { app: 'gated' } } });
    cluster.wait(20);
    expect(conditionOf(cluster.get('Pod', 'gated'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
    });
    cluster.send(
      'PATCH',
      '/api/v1/namespaces/default/pods/gated/status',
      {
        status: { conditions: [{ type: 'example.com/ready', status: 'True' }] },
      },
      'application/strategic-merge-patch+json',
    );
    cluster.untilReady('gated', 15);
  });
});
