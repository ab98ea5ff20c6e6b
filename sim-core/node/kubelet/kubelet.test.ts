import { describe, expect, it } from 'vitest';
import { parseTime, SECOND } from '../../engine/index.ts';
import { leases } from '../../resources/lease.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { EXITS_1, SLEEPER, sh, TestKubelets } from './testing.ts';

describe('the node', () => {
  it('registers, heartbeats, and tells how it is', () => {
    const cluster = new TestKubelets();
    cluster.settle();
    const { conditions } = cluster.node().status;
    expect(conditions!.map(({ type, status, reason, message }) => `${type} ${status} ${reason} ${message}`)).toEqual([
      'MemoryPressure False KubeletHasSufficientMemory kubelet has sufficient memory available',
      'DiskPressure False KubeletHasNoDiskPressure kubelet has no disk pressure',
      'PIDPressure False KubeletHasSufficientPID kubelet has sufficient PID available',
      'Ready True KubeletReady kubelet is posting ready status',
    ]);
    const renewed = () => parseTime(cluster.client.get(leases, 'kube-node-lease', 'worker-1').spec.renewTime!)!;
    const before = renewed();
    cluster.wait(60);
    expect((renewed() - before) / SECOND).toBeGreaterThan(40);
    const heartbeat = cluster.node().status.conditions![0]!.lastHeartbeatTime;
    cluster.wait(301);
    expect(cluster.node().status.conditions![0]!.lastHeartbeatTime).not.toBe(heartbeat);
  });

  it('without a network is not ready, and pods wait for it', () => {
    const cluster = new TestKubelets();
    cluster.settle();
    const works = cluster.network.notReady;
    cluster.network.notReady = () => 'cni plugin not initialized';
    cluster.pod('app', SLEEPER);
    cluster.pod('host', SLEEPER, { hostNetwork: true });
    cluster.until(() => cluster.state('host') === 'running');
    cluster.wait(12);
    const text =
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
    expect(cluster.node().status.conditions!.at(-1)).toMatchObject({ reason: 'KubeletNotReady', message: text });
    expect(cluster.events('worker-1')).toContain('Normal NodeNotReady Node worker-1 status is now: NodeNotReady');
    expect(cluster.events('app')[0]).toContain(`Warning NetworkNotReady network is not ready: ${text}`);
    cluster.network.notReady = works;
    cluster.until(() => cluster.state('app') === 'running', 10);
  });

  it('goes on running pods while no API server answers, and tells later', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.pod('short', sh('sleep 20'), { restartPolicy: 'Never' });
    cluster.until(() => cluster.state('short') === 'running');
    cluster.server.setServing(false);
    cluster.wait(60);
    cluster.server.setServing(true);
    expect(cluster.state('short')).toBe('running');
    cluster.until(() => cluster.get('short').status.phase === 'Succeeded', 60);
    expect(cluster.status('app')).toMatchObject({ restartCount: 0, ready: true });
  });

  it('tells of a cordon, and anew how it is when its kubelet was started again', () => {
    const cluster = new TestKubelets();
    cluster.settle();
    const told = () =>
      cluster.events('worker-1').filter((event) => event.includes('Schedulable') || event.includes('Memory'));
    const cordon = (unschedulable: boolean) => {
      cluster.client.patch(nodes, undefined, 'worker-1', 'merge', { spec: { unschedulable } });
      cluster.wait(12);
    };
    const memory = 'Normal NodeHasSufficientMemory Node worker-1 status is now: NodeHasSufficientMemory';
    expect(told()).toEqual([memory]);
    cordon(true);
    cluster.machine.stopKubelet();
    cluster.machine.startKubelet();
    cluster.wait(12);
    const closed = 'Normal NodeNotSchedulable Node worker-1 status is now: NodeNotSchedulable';
    expect(told()).toEqual([memory, closed, memory, closed]);
    cordon(false);
    expect(told().at(-1)).toBe('Normal NodeSchedulable Node worker-1 status is now: NodeSchedulable');
  });

  it('that loses power says nothing; when it is back, it starts its pods again', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    const before = cluster.get('app');
    const off = cluster.engine.now / 1000;
    cluster.machine.powerOff();
    cluster.wait(120);
    expect(cluster.get('app').metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    cluster.machine.powerOn();
    cluster.until(() => cluster.status('app').restartCount === 1 && cluster.status('app').ready, 120);
    expect(cluster.events('app')).toContain(
      'Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.',
    );
    expect(
      cluster
        .events('worker-1')
        .some((event) => event.startsWith('Warning Rebooted Node worker-1 has been rebooted, boot id: ')),
    ).toBe(true);
    const terminated = cluster.status('app').lastState!.terminated!;
    expect(terminated).toMatchObject({ exitCode: 255, reason: 'Unknown' });
    // containerd was not there when the power went: it notices when it is started again.
    expect(Date.parse(terminated.finishedAt!) - off).toBeGreaterThan(120_000);
  });

  it('whose kubelet restarts leaves containers alone', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    const { containerID } = cluster.status('app');
    cluster.machine.stopKubelet();
    cluster.wait(30);
    cluster.machine.startKubelet();
    cluster.wait(30);
    expect(cluster.status('app')).toMatchObject({ containerID, restartCount: 0, ready: true });
  });

  it('that is rebooted in good order ends its pods first', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    cluster.machine.reboot(20);
    cluster.wait(5);
    expect(cluster.get('app').status).toMatchObject({
      phase: 'Failed',
      reason: 'Terminated',
      message: 'Pod was terminated in response to imminent node shutdown.',
    });
    expect(cluster.node().status.conditions!.at(-1)).toMatchObject({
      status: 'False',
      message: 'node is shutting down',
    });
    cluster.pod('late', SLEEPER);
    cluster.wait(1);
    expect(cluster.get('late').status).toMatchObject({ phase: 'Failed', reason: 'NodeShutdown' });
    cluster.wait(60);
    expect(cluster.node().status.conditions!.at(-1)).toMatchObject({ status: 'True', reason: 'KubeletReady' });
  });

  it('cut off from the network still restarts what crashes', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', sh('sleep 30; exit 1'));
    cluster.until(() => cluster.state('app') === 'running');
    cluster.machine.setConnected(false);
    cluster.wait(100);
    expect(cluster.status('app').restartCount).toBe(0);
    cluster.machine.setConnected(true);
    cluster.until(() => cluster.status('app').restartCount >= 2, 60);
  });

  it('short of memory evicts what uses most beyond its request', () => {
    const cluster = new TestKubelets({ node: { memory: 1024 ** 3 } });
    const hog = (megabytes: number) => ({
      image: 'polinux/stress',
      command: ['stress', '--vm', '1', '--vm-bytes', `${megabytes}M`],
    });
    cluster.pod('small', SLEEPER);
    cluster.pod('big', hog(550));
    cluster.until(() => cluster.get('big').status.phase === 'Failed', 120);
    const { status } = cluster.get('big');
    expect(status.reason).toBe('Evicted');
    expect(status.message).toMatch(
      /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \d+\w*\. Container main was using \d+\w*, request is 0, has larger consumption of memory\. $/,
    );
    expect(cluster.condition('big', 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'TerminationByKubelet',
    });
    expect(cluster.node().status.conditions![0]).toMatchObject({
      status: 'True',
      reason: 'KubeletHasInsufficientMemory',
    });
    expect(cluster.state('small')).toBe('running');
    cluster.wait(330);
    expect(cluster.node().status.conditions![0]!.status).toBe('False');
  });

  it('whose disk is full says so and evicts', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', SLEEPER);
    cluster.settle();
    cluster.machine.fillDisk(1024 ** 3);
    cluster.until(() => cluster.get('app').status.reason === 'Evicted', 60);
    expect(cluster.node().status.conditions!.find(({ type }) => type === 'DiskPressure')).toMatchObject({
      status: 'True',
      reason: 'KubeletHasDiskPressure',
    });
  });

  it('whose disk has no images to spare says so, and once more when that happens again', () => {
    const cluster = new TestKubelets();
    // 85% used: images are collected, and the kubelet does not evict yet.
    cluster.machine.fillDisk(15 * 1024 ** 3);
    const told = () =>
      cluster.events('worker-1').map((event) => event.replace(/\d+ bytes/g, 'N bytes').replace(/ ×\d+$/, ''));
    const text =
      'Failed to garbage collect required amount of images. Attempted to free N bytes, but only found N bytes eligible to free.';
    cluster.wait(320);
    expect(told()).toContain(`Warning FreeDiskSpaceFailed ${text}`);
    expect(told()).not.toContain(`Warning ImageGCFailed ${text}`);
    cluster.wait(300);
    expect(told()).toContain(`Warning ImageGCFailed ${text}`);
  });

  it('evicts a pod that outgrows its emptyDir', () => {
    const cluster = new TestKubelets();
    cluster.pod(
      'app',
      {
        ...sh('yes | head -c 2000000 > /work/big; sleep 1000'),
        volumeMounts: [{ name: 'work', mountPath: '/work' }],
      },
      { volumes: [{ name: 'work', emptyDir: { sizeLimit: '1Mi' } }] },
    );
    cluster.until(() => cluster.get('app').status.reason === 'Evicted', 60);
    expect(cluster.get('app').status.message).toBe('Usage of EmptyDir volume "work" exceeds the limit "1Mi". ');
  });
});

