import { type Engine, MILLISECOND, type Micros, type RandomStream } from '../engine/index.ts';
import { contains, type IPv4, ipv4, type Prefix, prefix } from './ipv4.ts';
import { KernelSettings } from './kernel-settings.ts';
import type { LoadBalancer } from './load-balancer.ts';
import { NetworkNamespace } from './namespace.ts';
import type { Count } from './netfilter/rule.ts';
import { Revision } from './revision.ts';
import './trace.ts';

export interface FabricOptions {
  readonly engine: Engine;
  /** Network of the machines. Default 10.0.0.0/16. */
  readonly network?: string;
  /** One-way time between two machines, microseconds. Default 150. */
  readonly latency?: Micros;
  /** One-way time between the cluster and the world outside. Default 5 ms. */
  readonly outsideLatency?: Micros;
}

/** A machine: a node, or a computer outside of the cluster. */
export class Machine {
  readonly fabric: Fabric;
  readonly name: string;
  readonly address: IPv4;
  /** Whether it is somewhere on the Internet rather than on the cluster's own network. */
  readonly outside: boolean;
  readonly namespace: NetworkNamespace;
  readonly random: RandomStream;
  /** Of its network and its pods'. */
  readonly revision = new Revision();
  /** What counts the packets of ways on it that are remembered: mostly the same for all of them, and kept once. */
  wayCounts: Count[] = [];
  private running = true;

  constructor(fabric: Fabric, name: string, address: IPv4, outside: boolean) {
    this.fabric = fabric;
    this.name = name;
    this.address = address;
    this.outside = outside;
    this.random = fabric.engine.random(`network/${name}`);
    this.namespace = new NetworkNamespace(this, name, outside ? KernelSettings.FIRST : KernelSettings.OF_MACHINES);
  }

  /** A machine without power answers nothing. */
  get powered(): boolean {
    return this.running;
  }

  set powered(powered: boolean) {
    this.running = powered;
    this.revision.changed();
  }
}

/** Within a machine, each namespace that handles a packet takes so long. */
export const LOCAL_LATENCY: Micros = 8;

/**
 * The cables: machines on one network with a gateway to the world outside, the time packets take between them, and what
 * is broken. Everything above (pods, bridges, tunnels, rules) lives inside the machines.
 */
export class Fabric {
  readonly engine: Engine;
  readonly network: Prefix;
  readonly gateway: IPv4;
  readonly latency: Micros;
  readonly outsideLatency: Micros;
  /** Load balancers outside of the cluster, by the address they answer at. */
  readonly loadBalancers = new Map<IPv4, LoadBalancer>();
  /** How many programs watch packets just now. */
  taps = 0;
  private readonly byAddress = new Map<IPv4, Machine>();
  private readonly byName = new Map<string, Machine>();
  private readonly isolated = new Set<Machine>();
  private readonly severed = new Set<string>();
  private readonly slow = new Map<Machine, { delay: Micros; loss: number }>();
  /** Counts journeys, to trace one in so many. */
  private journeys = 0;

  constructor(options: FabricOptions) {
    this.engine = options.engine;
    this.network = prefix(options.network ?? '10.0.0.0/16');
    this.gateway = this.network.network + 1;
    this.latency = options.latency ?? 150;
    this.outsideLatency = options.outsideLatency ?? 5 * MILLISECOND;
  }

  /** Connects a machine. One outside of the machines' network is taken to be on the Internet. */
  addMachine(name: string, address: string): Machine {
    const number = ipv4(address);
    const outside = !contains(this.network, number);
    const machine = new Machine(this, name, number, outside);
    const { namespace } = machine;
    const card = namespace.addInterface('eth0', 'ethernet');
    namespace.addAddress(card, { address: number, bits: outside ? 24 : this.network.bits });
    namespace.routes.replace({
      network: 0,
      bits: 0,
      via: outside ? ((number & 0xffffff00) >>> 0) + 1 : this.gateway,
      device: 'eth0',
    });
    this.byAddress.set(number, machine);
    this.byName.set(name, machine);
    return machine;
  }

  /** Takes a machine away for good. */
  removeMachine(name: string): void {
    const machine = this.byName.get(name);
    if (machine === undefined) return;
    machine.powered = false;
    machine.namespace.destroy();
    this.byName.delete(name);
    this.byAddress.delete(machine.address);
    this.isolated.delete(machine);
    this.slow.delete(machine);
  }

  machine(name: string): Machine | undefined {
    return this.byName.get(name);
  }

  machineAt(address: IPv4): Machine | undefined {
    return this.byAddress.get(address);
  }

  get machines(): Iterable<Machine> {
    return this.byName.values();
  }

  /** Pulls a machine's cable, or plugs it in again: it reaches nobody, and nobody it. */
  isolate(name: string, isolated: boolean): void {
    const machine = this.byName.get(name);
    if (machine === undefined || this.isolated.has(machine) === isolated) return;
    if (isolated) this.isolated.add(machine);
    else this.isolated.delete(machine);
    this.engine.emit('network', name, { where: name, what: isolated ? 'cable pulled' : 'cable plugged in' });
  }

  /** Cuts, or mends, the way between two machines only. */
  sever(a: string, b: string, severed: boolean): void {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    if (severed) this.severed.add(key);
    else this.severed.delete(key);
    this.engine.emit('network', a, { where: a, what: severed ? `no way to ${b}` : `way to ${b} mended` });
  }

  /** Makes a machine's cable slow or lossy: added one-way delay in microseconds, and share of packets lost (0 to 1). */
  degrade(name: string, delay: Micros, loss: number): void {
    const machine = this.byName.get(name);
    if (machine === undefined) return;
    if (delay === 0 && loss === 0) this.slow.delete(machine);
    else this.slow.set(machine, { delay, loss });
  }

  /** Whether packets pass between two machines now. */
  linked(a: Machine, b: Machine): boolean {
    if (!a.powered || !b.powered) return false;
    if (a === b) return true;
    if (this.isolated.size > 0 && (this.isolated.has(a) || this.isolated.has(b))) return false;
    return (
      this.severed.size === 0 || !this.severed.has(a.name < b.name ? `${a.name} ${b.name}` : `${b.name} ${a.name}`)
    );
  }

  /** One-way time between two machines. */
  delay(a: Machine, b: Machine): Micros {
    let delay = a.outside || b.outside ? this.outsideLatency : this.latency;
    if (this.slow.size > 0) delay += (this.slow.get(a)?.delay ?? 0) + (this.slow.get(b)?.delay ?? 0);
    return delay;
  }

  /** Whether a packet between two machines is lost just now, on a lossy cable. */
  loses(a: Machine, b: Machine): boolean {
    if (this.slow.size === 0) return false;
    const loss = Math.max(this.slow.get(a)?.loss ?? 0, this.slow.get(b)?.loss ?? 0);
    return loss > 0 && a.random.fraction() < loss;
  }

  /** Whether the journey that begins now is to be written down: all at trace level `full`, one in 16 when sampled. */
  traced(): boolean {
    const traced = this.nextTraced;
    this.journeys++;
    return traced;
  }

  /** Whether the next journey will be. */
  get nextTraced(): boolean {
    return this.tracesAnyOf(1);
  }

  /** Whether one of the next so many journeys will be. */
  tracesAnyOf(count: number): boolean {
    const { level } = this.engine.trace;
    return level === 'full' || (level === 'sampled' && Math.ceil(this.journeys / 16) * 16 < this.journeys + count);
  }

  /** Counts journeys that are not written down. */
  untraced(count: number): void {
    this.journeys += count;
  }
}
