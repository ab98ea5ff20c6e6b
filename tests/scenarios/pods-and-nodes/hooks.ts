import { describe, expect, test } from 'vitest';
import { Scenario } from '../scenario.ts';
import { pod } from './manifests.ts';

describe('hooks', () => {
  test('a preStop that hangs is cut at the grace period', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'slow',
        `terminationGracePeriodSeconds: 10\ncontainers:\n- {name: main, image: nginx, lifecycle: {preStop: {exec: {command: [sleep, "1000"]}}}}`,
      ),
    );
    cluster.untilReady('slow');
    cluster.delete('Pod', 'slow');
    const took = cluster.until(() => !cluster.has('Pod', 'slow'), 60);
    expect(took).toBeGreaterThan(9.5);
    expect(took).toBeLessThan(14);
  });

  test('a postStart that fails kills the container: FailedPostStartHook', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'hook',
        `containers:\n- {name: main, image: nginx, lifecycle: {postStart: {exec: {command: [cat, /nothing]}}}}`,
      ),
    );
    cluster.wait(30);
    expect(cluster.events('Pod', 'hook').join('\n')).toContain('Warning FailedPostStartHook PostStartHook failed');
    expect(cluster.state('hook')).toMatch(/^Waiting (PostStartHookError|CrashLoopBackOff)/);
  });

  test('a preStop that fails leaves FailedPreStopHook, and the pod ends all the same', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'hook',
        `containers:\n- {name: main, image: nginx, lifecycle: {preStop: {httpGet: {path: /nothing, port: 81}}}}`,
      ),
    );
    cluster.untilReady('hook');
    cluster.delete('Pod', 'hook');
    cluster.until(() => !cluster.has('Pod', 'hook'), 40);
    expect(cluster.events('Pod', 'hook').join('\n')).toContain('Warning FailedPreStopHook PreStopHook failed');
  });
});