describe('static pods', () => {
  const manifest = (command: string[]) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'etcd', namespace: 'kube-system', labels: { tier: 'control-plane' } },
      spec: {
        hostNetwork: true,
        containers: [{ name: 'etcd', image: 'busybox:1.36', command, terminationMessagePath: '/dev/termination-log' }],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
      },
    });
  const node = { parseManifest: JSON.parse, manifests: { 'etcd.yaml': manifest(SLEEPER.command) } };

  it('run from their file and are shown by a mirror that cannot be got rid of', () => {
    const cluster = new TestKubelets({ node });
    const shown = () => cluster.find('etcd-worker-1', 'kube-system');
    cluster.until(() => shown()?.status.phase === 'Running', 60);
    const mirror = shown()!;
    expect(mirror.metadata.annotations).toMatchObject({ 'kubernetes.io/config.source': 'file' });
    expect(mirror.metadata.ownerReferences![0]).toMatchObject({ kind: 'Node', name: 'worker-1' });
    expect(mirror.status.podIP).toBe('10.0.0.11');
    cluster.client.delete(pods, 'kube-system', 'etcd-worker-1');
    cluster.until(() => shown() !== undefined && shown()!.metadata.uid !== mirror.metadata.uid, 30);
    cluster.settle();
    expect(shown()!.status.containerStatuses![0]).toMatchObject({
      restartCount: 0,
      containerID: mirror.status.containerStatuses![0]!.containerID,
    });
    cluster.machine.writeManifest('etcd.yaml', undefined);
    cluster.until(() => shown() === undefined, 60);
  });

  it('run without any API server', () => {
    const cluster = new TestKubelets({ node: { ...node, manifests: {} } });
    cluster.settle();
    cluster.server.setServing(false);
    cluster.machine.writeManifest('etcd.yaml', manifest(SLEEPER.command));
    cluster.wait(30);
    expect(cluster.machine.runtime.listContainers({ state: 'CONTAINER_RUNNING' })).toHaveLength(1);
    cluster.server.setServing(true);
    cluster.until(() => cluster.find('etcd-worker-1', 'kube-system')?.status.phase === 'Running', 90);
  });
});

