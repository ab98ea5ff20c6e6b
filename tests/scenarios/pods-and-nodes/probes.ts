import { describe, expect, test } from 'vitest';
import { Scenario } from '../scenario.ts';
import { pod } from './manifests.ts';

describe('probes', () => {
  test('liveness restarts, readiness takes out of service, startup holds both back', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      `${pod(
        'live',
        `containers:
- name: main
  image: busybox:1.28
  args: [/bin/sh, -c, "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600"]
  livenessProbe: {exec: {command: [cat, /tmp/healthy]}, initialDelaySeconds: 5, periodSeconds: 5}
  terminationGracePeriodSeconds: 1`.replace('\n  terminationGracePeriodSeconds: 1', ''),
      )}${pod(
        'slow',
        `containers:
- name: main
  image: busybox
  command: [sh, -c, "sleep 25; touch /tmp/up; sleep 600"]
  startupProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 5, failureThreshold: 10}
  livenessProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 1, failureThreshold: 1}
  readinessProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 1}`,
      )}`,
    );
    cluster.wait(15);
    expect(cluster.get('Pod', 'slow').status.containerStatuses[0]).toMatchObject({
      started: false,
      ready: false,
      restartCount: 0,
    });
    cluster.untilReady('slow', 40);
    expect(cluster.get('Pod', 'slow').status.containerStatuses[0].restartCount).toBe(0);
    cluster.until(() => cluster.get('Pod', 'live').status.containerStatuses[0].restartCount === 1, 100);
    const events = cluster.events('Pod', 'live').join('\n');
    expect(events).toContain(
      "Warning Unhealthy Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory",
    );
    expect(events).toContain('Normal Killing Container main failed liveness probe, will be restarted');
    expect(cluster.get('Pod', 'live').status.containerStatuses[0].lastState.terminated.exitCode).toBe(137);
  });
});
