import { type Engine, fnv32a, SECOND } from '../../engine/index.ts';
import { NetworkError } from '../../images/process.ts';
import type { Fabric, Machine } from '../fabric.ts';
import type { IPv4 } from '../ipv4.ts';
import { formatIPv4 } from '../ipv4.ts';
import type { LoadBalancer } from '../load-balancer.ts';
import { type Packet, PROTOCOL_NAMES, type ProtocolNumber } from '../packet.ts';
import type { ProcessStack } from '../stack.ts';
import '../trace.ts';

const CHECK_INTERVAL = 5 * SECOND;
const CHECK_TIMEOUT = SECOND;
/** Failures in a row after which a node gets no more packets, and successes after which it does again. */
const UNHEALTHY = 2;
const HEALTHY = 1;

interface Target {
  readonly machine: Machine;
  healthy: boolean;
  /** Checks in a row that said otherwise. */
  streak: number;
}

/**
 * A cloud's network load balancer: packets for its address go unchanged to one of the healthy nodes, the same for one connection; there
 * kube-proxy's rules take them on. Health is asked every five seconds, at kube-proxy's health port or, for traffic policy Local, at the
 * Service's own.
 */
export class NetworkLoadBalancer implements LoadBalancer {
  readonly address: IPv4;
  private readonly engine: Engine;
  private readonly fabric: Fabric;
  /** Where it asks from. */
  private readonly stack: ProcessStack;
  private readonly name: string;
  private readonly targets = new Map<string, Target>();
  private ports = new Set<string>();
  private checkPort = 0;
  private checkPath = '/healthz';
  private ended = false;

  constructor(fabric: Fabric, stack: ProcessStack, name: string, address: IPv4) {
    this.engine = fabric.engine;
    this.fabric = fabric;
    this.stack = stack;
    this.name = name;
    this.address = address;
    fabric.loadBalancers.set(address, this);
    this.later();
  }

  /** Sets what it balances: ports, nodes, and where nodes say how they are. */
  configure(
    ports: readonly { protocol: ProtocolNumber; port: number }[],
    nodes: readonly string[],
    check: { port: number; path: string },
  ): void {
    this.ports = new Set(ports.map(({ protocol, port }) => `${PROTOCOL_NAMES[protocol]}/${port}`));
    this.checkPort = check.port;
    this.checkPath = check.path;
    const wanted = new Set(nodes);
    for (const name of [...this.targets.keys()]) if (!wanted.has(name)) this.targets.delete(name);
    for (const name of nodes) {
      const machine = this.fabric.machine(name);
      if (machine === undefined || this.targets.has(name)) continue;
      const target: Target = { machine, healthy: false, streak: HEALTHY - 1 };
      this.targets.set(name, target);
      this.check(target);
    }
  }

  remove(): void {
    this.ended = true;
    if (this.fabric.loadBalancers.get(this.address) === this) this.fabric.loadBalancers.delete(this.address);
  }

  /** Names of the nodes that get packets now, sorted. */
  get healthy(): string[] {
    return [...this.targets]
      .filter(([, target]) => target.healthy)
      .map(([name]) => name)
      .sort();
  }

  choose(packet: Packet): Machine | undefined {
    if (!this.ports.has(`${PROTOCOL_NAMES[packet.protocol]}/${packet.destinationPort}`)) return undefined;
    const names = this.healthy;
    if (names.length === 0) return undefined;
    const flow = `${packet.protocol} ${packet.source}:${packet.sourcePort} ${packet.destination}:${packet.destinationPort}`;
    return this.targets.get(names[fnv32a(flow) % names.length]!)!.machine;
  }

  private later(): void {
    this.engine.background(CHECK_INTERVAL, () => {
      if (this.ended) return;
      for (const target of this.targets.values()) this.check(target);
      this.later();
    });
  }

  private check(target: Target): void {
    const address = formatIPv4(target.machine.address);
    this.stack.probeHttp(address, this.checkPort, { path: this.checkPath }, CHECK_TIMEOUT, (result) => {
      const healthy = !(result instanceof NetworkError) && result.status === 200;
      if (healthy === target.healthy) {
        target.streak = 0;
        return;
      }
      target.streak++;
      if (target.streak < (healthy ? HEALTHY : UNHEALTHY)) return;
      target.healthy = healthy;
      target.streak = 0;
      const what = `${target.machine.name} is ${healthy ? 'healthy' : 'unhealthy'}`;
      this.engine.emit('network', `load-balancer/${this.name}`, { where: this.name, what });
    });
  }
}
