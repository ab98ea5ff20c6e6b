import { type Micros, SECOND } from '../engine/index.ts';
import type { Capture, Outer } from './capture.ts';
import { LOCAL_LATENCY, type Machine } from './fabric.ts';
import type { Flow } from './flow-table.ts';
import type { NetworkInterface } from './interface.ts';
import { formatIPv4, type IPv4, isLoopback } from './ipv4.ts';
import type { NetworkNamespace } from './namespace.ts';
import type { Visit } from './netfilter/netfilter.ts';
import { rememberedRuleText } from './netfilter/save.ts';
import { destinationText, endpointText, type Packet, sourceText, TCP } from './packet.ts';
import type { Passage } from './passage.ts';
import { type Route, routeText } from './route-table.ts';
import type { Decision, Hop } from './trace.ts';

/** How a packet's way ended. */
export type Outcome = 'delivered' | 'rejected' | 'dropped' | 'unreachable' | 'expired';

/** Where a packet came to, and what the way was like. The packet itself bears the addresses that its receiver sees. */
export interface Journey {
  readonly outcome: Outcome;
  /** Namespace in which it ended. */
  readonly namespace: NetworkNamespace;
  /** One-way time, microseconds; when it did not arrive, the time until its sender hears so (a dropped one: never). */
  readonly latency: Micros;
  /** Machines on the way, in order: while one of the cables between them is cut, nothing more gets through. */
  readonly machines: readonly Machine[];
  /** Why it was dropped or found no way. */
  readonly why: string;
}

/** An address that nobody on a bridge answers for is given up after three ARP requests, a second apart. */
const ARP_FAILURE: Micros = 3 * SECOND;
/** First retransmission time-out, and how often the first packet of a connection is sent again (net.ipv4.tcp_syn_retries). */
const RETRANSMIT: Micros = SECOND;
const SYN_RETRIES = 6;
const MAX_STEPS = 64;

class Traveller {
  readonly packet: Packet;
  readonly hops: Hop[] | undefined;
  readonly visit: Visit | undefined;
  namespace: NetworkNamespace;
  /** Interface it came in on; empty for a packet made here. */
  from = '';
  latency: Micros = LOCAL_LATENCY;
  machines: Machine[];
  outcome: Outcome | undefined;
  why = '';
  readonly capture: Capture | undefined;
  readonly passage: Passage | undefined;
  /** The packet as it came into this namespace, for connection tracking. */
  private source = 0;
  private destination = 0;
  private destinationPort = 0;
  private flow: Flow | undefined;
  private sourceShown = -1;
  private destinationShown = -1;
  private portShown = -1;
  private fromText = '';
  private toText = '';

  constructor(
    namespace: NetworkNamespace,
    packet: Packet,
    hops: Hop[] | undefined,
    capture: Capture | undefined,
    passage: Passage | undefined,
  ) {
    this.namespace = namespace;
    this.capture = capture;
    this.passage = passage;
    passage?.through(namespace);
    this.packet = packet;
    this.hops = hops;
    this.machines = [namespace.machine];
    this.visit =
      hops === undefined
        ? undefined
        : {
            decided: (table, chain, rule) => {
              this.note(this.from, { by: 'rule', table, chain, rule: rememberedRuleText(chain, rule) });
              return hops.length;
            },
            undecided: (count) => {
              if (hops.length === count) hops.pop();
            },
          };
  }

  note(device: string, decision: Decision): void {
    if (this.hops === undefined) return;
    const { packet } = this;
    // Addresses seldom change from one step to the next: their texts are made anew only when they do.
    if (packet.source !== this.sourceShown) {
      this.sourceShown = packet.source;
      this.fromText = sourceText(packet);
    }
    if (packet.destination !== this.destinationShown || packet.destinationPort !== this.portShown) {
      this.destinationShown = packet.destination;
      this.portShown = packet.destinationPort;
      this.toText = destinationText(packet);
    }
    const { fromText: from, toText: to } = this;
    this.hops.push({ where: this.namespace.name, interface: device, decision, from, to });
  }

  /** Connection tracking looks at the packet before any rule does. */
  track(): void {
    const { packet } = this;
    this.source = packet.source;
    this.destination = packet.destination;
    this.destinationPort = packet.destinationPort;
  }

