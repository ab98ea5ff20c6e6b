import { describe, expect, test } from 'vitest';
import { conditionOf, Scenario } from './scenario.ts';

const pod = (name: string, spec: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: ${spec}}\n---\n`;
const claim = (name: string, className: string, more = '') =>
  `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ${name}}, spec: {accessModes: [ReadWriteOnce], storageClassName: ${className}, resources: {requests: {storage: 1Gi}}${more}}}\n---\n`;
const SLEEP = 'command: [sleep, infinity]';

describe('storage', () => {
  test('a node takes as many disks as its driver allows; more pods go elsewhere or wait', () => {
    const cluster = new Scenario('one-worker');
    let yaml = '';
    for (let index = 0; index < 18; index++) {
      yaml += claim(`disk-${index}`, 'zonal-disk');
      yaml += pod(
        `user-${index}`,
        `{containers: [{name: c, image: busybox, ${SLEEP}, volumeMounts: [{name: d, mountPath: /d}]}], volumes: [{name: d, persistentVolumeClaim: {claimName: disk-${index}}}]}`,
      );
    }
    cluster.apply(yaml);
    cluster.wait(120);
    const running = cluster.list('Pod').filter(({ status }) => status.phase === 'Running');
    expect(running).toHaveLength(16);
    const waiting = cluster.list('Pod').filter(({ status }) => status.phase === 'Pending');
    expect(conditionOf(waiting[0]!, 'PodScheduled')?.message).toContain('node(s) exceed max volume count');
    expect(
      cluster
        .get('CSINode', 'worker-1')
        .spec.drivers.find(({ name }: { name: string }) => name === 'disk.csi.jotasu.dev'),
    ).toMatchObject({ allocatable: { count: 16 } });
  });

  test('a generic ephemeral volume comes and goes with its pod', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'scratch',
        `{terminationGracePeriodSeconds: 1, containers: [{name: c, image: busybox, ${SLEEP}, volumeMounts: [{name: v, mountPath: /v}]}], volumes: [{name: v, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}`,
      ),
    );
    cluster.untilReady('scratch');
    expect(cluster.get('PersistentVolumeClaim', 'scratch-v').status.phase).toBe('Bound');
    cluster.delete('Pod', 'scratch');
    cluster.until(
      () => cluster.list('PersistentVolumeClaim').length === 0 && cluster.list('PersistentVolume').length === 0,
      60,
    );
  });

  test('a StatefulSet keeps its claims when it shrinks, or deletes them, as its policy says', () => {
    const cluster = new Scenario('one-worker');
    const set = (name: string, policy: string) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: ${name}}
spec:
  serviceName: ${name}
  replicas: 2
  ${policy}
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: busybox, ${SLEEP}, volumeMounts: [{name: d, mountPath: /d}]}]}}
  volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
---
`;
    cluster.apply(
      set('keeps', '') +
        set('drops', 'persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}'),
    );
    cluster.until(() => ['keeps-1', 'drops-1'].every((name) => cluster.isReady(name)), 120);
    cluster.exec('keeps-1', 'echo mine > /d/file');
    for (const name of ['keeps', 'drops']) cluster.patch('StatefulSet', name, { spec: { replicas: 1 } });
    cluster.wait(60);
    expect(
      cluster
        .list('PersistentVolumeClaim')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual(['d-drops-0', 'd-keeps-0', 'd-keeps-1']);
    cluster.patch('StatefulSet', 'keeps', { spec: { replicas: 2 } });
    cluster.wait(3);
    cluster.untilReady('keeps-1', 60);
    expect(cluster.exec('keeps-1', 'cat /d/file').stdout).toBe('mine\n');
  });

  test('a claim whose volume is deleted by force is Lost', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(claim('data', 'shared'));
    cluster.until(() => cluster.get('PersistentVolumeClaim', 'data').status.phase === 'Bound', 30);
    const { volumeName } = cluster.get('PersistentVolumeClaim', 'data').spec;
    cluster.delete('PersistentVolume', volumeName);
    cluster.wait(10);
    expect(cluster.get('PersistentVolume', volumeName).metadata.deletionTimestamp).toBeDefined();
    cluster.patch('PersistentVolume', volumeName, { metadata: { finalizers: null } });
    cluster.until(() => cluster.get('PersistentVolumeClaim', 'data').status.phase === 'Lost', 30);
    expect(cluster.events('PersistentVolumeClaim', 'data').join('\n')).toContain(
      'Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
  });

  test('an out-of-service taint frees the disk of a dead node at once', () => {
    const base = new Scenario('two-workers').cluster.preset;
    const cluster = new Scenario({ ...base, nodes: base.nodes.map((node) => ({ ...node, zone: 'zone-a' })) });
    cluster.apply(`${claim('data', 'zonal-disk')}
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 1
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: busybox, ${SLEEP}, volumeMounts: [{name: d, mountPath: /d}]}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}}
`);
    cluster.untilReady('db-0');
    const { nodeName } = cluster.get('Pod', 'db-0').spec;
    cluster.cluster.inject({ type: 'node-power', node: nodeName, on: false });
    cluster.wait(400);
    // A StatefulSet never runs two pods of one name: the old one is Terminating for ever.
    expect(cluster.get('Pod', 'db-0').metadata.deletionTimestamp).toBeDefined();
    const taints = [
      ...cluster.get('Node', nodeName).spec.taints,
      { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' },
    ];
    cluster.patch('Node', nodeName, { spec: { taints } });
    cluster.until(
      () =>
        cluster.has('Pod', 'db-0') && cluster.get('Pod', 'db-0').spec.nodeName !== nodeName && cluster.isReady('db-0'),
      120,
    );
  });

  test('a claim of an unknown class, and one without any, say what they wait for', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(claim('ghost', 'no-such-class') + claim('none', '""'));
    cluster.wait(20);
    expect(cluster.events('PersistentVolumeClaim', 'ghost').join()).toContain(
      'Warning ProvisioningFailed storageclass.storage.k8s.io "no-such-class" not found',
    );
    expect(cluster.events('PersistentVolumeClaim', 'none').join()).toContain(
      'Normal FailedBinding no persistent volumes available for this claim and no storage class is set',
    );
    cluster.apply(
      pod(
        'user',
        `{containers: [{name: c, image: busybox, ${SLEEP}, volumeMounts: [{name: d, mountPath: /d}]}], volumes: [{name: d, persistentVolumeClaim: {claimName: nothing}}]}`,
      ),
    );
    cluster.wait(5);
    expect(conditionOf(cluster.get('Pod', 'user'), 'PodScheduled')?.message).toContain(
      'persistentvolumeclaim "nothing" not found',
    );
  });
});

