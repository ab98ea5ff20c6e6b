import { beforeAll, describe, expect, test } from 'vitest';
import { conditionOf } from '../scenarios/scenario.ts';
import { Stage } from './stage.ts';

/** The row `cni` of the curriculum: one network by hand (a bridge and routes), one by an overlay, one by BGP. */
const stages = new Map<string, Stage>();
beforeAll(() => {
  for (const preset of ['two-workers', 'flannel', 'calico']) stages.set(preset, new Stage(preset));
});
const of = (preset: string) => stages.get(preset)!;
const isReady = (stage: Stage, node: string) => conditionOf(stage.get('Node', node), 'Ready')?.status === 'True';

const newPod = (name: string, node: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {nodeName: ${node}, terminationGracePeriodSeconds: 1, containers: [{name: c, image: nginx}]}}`;

describe('the interface runs on nodes, not in pods', () => {
  test.each([
    ['two-workers', '10-kindnet.conflist', 'bridge'],
    ['flannel', '10-flannel.conflist', 'flannel'],
    ['calico', '10-calico.conflist', 'calico'],
  ])('%s: configuration and plugin lie on the node’s disk', (preset, file, plugin) => {
    const stage = of(preset);
    expect(stage.onNode('worker-1', 'ls /etc/cni/net.d').trim()).toBe(file);
    expect(stage.onNode('worker-1', 'ls /opt/cni/bin').split('\n')).toEqual(
      expect.arrayContaining([plugin, 'portmap', 'loopback']),
    );
    expect(JSON.parse(stage.onNode('worker-1', `cat /etc/cni/net.d/${file}`)).plugins[0].type).toBe(plugin);
    expect(stage.exec('client', 'ls /etc/cni').code).not.toBe(0);
  });

  test('broken: without a configuration the node is not ready and new pods wait; old ones go on; mended, all runs', () => {
    const stage = of('two-workers');
    stage.onNode('worker-2', 'mv /etc/cni/net.d/10-kindnet.conflist /root/');
    stage.until(() => !isReady(stage, 'worker-2'), 60);
    expect(conditionOf(stage.get('Node', 'worker-2'), 'Ready')?.message).toBe(
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    );
    stage.apply(newPod('late', 'worker-2'));
    stage.wait(10);
    expect(stage.get('Pod', 'late').status.phase).toBe('Pending');
    expect(stage.events('Pod', 'late').join('\n')).toContain(
      'NetworkNotReady network is not ready: container runtime network not ready',
    );
    expect(stage.curl(`http://${stage.podOn('worker-2').status.podIP}:8080/hostname`)).toMatch(/^web-/);
    stage.onNode('worker-2', 'mv /root/10-kindnet.conflist /etc/cni/net.d/');
    stage.until(() => isReady(stage, 'worker-2'), 60);
    stage.untilReady('late');
  });

  test('broken: a configuration that names a plugin that is not there fails each sandbox; mended, the pod starts', () => {
    const stage = of('two-workers');
    stage.onNode('worker-1', 'sed -i \'s/"bridge",/"brigde",/\' /etc/cni/net.d/10-kindnet.conflist');
    stage.apply(newPod('lost', 'worker-1'));
    stage.wait(20);
    expect(stage.state('lost')).toBe('Waiting ContainerCreating');
    expect(stage.events('Pod', 'lost').join('\n')).toMatch(
      /FailedCreatePodSandBox Failed to create pod sandbox: .*failed to find plugin "brigde" in path \[\/opt\/cni\/bin\]/,
    );
    stage.onNode('worker-1', 'sed -i \'s/"brigde",/"bridge",/\' /etc/cni/net.d/10-kindnet.conflist');
    stage.untilReady('lost');
  });
});

describe('addresses and routes', () => {
  test('with host-local each node gives out its own pod CIDR, and others route that to it', () => {
    const stage = of('two-workers');
    for (const [node, other, via] of [
      ['worker-1', 'worker-2', '10.0.0.12'],
      ['worker-2', 'worker-1', '10.0.0.11'],
    ] as const) {
      const { podCIDR } = stage.get('Node', other).spec;
      expect(stage.onNode(node, 'ip route')).toContain(`${podCIDR} via ${via} dev eth0`);
      const prefix = podCIDR.replace(/\.0\/24$/, '.');
      expect(stage.podOn(other).status.podIP.startsWith(prefix)).toBe(true);
    }
  });

  test('no two pods have one address; one that is gone gives its own back', () => {
    const stage = of('two-workers');
    stage.apply(newPod('first', 'worker-2'));
    stage.untilReady('first');
    const all = stage.list('Pod').map(({ status }) => status.podIP);
    expect(new Set(all).size).toBe(all.length);
    stage.delete('Pod', 'first');
    stage.until(() => !stage.has('Pod', 'first'));
  });

  test('Calico’s nodes have blocks of 64, each pod is a route of its own, and the rest of a block is a black hole', () => {
    const stage = of('calico');
    const pod = stage.podOn('worker-2');
    const routes = stage.onNode('worker-2', 'ip route');
    expect(routes).toMatch(new RegExp(`^${pod.status.podIP} dev cali\\S+ scope link`, 'm'));
    expect(routes).toMatch(/^blackhole 10\.244\.\d+\.\d+\/26 proto bird/m);
    const block = /^blackhole (\S+)/m.exec(routes)![1]!;
    expect(stage.onNode('worker-1', 'ip route')).toContain(`${block} via 10.0.0.12 dev`);
    expect(stage.ask('ip route')).toContain('default via 169.254.1.1 dev eth0');
  });
});