  /** All rules of this namespace have let it pass: its flow is remembered, with what they made of it. */
  confirm(): void {
    const { namespace, packet } = this;
    const { now } = namespace;
    const flow = namespace.flows.take(now);
    flow.since = now;
    flow.protocol = packet.protocol;
    flow.source = this.source;
    flow.sourcePort = packet.sourcePort;
    flow.destination = this.destination;
    flow.destinationPort = this.destinationPort;
    flow.replySource = packet.destination;
    flow.replySourcePort = packet.destinationPort;
    flow.replyDestination = packet.source;
    flow.outcome = 'under way';
    flow.before = this.flow;
    this.flow = flow;
    this.passage?.tracked(namespace, flow);
  }

  /** Goes on in another namespace. */
  goTo(namespace: NetworkNamespace): void {
    this.namespace = namespace;
    this.passage?.through(namespace);
  }

  /** Tells the tables on the way how it ended. */
  private tellFlows(outcome: Outcome): void {
    const { namespace, packet } = this;
    const heard =
      outcome !== 'delivered' ||
      namespace.socket(packet.protocol, packet.destinationPort, packet.destination) !== undefined;
    for (let flow = this.flow; flow !== undefined; ) {
      const { before } = flow;
      flow.outcome = heard ? outcome : 'refused';
      flow.before = undefined;
      flow = before;
    }
  }

  /** Shows it to those who watch an interface here. */
  pass(device: string, direction: 'In' | 'Out', outer?: Outer): void {
    this.capture?.pass(this.namespace, device, direction, this.packet, this.latency, outer);
  }

  end(outcome: Outcome, why = ''): void {
    this.outcome = outcome;
    this.why = why;
    if (this.flow !== undefined) this.tellFlows(outcome);
    if (outcome !== 'delivered') this.note(this.from, { by: 'drop', why });
  }
}

/**
 * Takes the first packet of a flow from where it is made to where it ends, through routes, bridges, tunnels and rules, one
 * namespace after the other, as a Linux kernel would. What the rules rewrite is rewritten in `packet`; a source of 0 is filled in.
 * `hops`, when given, receives what decided each step; `capture` is shown each interface that it passes; `passage` is told what the way
 * depended on.
 */
export function travel(
  start: NetworkNamespace,
  packet: Packet,
  hops?: Hop[],
  capture?: Capture,
  passage?: Passage,
): Journey {
  const traveller = new Traveller(start, packet, hops, capture, passage);
  if (!start.alive || !start.machine.powered) traveller.end('dropped', 'the namespace is gone');
  else send(traveller);
  for (let steps = 0; traveller.outcome === undefined; steps++) {
    if (steps > MAX_STEPS) traveller.end('dropped', 'it goes round in circles');
    else receive(traveller);
  }
  return {
    outcome: traveller.outcome,
    namespace: traveller.namespace,
    latency: traveller.latency,
    machines: traveller.machines,
    why: traveller.why,
  };
}

/** A packet made in this namespace: OUTPUT, routing, POSTROUTING. */
function send(t: Traveller): void {
  const { namespace, packet } = t;
  if (packet.source === 0) {
    const source = namespace.sourceFor(packet.destination);
    if (source === undefined) {
      t.latency = 0;
      t.end('unreachable', 'no route');
      return;
    }
    packet.source = source;
  }
  const { rules } = namespace;
  if (rules !== undefined) {
    t.track();
    const before = packet.destination;
    const device = namespace.isLocal(before) ? 'lo' : (namespace.routes.lookup(before)?.device ?? '');
    if (
      refused(t, rules.run('nat', 'OUTPUT', packet, '', device, namespace, t.visit, t.passage)) ||
      refused(t, rules.run('filter', 'OUTPUT', packet, '', device, namespace, t.visit, t.passage))
    )
      return;
  }
  if (balanced(t)) return;
  if (namespace.isLocal(packet.destination)) {
    rules?.run('nat', 'POSTROUTING', packet, '', 'lo', namespace, t.visit, t.passage);
    t.pass('lo', 'In');
    arrive(t, 'lo');
  } else leave(t);
}