describe('pods', () => {
  test('command and args replace the image’s own; signals end with 143 or 137', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'args',
        '{restartPolicy: Never, containers: [{name: c, image: busybox, command: [echo], args: ["$(A)", "$(NOPE)"], env: [{name: A, value: hi}]}]}',
      ) +
        pod(
          'polite',
          `{restartPolicy: Never, containers: [{name: c, image: busybox, command: [sh, -c, "sleep 1000 & wait"]}]}`,
        ) +
        pod('missing', '{containers: [{name: c, image: busybox, command: [no-such-program]}]}') +
        pod('deadline', `{activeDeadlineSeconds: 10, containers: [{name: c, image: busybox, ${SLEEP}}]}`),
    );
    cluster.wait(45);
    expect(cluster.logs('args')).toBe('hi $(NOPE)\n');
    expect(
      cluster.get('Pod', 'missing').status.containerStatuses[0].lastState.terminated ??
        cluster.get('Pod', 'missing').status.containerStatuses[0].state.waiting,
    ).toMatchObject({
      message: expect.stringContaining('exec: "no-such-program": executable file not found in $PATH'),
    });
    expect(cluster.get('Pod', 'deadline').status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  test('a host port is taken once on each node', () => {
    const cluster = new Scenario('one-worker');
    const web = (name: string) =>
      pod(name, '{containers: [{name: c, image: nginx, ports: [{containerPort: 80, hostPort: 8080}]}]}');
    cluster.apply(web('one'));
    cluster.untilReady('one');
    cluster.apply(web('two'));
    cluster.wait(5);
    expect(conditionOf(cluster.get('Pod', 'two'), 'PodScheduled')?.message).toContain(
      "node(s) didn't have free ports for the requested pod ports",
    );
    expect(
      cluster.cluster.outside(8080, { method: 'GET', path: '/', headers: {}, body: '' }, { host: 'worker-1' }),
    ).toMatchObject({ status: 200 });
  });

  test('requests and limits make the QoS class; CPU beyond the limit is throttled', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod('best', `{containers: [{name: c, image: busybox, ${SLEEP}}]}`) +
        pod('burst', `{containers: [{name: c, image: busybox, ${SLEEP}, resources: {requests: {cpu: 100m}}}]}`) +
        pod(
          'sure',
          `{containers: [{name: c, image: busybox, ${SLEEP}, resources: {limits: {cpu: 100m, memory: 64Mi}}}]}`,
        ) +
        pod('huge', `{containers: [{name: c, image: busybox, ${SLEEP}, resources: {requests: {cpu: 64}}}]}`),
    );
    for (const name of ['best', 'burst', 'sure']) cluster.untilReady(name);
    expect(['best', 'burst', 'sure'].map((name) => cluster.get('Pod', name).status.qosClass)).toEqual([
      'BestEffort',
      'Burstable',
      'Guaranteed',
    ]);
    expect(conditionOf(cluster.get('Pod', 'huge'), 'PodScheduled')?.message).toContain('Insufficient cpu');
    expect(cluster.exec('sure', 'cat /sys/fs/cgroup/cpu.max').stdout).toBe('10000 100000\n');
  });

  test('a pod of hostNetwork has its node’s address; an exec probe that hangs counts as failed', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod('host', '{hostNetwork: true, containers: [{name: c, image: nginx}]}') +
        pod(
          'hangs',
          `{containers: [{name: c, image: busybox, ${SLEEP}, readinessProbe: {exec: {command: [sleep, "10"]}, timeoutSeconds: 1, periodSeconds: 2}}]}`,
        ),
    );
    cluster.untilReady('host');
    expect(cluster.get('Pod', 'host').status.podIP).toBe('10.0.0.11');
    cluster.wait(10);
    expect(cluster.events('Pod', 'hangs').join('\n')).toContain(
      'Warning Unhealthy Readiness probe failed: command "sleep 10" timed out',
    );
  });

  test('tcp, http and grpc probes tell what they found', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'tcp',
        '{containers: [{name: c, image: nginx, livenessProbe: {tcpSocket: {port: 81}, periodSeconds: 2, failureThreshold: 100}}]}',
      ) +
        pod(
          'http',
          '{containers: [{name: c, image: nginx, readinessProbe: {httpGet: {path: /nope, port: 80}, periodSeconds: 2}}]}',
        ) +
        pod(
          'https',
          '{containers: [{name: c, image: nginx, readinessProbe: {httpGet: {path: /, port: 80, scheme: HTTPS}, periodSeconds: 2}}]}',
        ) +
        pod(
          'grpc',
          '{containers: [{name: c, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [grpc-health-checking, --port, "5000", --delay-unhealthy-sec, "20"], livenessProbe: {grpc: {port: 5000}, periodSeconds: 3, failureThreshold: 2}}]}',
        ),
    );
    cluster.wait(15);
    const { podIP } = cluster.get('Pod', 'tcp').status;
    expect(cluster.events('Pod', 'tcp').join()).toContain(
      `Liveness probe failed: dial tcp ${podIP}:81: connect: connection refused`,
    );
    expect(cluster.events('Pod', 'http').join()).toContain(
      'Readiness probe failed: HTTP probe failed with statuscode: 404',
    );
    expect(cluster.events('Pod', 'https').join()).toContain('http: server gave HTTP response to HTTPS client');
    expect(cluster.isReady('grpc')).toBe(true);
    cluster.until(() => cluster.get('Pod', 'grpc').status.containerStatuses[0].restartCount === 1, 60);
    expect(cluster.events('Pod', 'grpc').join()).toContain(
      'Liveness probe failed: service unhealthy (responded with "NOT_SERVING")',
    );
  });

  test('a pod resized in place keeps running', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod(
        'grow',
        `{containers: [{name: c, image: busybox, ${SLEEP}, resources: {requests: {cpu: 100m}, limits: {cpu: 100m}}}]}`,
      ),
    );
    cluster.untilReady('grow');
    const answer = cluster.send(
      'PATCH',
      '/api/v1/namespaces/default/pods/grow/resize',
      { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '200m' }, limits: { cpu: '200m' } } }] } },
      'application/strategic-merge-patch+json',
    );
    expect(answer.status).toBe(200);
    cluster.wait(5);
    expect(cluster.exec('grow', 'cat /sys/fs/cgroup/cpu.max').stdout).toBe('20000 100000\n');
    expect(cluster.get('Pod', 'grow').status.containerStatuses[0]).toMatchObject({
      restartCount: 0,
      resources: { limits: { cpu: '200m' } },
    });
  });

  test('a resize that needs a restart, one that has to wait, one that can never be', () => {
    const cluster = new Scenario('one-worker');
    const policy = 'resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]';
    const sizes = 'resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}';
    cluster.apply(pod('jar', `{containers: [{name: c, image: busybox, ${SLEEP}, ${sizes}, ${policy}}]}`));
    cluster.apply(pod('fat', `{containers: [{name: c, image: busybox, ${SLEEP}, resources: {requests: {cpu: 2}}}]}`));
    cluster.untilReady('jar');
    cluster.untilReady('fat');
    const resize = (resources: object) =>
      cluster.send(
        'PATCH',
        '/api/v1/namespaces/default/pods/jar/resize',
        { spec: { containers: [{ name: 'c', resources }] } },
        'application/strategic-merge-patch+json',
      );
    const status = () => cluster.get('Pod', 'jar').status;
    const pending = () => conditionOf(cluster.get('Pod', 'jar'), 'PodResizePending');

    expect(resize({ limits: { memory: '128Mi' } }).status).toBe(200);
    cluster.wait(40);
    expect(status().containerStatuses[0]).toMatchObject({
      restartCount: 1,
      resources: { limits: { memory: '128Mi' } },
    });
    expect(cluster.events('Pod', 'jar')).toContain('Normal Killing Container c resize requires restart');
    expect(cluster.exec('jar', 'cat /sys/fs/cgroup/memory.max').stdout).toBe(`${128 * 1024 ** 2}\n`);

    resize({ requests: { cpu: '3' } });
    cluster.wait(5);
    expect(pending()).toMatchObject({
      status: 'True',
      reason: 'Deferred',
      message: expect.stringMatching(
        /^Node didn't have enough resource: cpu, requested: 3000, used: 2\d00, capacity: 4000$/,
      ),
    });
    expect(status().containerStatuses[0].resources.requests.cpu).toBe('100m');
    cluster.send('DELETE', '/api/v1/namespaces/default/pods/fat');
    cluster.wait(40);
    expect(pending()).toBeUndefined();
    expect(status().containerStatuses[0].resources.requests.cpu).toBe('3');

    resize({ requests: { cpu: '300' } });
    cluster.wait(5);
    expect(pending()).toMatchObject({
      reason: 'Infeasible',
      message: "Node didn't have enough capacity: cpu, requested: 300000, capacity: 4000",
    });
    expect(status().containerStatuses[0]).toMatchObject({ restartCount: 1, resources: { requests: { cpu: '3' } } });
  });

  test('memory pressure evicts who uses most beyond its request, and says so', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      pod('calm', '{containers: [{name: c, image: nginx, resources: {requests: {memory: 200Mi}}}]}') +
        pod(
          'greedy',
          '{containers: [{name: c, image: polinux/stress, command: [stress, --vm, "1", --vm-bytes, 7700M]}]}',
        ),
    );
    cluster.untilReady('calm');
    cluster.until(() => cluster.get('Pod', 'greedy').status.reason === 'Evicted', 120);
    expect(cluster.get('Pod', 'greedy').status.message).toContain('The node was low on resource: memory.');
    expect(cluster.isReady('calm')).toBe(true);
    expect(conditionOf(cluster.get('Node', 'worker-1'), 'MemoryPressure')?.status).toBe('True');
  });

  test('RuntimeClass: an unknown one is refused, a known one sets handler and overhead', () => {
    const cluster = new Scenario('one-worker');
    expect(() =>
      cluster.apply(pod('sandboxed', '{runtimeClassName: gvisor, containers: [{name: c, image: nginx}]}')),
    ).toThrow('RuntimeClass "gvisor" not found');
    cluster.apply(
      '{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: strange}, handler: kata, overhead: {podFixed: {memory: 64Mi}}}',
    );
    cluster.apply(pod('sandboxed', '{runtimeClassName: strange, containers: [{name: c, image: nginx}]}'));
    expect(cluster.get('Pod', 'sandboxed').spec.overhead).toEqual({ memory: '64Mi' });
    cluster.wait(10);
    expect(cluster.events('Pod', 'sandboxed').join()).toContain('no runtime for "kata" is configured');
    cluster.apply('{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}, handler: runsc}');
    cluster.apply(pod('good', '{runtimeClassName: gvisor, containers: [{name: c, image: nginx}]}'));
    cluster.untilReady('good');
  });
});
