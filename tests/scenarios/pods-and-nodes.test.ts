import { describe, expect, test } from 'vitest';
import { conditionOf, Scenario } from './scenario.ts';

const pod = (name: string, spec: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
${spec
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
---
`;
const one = (name: string, image: string, command = '', more = '') =>
  pod(
    name,
    `containers:\n- {name: main, image: "${image}"${command === '' ? '' : `, command: [sh, -c, '${command}']`}}\n${more}`,
  );

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

describe('images', () => {
  test('that cannot be had: each with its own words', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      one('typo', 'nginx:1.72') +
        one('private', 'registry.example.com/team/hello:1.0') +
        one('arm', 'jotasu/hello-arm64:1.0') +
        one('nobody', 'no.such.registry/x:1') +
        one('hub', 'ngnix') +
        pod('local', 'containers:\n- {name: main, image: "redis:7.2", imagePullPolicy: Never}') +
        one('bad', 'Nginx'),
    );
    cluster.wait(120);
    const failed = (name: string) =>
      cluster.events('Pod', name).find((event) => event.startsWith('Warning Failed Failed to pull image')) ?? '';
    expect(failed('typo')).toContain(
      'failed to resolve reference "docker.io/library/nginx:1.72": docker.io/library/nginx:1.72: not found',
    );
    expect(failed('private')).toContain('authorization failed: no basic auth credentials');
    expect(failed('arm')).toContain('no match for platform in manifest: not found');
    expect(failed('nobody')).toContain('no such host');
    expect(failed('hub')).toContain('pull access denied, repository does not exist or may require authorization');
    for (const name of ['typo', 'private', 'arm', 'nobody', 'hub'])
      expect(cluster.state(name)).toMatch(/^Waiting (ErrImagePull|ImagePullBackOff)$/);
    expect(cluster.events('Pod', 'typo').join('\n')).toContain('Normal BackOff Back-off pulling image "nginx:1.72"');
    expect(cluster.state('local')).toBe('Waiting ErrImageNeverPull');
    expect(cluster.state('bad')).toBe('Waiting InvalidImageName');
  });

  test('of a private registry come with the right secret', () => {
    const cluster = new Scenario('one-worker');
    const auths = { 'registry.example.com': { username: 'jotasu', password: 'helmsman' } };
    cluster.apply(
      `apiVersion: v1
kind: Secret
metadata: {name: reg}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '${JSON.stringify({ auths })}'}
---
${one('private', 'registry.example.com/team/hello:1.0', '', 'imagePullSecrets: [{name: reg}]')}`,
    );
    cluster.untilReady('private');
  });
});

describe('a node', () => {
  test('that loses power is Unknown after 50 s and tainted; its pods are evicted at 300 s and replaced elsewhere', () => {
    const cluster = new Scenario();
    cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
`);
    cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 3, 60);
    const onOne = () => cluster.list('Pod', 'app=web').filter(({ spec }) => spec.nodeName === 'worker-1');
    expect(onOne().length).toBe(1);
    cluster.cluster.inject({ type: 'node-power', node: 'worker-1', on: false });
    const unknown = cluster.until(
      () => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'Unknown',
      90,
    );
    expect(unknown).toBeGreaterThan(38);
    expect(unknown).toBeLessThan(58);
    expect(conditionOf(cluster.get('Node', 'worker-1'), 'Ready')).toMatchObject({
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    cluster.wait(12);
    expect(
      cluster
        .get('Node', 'worker-1')
        .spec.taints.map(({ key, effect }: { key: string; effect: string }) => `${key}:${effect}`)
        .sort(),
    ).toEqual(['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);
    expect(cluster.get('Deployment', 'web').status.readyReplicas).toBe(2);
    const evicted = cluster.until(() => onOne()[0]?.metadata.deletionTimestamp !== undefined, 400);
    expect(evicted).toBeGreaterThan(285);
    expect(evicted).toBeLessThan(305);
    cluster.until(() => cluster.get('Deployment', 'web').status.readyReplicas === 3, 30);
    expect(cluster.events('Pod', onOne()[0]!.metadata.name).join('\n')).toContain(
      'TaintManagerEviction Marking for deletion Pod default/',
    );
    cluster.cluster.inject({ type: 'node-power', node: 'worker-1', on: true });
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'Ready')?.status === 'True', 120);
    cluster.until(() => onOne().length === 0, 60);
    cluster.wait(10);
    expect(cluster.get('Node', 'worker-1').spec.taints).toBeUndefined();
  });

  test('whose kubelet restarts leaves its containers alone', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(one('web', 'nginx'));
    cluster.untilReady('web');
    const before = cluster.get('Pod', 'web').status.containerStatuses[0].containerID;
    cluster.cluster.inject({ type: 'kubelet', node: 'worker-1', running: false });
    cluster.wait(20);
    cluster.cluster.inject({ type: 'kubelet', node: 'worker-1', running: true });
    cluster.wait(20);
    expect(cluster.get('Pod', 'web').status.containerStatuses[0]).toMatchObject({
      containerID: before,
      restartCount: 0,
      ready: true,
    });
  });

  test('whose static pod is deleted through the API shows it again: the file counts', () => {
    const cluster = new Scenario('one-worker');
    const { uid } = cluster.get('Pod', 'kube-scheduler-control-plane', 'kube-system').metadata;
    cluster.delete('Pod', 'kube-scheduler-control-plane', {}, 'kube-system');
    cluster.wait(10);
    const again = cluster.get('Pod', 'kube-scheduler-control-plane', 'kube-system');
    expect(again.metadata.uid).not.toBe(uid);
    expect(again.status.containerStatuses[0].restartCount).toBe(0);
  });
});

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

describe('a node’s disk', () => {
  test('that fills up: DiskPressure, images are collected, pods are evicted, and it gets better', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      one('web', 'nginx') + one('filler', 'busybox', 'dd if=/dev/zero of=/big bs=1M count=88000; sleep 3600'),
    );
    cluster.untilReady('web');
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'DiskPressure')?.status === 'True', 300);
    cluster.until(() => cluster.get('Pod', 'filler').status.phase === 'Failed', 120);
    expect(cluster.get('Pod', 'filler').status).toMatchObject({
      reason: 'Evicted',
      message: expect.stringMatching(
        /^The node was low on resource: ephemeral-storage\. Threshold quantity: 15Gi, available: \d+\. Container main was using 88000Mi, request is 0, has larger consumption of ephemeral-storage\. $/,
      ),
    });
    expect(cluster.get('Node', 'worker-1').spec.taints).toEqual([
      expect.objectContaining({ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }),
    ]);
    cluster.until(() => conditionOf(cluster.get('Node', 'worker-1'), 'DiskPressure')?.status === 'False', 600);
  });
});