/** A packet that came in by an interface: PREROUTING, then to a socket here or onwards. */
function receive(t: Traveller): void {
  const { namespace, packet, from } = t;
  t.latency += LOCAL_LATENCY;
  const { rules } = namespace;
  if (rules !== undefined) {
    t.track();
    if (refused(t, rules.run('nat', 'PREROUTING', packet, from, '', namespace, t.visit, t.passage))) return;
  }
  if (balanced(t)) return;
  if (namespace.isLocal(packet.destination)) {
    arrive(t, from);
    return;
  }
  if (!namespace.kernel.forwarding) {
    t.end('dropped', `${namespace.name} has not that address and passes nothing on`);
    return;
  }
  if (--packet.ttl <= 0) {
    t.end('expired', 'time to live exceeded');
    return;
  }
  if (isLoopback(packet.destination)) {
    t.end('dropped', 'martian destination');
    return;
  }
  leave(t);
}

/** IPVS turns packets for a virtual server to one of its back ends. Answers whether the way ends here. */
function balanced(t: Traveller): boolean {
  const { namespace, packet } = t;
  const servers = namespace.virtualServers;
  if (servers === undefined) return false;
  t.passage?.spoil();
  if (servers.size === 0) return false;
  const server = `${formatIPv4(packet.destination)}:${packet.destinationPort}`;
  const chosen = servers.schedule(packet, namespace.now);
  if (chosen === undefined) return false;
  if (chosen === 'none') {
    t.end('rejected', `virtual server ${server} has no back end`);
    return true;
  }
  t.note(t.from, { by: 'ipvs', server });
  return false;
}

function refused(t: Traveller, verdict: 'accept' | 'drop' | 'reject'): boolean {
  if (verdict === 'accept') return false;
  if (verdict === 'drop') t.end('dropped', 'a rule drops it');
  else t.end('rejected', 'a rule rejects it');
  return true;
}

function arrive(t: Traveller, device: string): void {
  const { namespace, packet } = t;
  if (namespace.rules !== undefined) {
    if (refused(t, namespace.rules.run('filter', 'INPUT', packet, device, '', namespace, t.visit, t.passage))) return;
    t.confirm();
  }
  t.end('delivered');
  if (t.hops === undefined) return;
  const socket = namespace.socket(packet.protocol, packet.destinationPort, packet.destination);
  t.note(device, {
    by: 'socket',
    listener: socket === undefined ? 'none' : endpointText(packet.destination, socket.port),
  });
}

/** Routing, FORWARD for what is passed on, POSTROUTING, then over the interface that the route names. */
function leave(t: Traveller): void {
  const { namespace, packet, from } = t;
  const route = namespace.routes.lookup(packet.destination);
  if (route === undefined) {
    if (from === '') t.latency = 0;
    t.end('unreachable', 'no route');
    return;
  }
  if (t.hops !== undefined) t.note(route.device, { by: 'route', route: routeText(route) });
  if (route.kind === 'blackhole') {
    t.end('dropped', 'the route is a black hole');
    return;
  }
  const { rules } = namespace;
  if (rules !== undefined) {
    if (
      from !== '' &&
      refused(t, rules.run('filter', 'FORWARD', packet, from, route.device, namespace, t.visit, t.passage))
    )
      return;
    rules.run('nat', 'POSTROUTING', packet, from, route.device, namespace, t.visit, t.passage);
  }
  if (isLoopback(packet.source)) {
    t.end('dropped', 'martian source');
    return;
  }
  if (rules !== undefined) t.confirm();
  const device = namespace.interfaces.get(route.device);
  if (device === undefined || !device.up) t.end('unreachable', `${route.device} is down`);
  else cross(t, device, route);
}

