import { describe, expect, test } from 'vitest';
import { Scenario } from '../scenario.ts';
import { pod } from './manifests.ts';

/** A pod with one volume `v` at /v, whose container does something and then sleeps. */
const withVolume = (name: string, volume: string, command: string, memory = '') =>
  pod(
    name,
    `restartPolicy: Never
containers:
- name: main
  image: busybox
  command: [sh, -c, '${command}; sleep 1000']
  resources: {limits: {${memory === '' ? '' : `memory: ${memory}`}}}
  volumeMounts: [{name: v, mountPath: /v}]
volumes: [{name: v, ${volume}}]`,
  );

describe('volumes', () => {
  test('an emptyDir is of a medium that the kubelet knows', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      withVolume('small', 'emptyDir: {medium: memory}', 'true') +
        withVolume('huge', 'emptyDir: {medium: HugePages-2Mi}', 'true'),
    );
    cluster.wait(5);
    expect(cluster.state('small')).toBe('Waiting ContainerCreating');
    expect(cluster.events('Pod', 'small')).toContain(
      'Warning FailedMount MountVolume.SetUp failed for volume "v" : unknown storage medium "memory"',
    );
    expect(cluster.events('Pod', 'huge')).toContain(
      'Warning FailedMount MountVolume.SetUp failed for volume "v" : medium HugePages-2Mi: hugePages storage requested, but there is no resource request for huge pages',
    );
  });

  test('in memory is as large as what its pod may use, and who writes too much is out of memory', () => {
    const cluster = new Scenario('one-worker');
    const memory = 'emptyDir: {medium: Memory}';
    cluster.apply(
      withVolume('free', memory, 'mount | grep -E " /v |secrets"') +
        withVolume('bound', memory, 'mount | grep -E " /v |secrets"', '64Mi') +
        withVolume('less', 'emptyDir: {medium: Memory, sizeLimit: 10Mi}', 'mount | grep " /v "', '64Mi') +
        withVolume('greedy', memory, 'dd if=/dev/zero of=/v/x bs=10M count=10', '64Mi') +
        withVolume(
          'named',
          'downwardAPI: {items: [{path: n, fieldRef: {fieldPath: metadata.name}}]}',
          'mount | grep " /v "',
        ),
    );
    cluster.wait(10);
    const sizes = (name: string) =>
      [...cluster.logs(name).matchAll(/^tmpfs on .*size=(\d+)k/gm)].map(([, size]) => size);
    expect(sizes('free')).toEqual(['8286208', '8286208']);
    expect(sizes('bound')).toEqual(['65536', '65536']);
    expect(sizes('less')).toEqual(['10240']);
    expect(sizes('named')).toEqual(['8286208']);
    expect(cluster.state('greedy')).toBe('Terminated OOMKilled 137');
  });

  test('projected, all that is missing is told at once', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {a: x}}\n---\n' +
        withVolume(
          'all',
          'projected: {sources: [{configMap: {name: conf, items: [{key: b, path: b}]}}, {secret: {name: none}}]}',
          'true',
        ),
    );
    cluster.wait(5);
    expect(cluster.events('Pod', 'all')).toContain(
      'Warning FailedMount MountVolume.SetUp failed for volume "v" : [configmap references non-existent config key: b, secret "none" not found]',
    );
  });

  test('show when they were made, and what is above a directory behind a link', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {a: x}}\n---\n' +
        withVolume(
          'dated',
          'configMap: {name: conf, items: [{key: a, path: sub/dir/a}]}',
          'ls -lad /v; ls -la /v/sub/dir',
        ),
    );
    cluster.wait(10);
    const lines = cluster.logs('dated').split('\n');
    expect(lines[0]).toMatch(/^drwxrwxrwx .* Jan {2}5 09:00 \/v$/);
    expect(lines.find((line) => line.includes(' ..'))).toMatch(/^drwxr-xr-x .* \.\.$/);
  });

  test('of the node’s own files are those that one sees there', () => {
    const cluster = new Scenario('one-worker');
    const host = (name: string, path: string, type: string, command: string) =>
      withVolume(name, `hostPath: {path: ${path}, type: ${type}}`, command);
    cluster.apply(
      host('file', '/etc/hostname', 'File', 'cat /v') +
        host('wrong', '/etc/hostname', 'Directory', 'true') +
        host('below', '/etc/hostname/x', 'DirectoryOrCreate', 'true'),
    );
    cluster.wait(10);
    expect(cluster.logs('file')).toBe('worker-1\n');
    const failed = (what: string) => `Warning FailedMount MountVolume.SetUp failed for volume "v" : ${what}`;
    expect(cluster.events('Pod', 'wrong')).toContain(
      failed('hostPath type check failed: /etc/hostname is not a directory'),
    );
    expect(cluster.events('Pod', 'below')).toContain(failed('mkdir /etc/hostname: not a directory'));
  });

  test('below a path of variables: none may be missing or empty, and it may not lead out', () => {
    const cluster = new Scenario('one-worker');
    const below = (name: string, value: string, path: string) =>
      pod(
        name,
        `containers:
- {name: main, image: busybox, command: [sleep, infinity], env: [{name: P, value: "${value}"}], volumeMounts: [{name: v, mountPath: /v, subPathExpr: "${path}"}]}
volumes: [{name: v, emptyDir: {}}]`,
      );
    cluster.apply(
      below('absent', 'x', '$(Q)/$(B)/$(P)') +
        below('empty', '', 'a/$(P)') +
        below('absolute', '/a', '$(P)') +
        below('out', '../..', '$(P)/logs') +
        below('fine', 'x', '$(P)/logs'),
    );
    cluster.untilReady('fine');
    const why = (name: string) => {
      const { waiting } = cluster.get('Pod', name).status.containerStatuses[0].state;
      return `${waiting.reason}: ${waiting.message}`;
    };
    expect(why('absent')).toBe('CreateContainerConfigError: missing value for B, Q');
    expect(why('empty')).toBe('CreateContainerConfigError: missing value for P');
    expect(why('absolute')).toBe('CreateContainerConfigError: error SubPath `/a` must not be an absolute path');
    expect(why('out')).toBe(
      "CreateContainerConfigError: unable to provision SubPath `../../logs`: must not contain '..'",
    );
  });
});
