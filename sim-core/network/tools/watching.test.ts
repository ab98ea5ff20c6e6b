import { expect, it } from 'vitest';
import { SECOND, Task } from '../../engine/index.ts';
import type { ProcessStack } from '../stack.ts';
import { serveWhoAmI } from '../testing/test-network.ts';
import { TestProcess } from '../testing/test-process.ts';
import { TestServices } from '../testing/test-services.ts';
import { NETWORK_TOOLS } from './programs.ts';

function start(stack: ProcessStack, command: string): TestProcess {
  const argv = command.split(' ');
  const process = new TestProcess(NETWORK_TOOLS[argv[0]!]!, stack, argv);
  return process;
}

function run(stack: ProcessStack, command: string): string {
  const process = start(stack, command);
  const { engine } = stack.namespace.fabric;
  const end = engine.now + 10 * SECOND;
  while (process.code === undefined && (engine.nextTime() ?? end) < end) engine.step();
  return process.output;
}

/** A Service `web` at 10.96.0.50 with one endpoint on worker-2, and a client on worker-1. */
function service() {
  const all = new TestServices(['worker-1', 'worker-2'], 'iptables');
  const client = all.network.pod('worker-1', 'client');
  const server = all.network.pod('worker-2', 'server');
  serveWhoAmI(server, 80);
  all.service('web', {});
  all.endpoints('web', [{ address: server.address, node: 'worker-2' }]);
  all.settle();
  const { engine } = all.network;
  const after = (seconds: number) => engine.runUntil(engine.now + seconds * SECOND);
  const ask = (address = '10.96.0.50', port = 80) => {
    let said = '';
    new Task(engine, client.http(address, port, { path: '/' }, 5 * SECOND), (outcome) => {
      said =
        outcome.status === 'returned' ? String(outcome.value.status) : String((outcome as { error: unknown }).error);
    });
    after(6);
    return said;
  };
  const node = (name: string) => all.network.node(name).hostStack;
  return { all, client, server, ask, after, node };
}

/** What an interface saw, without times: `eth0 Out a > b [S]`. */
const seen = ({ output }: TestProcess) =>
  [...output.matchAll(/^\S+ (?:(\S+) +(In|Out) +)?IP (\S+) > (\S+): Flags \[(\S+)\], length \d+(: HTTP: .*)?$/gm)].map(
    ([, device = '', way = '', from, to, flags, http = '']) =>
      `${device} ${way} ${from} > ${to} [${flags}]${http}`.trim(),
  );

it('tcpdump shows a connection packet by packet, with the address as it is there', () => {
  const { client, server, ask, node } = service();
  const inPod = start(client, 'tcpdump -i eth0 -n tcp port 80');
  const onNode = start(node('worker-2'), 'tcpdump -i any -n host 10.244.1.2');
  const elsewhere = start(node('worker-2'), 'tcpdump -n udp');
  expect(ask()).toBe('200');
  const port = /10\.244\.1\.2\.(\d+) >/.exec(inPod.output)![1];
  const [near, vip, far] = [`${client.address}.${port}`, '10.96.0.50.80', `${server.address}.80`];
  expect(seen(inPod)).toEqual([
    `${near} > ${vip} [S]`,
    `${vip} > ${near} [S.]`,
    `${near} > ${vip} [.]`,
    `${near} > ${vip} [P.]: HTTP: GET / HTTP/1.1`,
    `${vip} > ${near} [.]`,
    `${vip} > ${near} [P.]: HTTP: HTTP/1.1 200 OK`,
    `${near} > ${vip} [.]`,
    `${near} > ${vip} [F.]`,
    `${vip} > ${near} [.]`,
    `${vip} > ${near} [F.]`,
    `${near} > ${vip} [.]`,
  ]);
  // On the other node the Service's address is gone, and each packet is seen on the cable, on the bridge and at the pod's port.
  expect(seen(onNode).slice(0, 3)).toEqual([
    `eth0 In ${near} > ${far} [S]`,
    `cni0 Out ${near} > ${far} [S]`,
    expect.stringMatching(`^veth\\S+ Out ${near} > ${far} \\[S\\]$`),
  ]);
  expect(onNode.output).not.toContain('10.96.0.50');
  expect(seen(elsewhere)).toEqual([]);
  for (const process of [inPod, onNode]) process.signal('SIGINT');
  client.namespace.fabric.engine.runUntil(client.namespace.fabric.engine.now + SECOND);
  expect(inPod.code).toBe(0);
  expect(inPod.output).toContain('11 packets captured');
  // Nobody watches any more.
  const before = onNode.output;
  ask();
  expect(onNode.output).toBe(before);
});