describe('overlay or native routes', () => {
  test('Flannel wraps packets between nodes into VXLAN: the cable sees the nodes’ addresses, the inner packet the pods’', () => {
    const stage = of('flannel');
    const pod = stage.podOn('worker-2');
    stage.exec('client', `sh -c 'sleep 1; curl -s ${pod.status.podIP}:8080' > /tmp/out &`);
    const seen = stage.onNode('worker-2', 'tcpdump -i eth0 -n -c 1 udp port 8472 2>/dev/null');
    expect(seen).toMatch(
      / IP 10\.0\.0\.11\.\d+ > 10\.0\.0\.12\.8472: OTV, flags \[I\] \(0x08\), overlay 0, instance 1\n/,
    );
    expect(seen).toContain(`> ${pod.status.podIP}.8080: Flags [S]`);
    expect(stage.ask('ip link show eth0')).toContain('mtu 1450');
    expect(stage.onNode('worker-1', 'ip route')).toMatch(/10\.244\.\d+\.0\/24 via \S+ dev flannel\.1 onlink/);
  });

  test('broken: without its VXLAN interface a node is cut from the others’ pods; mended, it is not', () => {
    const stage = of('flannel');
    const { status } = stage.podOn('worker-2');
    stage.onNode('worker-1', 'ip link set flannel.1 down');
    expect(stage.curl(`http://${status.podIP}:8080/hostname`)).not.toMatch(/^web-/);
    expect(stage.curl(`http://${stage.podOn('worker-1').status.podIP}:8080/hostname`)).toMatch(/^web-/);
    stage.onNode('worker-1', 'ip link set flannel.1 up');
    expect(stage.curl(`http://${status.podIP}:8080/hostname`)).toMatch(/^web-/);
  });

  test('plain routes need no wrapping: the cable sees the pods’ addresses', () => {
    const stage = of('two-workers');
    const pod = stage.podOn('worker-2');
    stage.exec('client', `sh -c 'sleep 1; curl -s ${pod.status.podIP}:8080' > /tmp/out &`);
    expect(stage.onNode('worker-2', 'tcpdump -i eth0 -n -c 1 port 8080 2>/dev/null')).toMatch(
      new RegExp(` IP ${stage.get('Pod', 'client').status.podIP}\\.\\d+ > ${pod.status.podIP}\\.8080`),
    );
    expect(stage.ask('ip link show eth0')).toContain('mtu 1500');
  });
});

describe('a packet hop by hop', () => {
  test.each([['two-workers'], ['flannel'], ['calico']])('%s: traceroute names each router on the way', (preset) => {
    const stage = of(preset);
    const { status } = stage.podOn('worker-2');
    const hops = [...stage.ask(`traceroute -n ${status.podIP}`).matchAll(/^ *\d+ {2}(\S+)/gm)].map(([, hop]) => hop);
    expect(hops.length).toBeGreaterThanOrEqual(3);
    expect(hops.at(-1)).toBe(status.podIP);
  });

  test('a route that is missing half-way shows as the last hop that answers', () => {
    const stage = of('two-workers');
    const { status } = stage.podOn('worker-2');
    const trace = () => stage.ask(`traceroute -n -m 3 -w 1 ${status.podIP}`);
    expect(trace()).toContain(` 2  10.0.0.12 `);
    stage.onNode('worker-1', 'ip route del 10.244.2.0/24');
    expect(trace()).not.toContain('10.0.0.12');
    stage.onNode('worker-1', 'ip route add 10.244.2.0/24 via 10.0.0.12 dev eth0');
    expect(trace()).toContain(status.podIP);
  });
});

describe('an agent says what it has done', () => {
  test('flannel: its log, subnet.env, annotations of the Node, and the tunnel’s forwarding database', () => {
    const stage = of('flannel');
    const agent = () =>
      stage.list('Pod', 'app=flannel', 'kube-flannel').find(({ spec }) => spec.nodeName === 'worker-1')?.metadata
        .name ?? '';
    const log = () => stage.logs(agent(), '', 'kube-flannel');
    expect(log()).toContain('Found network config - Backend type: vxlan');
    expect(stage.onNode('worker-1', 'cat /run/flannel/subnet.env')).toBe(
      'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n',
    );
    const annotations = stage.get('Node', 'worker-2').metadata.annotations as Record<string, string>;
    const mac = JSON.parse(annotations['flannel.alpha.coreos.com/backend-data'] ?? '').VtepMAC as string;
    expect(annotations['flannel.alpha.coreos.com/public-ip']).toBe('10.0.0.12');
    expect(stage.onNode('worker-1', 'bridge fdb show dev flannel.1')).toContain(`${mac} dst 10.0.0.12 self permanent`);
    expect(stage.onNode('worker-1', 'ip neigh show dev flannel.1')).toContain(`10.244.2.0 lladdr ${mac} PERMANENT`);
    expect(stage.onNode('worker-1', 'ip -d link show flannel.1')).toContain('vxlan id 1 local 10.0.0.11 dev eth0');
    const before = agent();
    stage.delete('Pod', before, { gracePeriodSeconds: 0 }, 'kube-flannel');
    stage.until(() => !['', before].includes(agent()) && stage.isReady(agent(), 'kube-flannel'), 60);
    expect(log()).toContain('Wrote subnet file to /run/flannel/subnet.env');
  });

  test('Calico: its log and the Node’s address; pods’ cables all have one hardware address', () => {
    const stage = of('calico');
    const [agent] = stage.list('Pod', 'k8s-app=calico-node', 'kube-system');
    expect(stage.logs(agent!.metadata.name, '', 'kube-system')).toContain('Calico node started successfully');
    const annotations = stage.get('Node', 'worker-1').metadata.annotations as Record<string, string>;
    expect(annotations['projectcalico.org/IPv4Address']).toBe('10.0.0.11/16');
    expect(stage.ask('ip neigh')).toBe('169.254.1.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee REACHABLE \n');
  });
});
