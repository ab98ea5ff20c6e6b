import { describe, expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import type { ProcessStack } from '../stack.ts';
import { serveWhoAmI, TestNetwork } from '../testing/test-network.ts';
import { TestProcess } from '../testing/test-process.ts';
import { TestServices } from '../testing/test-services.ts';
import { NETWORK_TOOLS } from './programs.ts';

function run(stack: ProcessStack, command: string): string {
  const argv = command.split(' ');
  const process = new TestProcess(NETWORK_TOOLS[argv[0]!]!, stack, argv);
  const { engine } = stack.namespace.fabric;
  const end = engine.now + 120 * SECOND;
  while (process.code === undefined && (engine.nextTime() ?? end) < end) engine.step();
  return process.output;
}

describe('a node and a pod show their network as Linux does', () => {
  it('ip', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    expect(run(a, 'ip route')).toBe(
      'default via 10.244.1.1 dev eth0 \n10.244.1.0/24 dev eth0 proto kernel scope link src 10.244.1.2 \n',
    );
    expect(run(a, 'ip a')).toBe(
      [
        '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
        '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
        '    inet 127.0.0.1/8 scope host lo',
        '       valid_lft forever preferred_lft forever',
        '2: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default',
        '    link/ether 0a:58:0a:f4:01:02 brd ff:ff:ff:ff:ff:ff link-netnsid 0',
        '    inet 10.244.1.2/24 scope global eth0',
        '       valid_lft forever preferred_lft forever',
        '',
      ].join('\n'),
    );
    const node = network.node('worker-1').hostStack;
    expect(run(node, 'ip route')).toBe(
      'default via 10.0.0.1 dev eth0 \n10.0.0.0/16 dev eth0 proto kernel scope link src 10.0.0.11 \n10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 \n10.244.2.0/24 via 10.0.0.12 dev eth0 \n',
    );
    expect(run(node, 'ip route get 10.244.2.7')).toContain('10.244.2.7 via 10.0.0.12 dev eth0 src 10.0.0.11');
    expect(run(node, 'ip link')).toContain('master cni0 state UP');
    expect(run(node, 'ip neigh')).toContain('10.244.1.2 dev cni0 lladdr 0a:58:0a:f4:01:02 REACHABLE \n');
    expect(run(node, 'ip -br addr')).toContain('cni0             UP             10.244.1.1/24 \n');
    expect(run(node, 'ip addr show dev cni0')).toMatch(/^\d+: cni0: /);
    expect(run(node, 'ip link show nope')).toBe('Device "nope" does not exist.\n');
    expect(run(a, 'ip route del default')).toBe('RTNETLINK answers: Operation not permitted\n');
  });

  it('ip takes routes and interfaces of a machine away, and gives them back', () => {
    const network = new TestNetwork();
    const c = network.pod('worker-2', 'c');
    const node = network.node('worker-1').hostStack;
    const ping = () => run(node, `ping -c 1 -W 1 ${c.address}`);
    expect(ping()).toContain(' 0% packet loss');
    expect(run(node, 'ip route del 10.244.2.0/24')).toBe('');
    expect(run(node, 'ip route del 10.244.2.0/24')).toBe('RTNETLINK answers: No such process\n');
    expect(ping()).toContain('100% packet loss');
    expect(run(node, 'ip route add 10.244.2.0/24 via 172.16.0.1')).toBe('Error: Nexthop has invalid gateway.\n');
    expect(run(node, 'ip route add 10.244.2.0/24 via 10.0.0.12')).toBe('');
    expect(run(node, 'ip route add 10.244.2.0/24 via 10.0.0.12')).toBe('RTNETLINK answers: File exists\n');
    expect(ping()).toContain(' 0% packet loss');
    run(node, 'ip link set eth0 down');
    expect(run(node, 'ip link show eth0')).toContain('state DOWN');
    expect(ping()).toContain('100% packet loss');
    run(node, 'ip link set dev eth0 up');
    expect(ping()).toContain(' 0% packet loss');
    expect(run(node, 'ip link set eth9 up')).toBe('Cannot find device "eth9"\n');
    expect(run(node, 'ip tunnel add x')).toContain('no more');
  });

  it('ip in one line each, and the rules of routing', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    expect(run(a, 'ip -4 -o addr show eth0')).toMatch(
      /^\d+: eth0 {4}inet 10\.244\.\d+\.\d+\/24 scope global eth0\\ +valid_lft forever preferred_lft forever\n$/,
    );
    expect(run(a, 'ip -o link').split('\n')).toHaveLength(3);
    expect(run(a, 'ip rule')).toContain('32766:\tfrom all lookup main\n');
  });

  it('ss', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    serveWhoAmI(a, 8080);
    expect(run(a, 'ss -tuln')).toBe(
      'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp   LISTEN 0      4096   0.0.0.0:8080       0.0.0.0:*\n',
    );
    expect(run(a, 'ss -tln')).toBe(
      'State  Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0      4096   0.0.0.0:8080       0.0.0.0:*\n',
    );
    expect(run(a, 'ss -uln').split('\n')).toHaveLength(2);
    expect(run(a, 'ss -tn').split('\n')).toHaveLength(2);
  });

  it('iptables and ipvsadm', () => {
    const all = new TestServices(['worker-1'], 'ipvs');
    all.service('web', { sessionAffinity: 'ClientIP' });
    all.endpoints('web', [{ address: '10.244.1.9' }]);
    all.settle();
    const node = all.network.node('worker-1').hostStack;
    expect(run(node, 'ipvsadm -Ln')).toBe(
      [
        'IP Virtual Server version 1.2.1 (size=4096)',
        'Prot LocalAddress:Port Scheduler Flags',
        '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
        'TCP  10.96.0.50:80 rr persistent 10800',
        '  -> 10.244.1.9:80                Masq    1      0          0',
        '',
      ].join('\n'),
    );
    expect(run(node, 'ip addr')).toContain('inet 10.96.0.50/32 scope global kube-ipvs0');
    expect(run(node, 'iptables -t nat -S KUBE-MARK-MASQ')).toBe(
      '-N KUBE-MARK-MASQ\n-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n',
    );
    expect(run(node, 'iptables-save -t nat')).toMatch(
      /^# Generated by iptables-save v1\.8\.9 on Mon Jan {2}5 \d\d:\d\d:\d\d 2026\n\*nat\n:PREROUTING ACCEPT \[0:0\]\n(.*\n)*COMMIT\n# Completed on .*\n$/,
    );
    expect(run(node, 'iptables -S NOPE')).toBe('iptables: No chain/target/match by that name.\n');
  });

  it('ping and traceroute', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const c = network.pod('worker-2', 'c');
    expect(run(a, `ping -c 2 ${c.address}`)).toBe(
      [
        'PING 10.244.2.2 (10.244.2.2): 56 data bytes',
        '64 bytes from 10.244.2.2: seq=0 ttl=62 time=0.364 ms',
        '64 bytes from 10.244.2.2: seq=1 ttl=62 time=0.364 ms',
        '',
        '--- 10.244.2.2 ping statistics ---',
        '2 packets transmitted, 2 packets received, 0% packet loss',
        'round-trip min/avg/max = 0.364/0.364/0.364 ms',
        '',
      ].join('\n'),
    );
    expect(run(a, `traceroute ${c.address}`).replace(/\d\.\d+ ms/g, 'T')).toBe(
      'traceroute to 10.244.2.2 (10.244.2.2), 30 hops max, 46 byte packets\n 1  10.244.1.1  T\n 2  10.0.0.12  T\n 3  10.244.2.2  T\n',
    );
    // A cluster IP is no interface's address: nobody answers there.
    expect(run(a, 'ping -c 1 -W 1 10.96.0.50')).toContain(
      '1 packets transmitted, 0 packets received, 100% packet loss',
    );
    network.fabric.isolate('worker-2', true);
    expect(run(a, `traceroute -m 3 ${c.address}`)).toContain(' 2  *\n 3  *\n');
  });
});