describe('what a kubelet does', () => {
  function run(level: 'off' | 'full') {
    const cluster = new TestKubelets({ trace: { level }, nodes: ['worker-1', 'worker-2'] });
    cluster.pod('web', { name: 'web', image: 'nginx:1.27', readinessProbe: { httpGet: { path: '/', port: 80 } } });
    cluster.pod('crash', EXITS_1, { nodeName: 'worker-2' });
    cluster.pod('gone', { image: 'nginx:1.99' });
    cluster.wait(120);
    cluster.client.delete(pods, 'default', 'web');
    cluster.wait(60);
    const { store } = cluster.server;
    return { cluster, dump: JSON.stringify(store.tableNames().map((table) => store.list(table))) };
  }

  it('follows from the seed alone, watched or not', () => {
    const { dump } = run('full');
    expect(run('full').dump).toBe(dump);
    expect(run('off').dump).toBe(dump);
  });

  it('is in the trace with its causes', () => {
    const { trace } = run('full').cluster.engine;
    const told = trace
      .since(0)
      .find(({ kind, data }) => kind === 'podStatus' && 'ready' in data && data.pod === 'default/web' && data.ready);
    const kinds = trace.chain(told!.id).map(({ kind, data }) => (kind === 'cri' && 'name' in data ? data.name : kind));
    // It is ready because a probe said so, because the container was started, because the pod was synced, because someone made it.
    expect(kinds).toContain('probe');
    expect(kinds).toContain('CONTAINER_STARTED_EVENT');
    expect(kinds.filter((kind) => kind === 'podSync').length).toBeGreaterThan(0);
    expect(kinds.at(-1)).toBe('request');
  });
});
