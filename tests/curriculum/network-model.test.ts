import { beforeAll, describe, expect, test } from 'vitest';
import { Stage } from './stage.ts';

/** The row `network-model` of the curriculum, sentence by sentence: seen to hold, broken, seen to fail, mended. */
let stage: Stage;
beforeAll(() => {
  stage = new Stage();
});

const addressOf = (name: string): string => stage.get('Pod', name).status.podIP;
/** Pulls a node's cable, or plugs it in again. */
const cable = (connected: boolean) => stage.cluster.inject({ type: 'node-network', node: 'worker-2', connected });

describe('pod to pod without NAT', () => {
  test('a pod reaches every other by its address, and is seen with its own', () => {
    const own = addressOf('client');
    for (const { status } of stage.list('Pod', 'app=web'))
      expect(stage.curl(`http://${status.podIP}:8080/clientip`)).toMatch(new RegExp(`^${own}:\\d+$`));
  });

  test('packets between two nodes bear both pods’ addresses on the cable', () => {
    const { status } = stage.podOn('worker-2');
    stage.exec('client', `sh -c 'sleep 1; curl -s http://${status.podIP}:8080/hostname' > /tmp/out &`);
    const seen = stage.onNode('worker-2', 'tcpdump -i eth0 -n -c 1 tcp port 8080 2>/dev/null');
    expect(seen).toMatch(new RegExp(` IP ${addressOf('client')}\\.\\d+ > ${status.podIP}\\.8080: Flags \\[S\\]`));
  });

  test('broken: a node’s cable is pulled; its pods are lost, the others are not; mended, they meet again', () => {
    const [near, far] = [stage.podOn('worker-1'), stage.podOn('worker-2')];
    cable(false);
    expect(stage.curl(`http://${far.status.podIP}:8080/hostname`)).toBe('curl 28');
    expect(stage.curl(`http://${near.status.podIP}:8080/hostname`)).toBe(near.metadata.name);
    expect(stage.ask(`ping -c 1 -W 1 ${far.status.podIP}`)).toContain('100% packet loss');
    cable(true);
    expect(stage.curl(`http://${far.status.podIP}:8080/hostname`)).toBe(far.metadata.name);
  });
});

describe('node to pod without NAT', () => {
  test('a node reaches pods of its own and of other nodes, and they see the node’s address', () => {
    for (const node of ['worker-1', 'worker-3']) {
      const { status } = stage.podOn(node);
      const said = stage.onNode('worker-1', `curl -s http://${status.podIP}:8080/clientip`);
      // On its own node the bridge is the way, and the bridge's address the sender's.
      expect(said).toMatch(node === 'worker-1' ? /^10\.244\.1\.1:\d+$/ : /^10\.0\.0\.11:\d+$/);
    }
  });

  test('broken: without a route to a node’s pods, its pods are unreachable from there; mended, they are not', () => {
    const { status } = stage.podOn('worker-2');
    expect(stage.onNode('worker-1', `ip route get ${status.podIP}`)).toContain('via 10.0.0.12 dev eth0');
    stage.onNode('worker-1', 'ip route del 10.244.2.0/24');
    expect(stage.onNode('worker-1', `curl -sS -m 2 http://${status.podIP}:8080/hostname`)).toContain('curl: (28)');
    expect(stage.onNode('worker-1', 'ip route')).not.toContain('10.244.2.0/24');
    expect(stage.onNode('worker-3', `curl -s http://${status.podIP}:8080/hostname`)).toMatch(/^web-/);
    stage.onNode('worker-1', 'ip route add 10.244.2.0/24 via 10.0.0.12 dev eth0');
    expect(stage.onNode('worker-1', `curl -s http://${status.podIP}:8080/hostname`)).toMatch(/^web-/);
  });
});

describe('a pod’s own address is the one that others see', () => {
  test('what the API, the pod itself and its peers say is the same', () => {
    const address = addressOf('client');
    expect(stage.ask('ip addr show eth0')).toContain(`inet ${address}/`);
    expect(stage.ask('hostname -i').trim()).toBe(address);
    const peer = stage.podOn('worker-3');
    expect(stage.curl(`http://${peer.status.podIP}:8080/clientip`).split(':')[0]).toBe(address);
  });

  test('the opposite: what leaves the cluster bears the node’s address, which is where to look for it outside', () => {
    stage.exec('client', "sh -c 'sleep 1; curl -s http://example.com' > /tmp/out &");
    const seen = stage.onNode('worker-1', 'tcpdump -i eth0 -n -c 1 host 198.51.100.80 2>/dev/null');
    expect(seen).toMatch(/ IP 10\.0\.0\.11\.\d+ > 198\.51\.100\.80\.80: Flags \[S\]/);
    expect(stage.onNode('worker-1', 'conntrack -L -d 198.51.100.80')).toMatch(
      new RegExp(`src=${addressOf('client')} dst=198\\.51\\.100\\.80 .* src=198\\.51\\.100\\.80 dst=10\\.0\\.0\\.11`),
    );
  });
});

describe('consequences for debugging and design', () => {
  test('every pod has a port space of its own: two on one node listen at the same port', () => {
    const taken = stage.list('Pod', 'app=web').map(({ spec }) => spec.containers[0].ports[0].containerPort);
    expect(new Set(taken)).toEqual(new Set([8080]));
  });

  test('a new pod has a new address: who remembers an old one asks nobody', () => {
    const old = stage.podOn('worker-3');
    stage.delete('Pod', old.metadata.name);
    stage.until(() => stage.podNames().length === 3 && stage.podNames().every((name) => stage.isReady(name)), 60);
    stage.until(() => !stage.has('Pod', old.metadata.name), 60);
    expect(stage.list('Pod', 'app=web').map(({ status }) => status.podIP)).not.toContain(old.status.podIP);
    expect(stage.ask(`curl -sS -m 5 http://${old.status.podIP}:8080/hostname`)).toContain('curl: (7)');
    // The Service knows the new one.
    expect(stage.answering('http://web')).toEqual(stage.podNames());
  });

  test('reaching a pod by its address tells a fault of the pod from one of what stands before it', () => {
    const { status, metadata } = stage.podOn('worker-1');
    stage.patch('Service', 'web', { spec: { selector: { app: 'wbe' } } });
    stage.wait(3);
    expect(stage.curl('http://web/hostname')).toBe('curl 7');
    expect(stage.curl(`http://${status.podIP}:8080/hostname`)).toBe(metadata.name);
    stage.patch('Service', 'web', { spec: { selector: { app: 'web' } } });
    stage.wait(3);
    expect(stage.curl('http://web/hostname')).toMatch(/^web-/);
  });
});