function cross(t: Traveller, device: NetworkInterface, route: Route): void {
  const { packet } = t;
  const next = route.via ?? packet.destination;
  switch (device.kind) {
    case 'veth': {
      const { peer } = device;
      if (peer === undefined) {
        t.end('unreachable', `${device.name} has no other end`);
        return;
      }
      t.note(device.name, { by: 'veth', peer: peer.name });
      t.pass(device.name, 'Out');
      if (peer.master === undefined) enter(t, peer);
      else {
        t.goTo(peer.namespace);
        t.from = peer.name;
        t.pass(peer.name, 'In');
        bridge(t, peer.master, next);
      }
      return;
    }
    case 'bridge':
      t.pass(device.name, 'Out');
      bridge(t, device, next);
      return;
    case 'vxlan':
    case 'ipip': {
      const far = device.remotes?.get(next);
      const machine = far === undefined ? undefined : t.namespace.fabric.machineAt(far);
      if (machine === undefined) {
        t.latency += ARP_FAILURE;
        t.end('unreachable', `${device.name} knows no machine behind ${formatIPv4(next)}`);
        return;
      }
      if (t.hops !== undefined) {
        const outer = `${formatIPv4(t.namespace.machine.address)} → ${formatIPv4(machine.address)}`;
        t.note(device.name, { by: 'tunnel', type: device.kind, outer });
      }
      t.pass(device.name, 'Out');
      const outer: Outer = {
        kind: device.kind,
        source: t.namespace.machine.address,
        destination: machine.address,
        vni: device.vni,
      };
      if (!wire(t, machine, outer)) return;
      t.goTo(machine.namespace);
      t.pass('eth0', 'In', outer);
      const inner = [...machine.namespace.interfaces.values()].find(
        (one) => one.kind === device.kind && one.vni === device.vni,
      );
      if (inner?.up === true) enter(t, inner);
      else t.end('dropped', 'no tunnel ends here');
      return;
    }
    case 'ethernet':
      ethernet(t, next);
      return;
    case 'dummy':
      t.end('dropped', `${device.name} leads nowhere`);
  }
}

/** A frame on a bridge, for `next`: to the bridge itself, or out of the port behind which that address lives. */
function bridge(t: Traveller, device: NetworkInterface, next: IPv4): void {
  if (device.addresses.some(({ address }) => address === next)) {
    enter(t, device);
    return;
  }
  const port = device.ports?.get(next);
  if (port?.peer === undefined) {
    t.latency += ARP_FAILURE;
    t.end('unreachable', `nobody on ${device.name} answers for ${formatIPv4(next)}`);
    return;
  }
  t.note(device.name, { by: 'bridge', port: port.name });
  t.pass(port.name, 'Out');
  enter(t, port.peer);
}

function ethernet(t: Traveller, next: IPv4): void {
  const { fabric } = t.namespace;
  const { destination } = t.packet;
  const here = t.namespace.machine;
  let machine = fabric.machineAt(next);
  if (machine === undefined && (here.outside || next === fabric.gateway)) {
    // The gateway knows the way to every public address, and the machines' own.
    const balancer = fabric.loadBalancers.get(destination);
    machine = balancer === undefined ? fabric.machineAt(destination) : balancer.choose(t.packet);
    if (balancer !== undefined && machine !== undefined) t.note('', { by: 'load-balancer', node: machine.name });
    if (balancer !== undefined && machine === undefined) {
      t.end('rejected', 'the load balancer has no healthy node');
      return;
    }
  }
  if (machine === undefined) {
    t.end('dropped', `nobody has ${formatIPv4(next === fabric.gateway ? destination : next)}`);
    return;
  }
  if (!wire(t, machine)) return;
  const card = machine.namespace.interfaces.get('eth0');
  if (card === undefined) t.end('dropped', `${machine.name} has no network card`);
  else enter(t, card);
}

/** Over the cable to another machine. */
function wire(t: Traveller, machine: Machine, outer?: Outer): boolean {
  const here = t.namespace.machine;
  const { fabric } = here;
  t.note('eth0', { by: 'link', to: machine.name });
  // Cables are cut, slow and lossy as it happens.
  t.passage?.spoil();
  t.pass('eth0', 'Out', outer);
  t.machines.push(machine);
  if (!fabric.linked(here, machine)) {
    t.end('dropped', `no way from ${here.name} to ${machine.name}`);
    return false;
  }
  for (let tries = 0, wait = RETRANSMIT; fabric.loses(here, machine); tries++, wait *= 2) {
    if (t.packet.protocol !== TCP || tries >= SYN_RETRIES) {
      t.end('dropped', 'lost on the way');
      return false;
    }
    t.latency += wait;
  }
  t.latency += fabric.delay(here, machine);
  return true;
}

function enter(t: Traveller, device: NetworkInterface): void {
  t.goTo(device.namespace);
  t.from = device.name;
  if (device.up) t.pass(device.name, 'In');
  else t.end('dropped', `${device.name} is down`);
}
