import { describe, expect, test } from 'vitest';
import { Scenario } from '../scenario.ts';
import { pod } from './manifests.ts';

describe('what a container sees', () => {
  test('downward API, projected volumes, subPath, services of its namespace that were there before', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(`
{apiVersion: v1, kind: Service, metadata: {name: early-bird}, spec: {selector: {a: b}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {a.txt: from a, b.txt: from b}}
---
{apiVersion: v1, kind: Secret, metadata: {name: sec}, stringData: {key: hidden}}
---
${pod(
  'sees',
  `containers:
- name: main
  image: busybox:1.36
  command: [sleep, infinity]
  resources: {limits: {cpu: 500m, memory: 64Mi}}
  env:
  - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
  - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
  - {name: BOTH, value: "$(NODE)-$(CPU)-$$(NODE)"}
  volumeMounts:
  - {name: all, mountPath: /all}
  - {name: conf, mountPath: /etc/app/a.txt, subPath: a.txt}
volumes:
- name: conf
  configMap: {name: conf}
- name: all
  projected:
    sources:
    - configMap: {name: conf, items: [{key: b.txt, path: nested/b.txt}]}
    - secret: {name: sec}
    - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
    - serviceAccountToken: {path: token, audience: vault, expirationSeconds: 3600}`,
)}`);
    cluster.patch('Pod', 'sees', { metadata: { labels: { tier: 'front' } } });
    cluster.untilReady('sees');
    cluster.apply(
      '{apiVersion: v1, kind: Service, metadata: {name: late}, spec: {selector: {a: b}, ports: [{port: 80}]}}',
    );
    const run = (command: string) => cluster.exec('sees', command).stdout;
    expect(run('echo $BOTH')).toBe('worker-1-500-$(NODE)\n');
    expect(run('cat /all/nested/b.txt /all/key /etc/app/a.txt')).toBe('from bhiddenfrom a');
    expect(run('env | grep -c EARLY_BIRD_SERVICE_HOST')).toBe('1\n');
    expect(run('env | grep -c LATE_')).toBe('0\n');
    expect(run('hostname; cat /etc/hosts | tail -1')).toMatch(/^sees\n10\.244\.\d+\.\d+\tsees\n$/);
    expect(run('cat /all/token | wc -c').trim()).not.toBe('0');
    // A ConfigMap follows in a volume, but not below a subPath.
    cluster.patch('ConfigMap', 'conf', { data: { 'a.txt': 'new a', 'b.txt': 'new b' } });
    cluster.wait(100);
    expect(run('cat /all/nested/b.txt /etc/app/a.txt')).toBe('new bfrom a');
    expect(run('cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max')).toBe('50000 100000\n67108864\n');
  });

  test('hostPath types are checked; gitRepo is taken with a warning and not mounted', () => {
    const cluster = new Scenario('one-worker');
    const host = (name: string, type: string, path: string) =>
      pod(
        name,
        `containers:\n- {name: main, image: busybox, command: [sleep, infinity], volumeMounts: [{name: v, mountPath: /v}]}\nvolumes: [{name: v, hostPath: {path: ${path}, type: ${type}}}]`,
      );
    cluster.apply(
      host('made', 'DirectoryOrCreate', '/opt/made') +
        host('missing', 'Directory', '/opt/missing') +
        host('file', 'File', '/opt/made') +
        host('touched', 'FileOrCreate', '/opt/made/file'),
    );
    cluster.untilReady('made');
    cluster.wait(10);
    const mount = (name: string) => cluster.events('Pod', name).join('\n');
    expect(mount('missing')).toContain(
      'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /opt/missing is not a directory',
    );
    expect(mount('file')).toContain('hostPath type check failed: /opt/made is not a file');
    cluster.apply(
      pod(
        'git',
        `containers:\n- {name: main, image: busybox, command: [sleep, infinity], volumeMounts: [{name: v, mountPath: /v}]}\nvolumes: [{name: v, gitRepo: {repository: "https://example.com/x.git"}}]`,
      ),
    );
    cluster.wait(10);
    expect(cluster.state('git')).toBe('Waiting ContainerCreating');
    expect(mount('git')).toContain('git-repo volume plugin has been disabled');
  });
});