it('tcpdump shows what a refused and a lost connection look like', () => {
  const { all, client, ask } = service();
  const capture = start(client, 'tcpdump -i eth0 -n');
  expect(ask('10.244.2.2', 81)).toContain('refused');
  expect(seen(capture).map((line) => line.slice(-4))).toEqual([' [S]', '[R.]']);
  const lost = start(client, 'tcpdump -i eth0 -n');
  all.network.fabric.isolate('worker-2', true);
  expect(ask()).toContain('timed out');
  // A SYN, and the same again after one and three seconds, until the client gives up after five.
  expect(seen(lost).map((line) => line.slice(-4))).toEqual([' [S]', ' [S]', ' [S]']);
  all.endpoints('web', []);
  all.settle();
  const rejected = start(client, 'tcpdump -i eth0 -n');
  expect(ask()).toContain('refused');
  expect(rejected.output).toContain('ICMP 10.96.0.50 tcp port 80 unreachable, length 68');
});

it('tcpdump refuses filters and interfaces that do not exist', () => {
  const { client } = service();
  expect(run(client, 'tcpdump -i eth7')).toContain('tcpdump: eth7: No such device exists');
  expect(run(client, 'tcpdump port')).toContain("can't parse filter expression: syntax error");
  expect(run(client, 'tcpdump host nobody')).toContain("unknown host 'nobody'");
  expect(run(client, 'tcpdump ( tcp')).toContain('syntax error');
});

it('iptables -L counts what rules have met, on each node for itself', () => {
  const { ask, node } = service();
  const count = (name: string) =>
    Number(
      /^ *(\d+) +\d+ KUBE-SVC-\S+ .*default\/web/m.exec(run(node(name), 'iptables -t nat -nvL KUBE-SERVICES'))?.[1],
    );
  expect(count('worker-1')).toBe(0);
  for (let turn = 0; turn < 3; turn++) ask();
  expect(count('worker-1')).toBe(3);
  expect(count('worker-2')).toBe(0);
  expect(run(node('worker-1'), 'iptables-save -c -t nat')).toMatch(/\[3:180\] -A KUBE-SERVICES -d 10\.96\.0\.50\/32/);
  const plain = run(node('worker-1'), 'iptables -t nat -L KUBE-POSTROUTING -n --line-numbers');
  expect(plain.split('\n').slice(0, 3)).toEqual([
    'Chain KUBE-POSTROUTING (1 references)',
    'num  target     prot opt source               destination         ',
    '1    RETURN     all  --  0.0.0.0/0            0.0.0.0/0            mark match ! 0x4000/0x4000',
  ]);
  expect(run(node('worker-1'), 'iptables -L INPUT')).toContain('Chain INPUT (policy ACCEPT)');
  expect(run(node('worker-1'), 'iptables -L NOPE')).toBe('iptables: No chain/target/match by that name.\n');
  expect(run(node('worker-1'), 'iptables -A INPUT -j DROP')).toContain('does not change them');
});

it('conntrack -L shows a flow with both of its sides, until it is forgotten', () => {
  const { all, ask, after, node, server } = service();
  ask();
  const entry = () => run(node('worker-1'), 'conntrack -L -d 10.96.0.50');
  expect(entry()).toMatch(
    new RegExp(
      `^tcp {6}6 1\\d\\d TIME_WAIT src=10.244.1.2 dst=10.96.0.50 sport=(\\d+) dport=80 src=${server.address} dst=10.244.1.2 sport=80 dport=\\1 \\[ASSURED\\] mark=0 use=1`,
    ),
  );
  after(125);
  expect(entry()).toContain('0 flow entries');
  all.network.fabric.isolate('worker-2', true);
  ask();
  expect(entry()).toContain('SYN_SENT');
  expect(entry()).toContain('[UNREPLIED]');
});
