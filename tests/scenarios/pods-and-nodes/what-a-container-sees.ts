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

  test('its host name with the domain if it asks for that, and the hosts file of the node in whose network it is', () => {
    const cluster = new Scenario('one-worker');
    const sleeper = 'containers: [{name: main, image: busybox, command: [sleep, infinity]}]';
    cluster.apply(
      pod('named', `hostname: web\nsubdomain: shop\nsetHostnameAsFQDN: true\n${sleeper}`) +
        pod('alone', `setHostnameAsFQDN: true\n${sleeper}`) +
        pod('long', `hostname: ${'a'.repeat(40)}\nsubdomain: shop\nsetHostnameAsFQDN: true\n${sleeper}`) +
        pod('beside', `hostNetwork: true\nhostAliases: [{ip: 10.1.2.3, hostnames: [db]}]\n${sleeper}`),
    );
    for (const name of ['named', 'alone', 'beside']) cluster.untilReady(name);
    cluster.wait(5);
    const fqdn = 'web.shop.default.svc.cluster.local';
    expect(cluster.exec('named', 'hostname; cat /etc/hostname; echo $HOSTNAME').stdout).toBe(`${fqdn}\n`.repeat(3));
    expect(cluster.exec('named', 'tail -1 /etc/hosts').stdout).toMatch(
      /\tweb\.shop\.default\.svc\.cluster\.local\tweb\n$/,
    );
    expect(cluster.exec('alone', 'hostname').stdout).toBe('alone\n');
    expect(cluster.state('long')).toBe('Waiting ContainerCreating');
    expect(cluster.events('Pod', 'long').at(-1)).toBe(
      `Warning FailedCreatePodSandBox Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN ${'a'.repeat(40)}.shop.default.svc.cluster.local is too long (64 characters is the max, 71 characters requested)`,
    );
    const address = cluster.get('Pod', 'beside').status.hostIP;
    expect(cluster.exec('beside', 'cat /etc/hosts').stdout).toBe(
      `# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n${address}\tworker-1\n\n# Entries added by HostAliases.\n10.1.2.3\tdb\n`,
    );
  });

  test('all processes of its node in their order, if it is in the node’s process namespace', () => {
    const cluster = new Scenario('one-worker');
    const sleeper = 'containers: [{name: main, image: busybox, command: [sleep, infinity]}]';
    cluster.apply(pod('first', sleeper) + pod('all', `hostPID: true\n${sleeper}`));
    cluster.untilReady('first');
    cluster.untilReady('all');
    const pids = [...cluster.exec('all', 'ps').stdout.matchAll(/^ *(\d+) /gm)].map(([, pid]) => Number(pid));
    expect(pids.length).toBeGreaterThan(5);
    expect(pids).toEqual([...pids].sort((a, b) => a - b));
  });
});
