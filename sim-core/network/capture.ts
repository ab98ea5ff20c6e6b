import { type Engine, type Micros, SECOND } from '../engine/index.ts';
import { type DnsResponse, isQuery, isResponse } from './dns/message.ts';
import type { IPv4 } from './ipv4.ts';
import type { Journey } from './journey.ts';
import type { NetworkNamespace } from './namespace.ts';
import type { Packet, ProtocolNumber } from './packet.ts';

/** A packet as it passes an interface: what `tcpdump` prints of it. */
export interface Seen {
  readonly at: Micros;
  readonly interface: string;
  readonly direction: 'In' | 'Out';
  readonly protocol: ProtocolNumber;
  readonly source: IPv4;
  readonly sourcePort: number;
  readonly destination: IPv4;
  readonly destinationPort: number;
  readonly outer: Outer | undefined;
  readonly what: Content;
}

/** The packet around a packet, in a tunnel between two machines. */
export interface Outer {
  readonly kind: 'vxlan' | 'ipip';
  readonly source: IPv4;
  readonly destination: IPv4;
  readonly vni: number;
}

/** What a packet carries. */
export type Content =
  | { readonly kind: 'tcp'; readonly flags: string; readonly text: string }
  | { readonly kind: 'dns'; readonly text: string; readonly id: number; readonly length: number }
  | { readonly kind: 'udp'; readonly length: number }
  | { readonly kind: 'icmp'; readonly text: string };

export type Tap = (seen: Seen) => void;

/** Where someone watched as the first packet of a flow passed. Packets that follow pass there too, and their answers, back. */
interface Passage {
  readonly namespace: NetworkNamespace;
  readonly interface: string;
  readonly direction: 'In' | 'Out';
  readonly source: IPv4;
  readonly sourcePort: number;
  readonly destination: IPv4;
  readonly destinationPort: number;
  readonly outer: Outer | undefined;
  /** Time since it was sent. */
  readonly after: Micros;
}

const OPPOSITE = { In: 'Out', Out: 'In' } as const;

/** What the taps on the way of one flow see: made only while someone listens. */
export class Capture {
  private readonly engine: Engine;
  private readonly protocol: ProtocolNumber;
  private readonly passages: Passage[] = [];
  /** Whoever sent it waits no longer: what was still to be sent again is not. */
  over = false;

  constructor(engine: Engine, protocol: ProtocolNumber) {
    this.engine = engine;
    this.protocol = protocol;
  }

  /** The first packet passes an interface, inside another one if `outer` is given. */
  pass(
    namespace: NetworkNamespace,
    name: string,
    direction: 'In' | 'Out',
    packet: Packet,
    after: Micros,
    outer?: Outer,
  ): void {
    if (namespace.taps === undefined) return;
    const { source, sourcePort, destination, destinationPort } = packet;
    const ends = { source, sourcePort, destination, destinationPort };
    this.passages.push({ namespace, interface: name, direction, ...ends, outer, after });
  }

  /** A packet of whoever began, sent `delay` from now; `again`: only if it still waits then. */
  forth(what: Content, delay: Micros = 0, again = false): void {
    for (const passage of this.passages) this.show(passage, what, delay + passage.after, again);
  }

  /** An answer, which leaves the other end `delay` from now; `whole`: how long the way takes. */
  back(what: Content, whole: Micros, delay: Micros = 0): void {
    for (const passage of this.passages.toReversed()) {
      const { direction, source, sourcePort, destination, destinationPort, outer, after } = passage;
      const turned: Passage = {
        ...passage,
        direction: OPPOSITE[direction],
        source: destination,
        sourcePort: destinationPort,
        destination: source,
        destinationPort: sourcePort,
        outer: outer && { ...outer, source: outer.destination, destination: outer.source },
      };
      this.show(turned, what, delay + Math.max(0, whole - after), false);
    }
  }

  private show({ namespace, after: _after, ...packet }: Passage, what: Content, after: Micros, again: boolean): void {
    const { engine, protocol } = this;
    const tell = () => {
      if (again && this.over) return;
      for (const tap of namespace.taps ?? []) tap({ ...packet, at: engine.now, protocol, what });
    };
    if (after <= 0) tell();
    else engine.background(after, tell);
  }
}

const tcp = (flags: string, text = ''): Content => ({ kind: 'tcp', flags, text });

/** The packets of a TCP connection that is made: SYN, SYN-ACK, ACK; or what comes instead. */
export function showHandshake(capture: Capture, { outcome, latency }: Journey, listening: boolean): void {
  capture.forth(tcp('S'));
  if (outcome === 'delivered') {
    capture.back(tcp(listening ? 'S.' : 'R.'), latency, latency);
    if (listening) capture.forth(tcp('.'), 2 * latency);
    return;
  }
  if (outcome === 'dropped') {
    // Nobody answers: the kernel sends it again after 1, 3, 7 … seconds.
    for (const seconds of [1, 3, 7, 15, 31, 63]) capture.forth(tcp('S'), seconds * SECOND, true);
  } else if (outcome === 'rejected') capture.back({ kind: 'icmp', text: 'tcp port unreachable' }, latency, latency);
}

/** A piece of a connection's stream, and its acknowledgement; `flags` `F.` ends it. */
export function showPiece(capture: Capture, way: 'forth' | 'back', text: string, latency: Micros, delay = 0): void {
  const piece = tcp(text === '' ? 'F.' : 'P.', text);
  if (way === 'forth') {
    capture.forth(piece, delay);
    capture.back(tcp('.'), latency, delay + latency);
  } else {
    capture.back(piece, latency, delay);
    capture.forth(tcp('.'), delay + latency);
  }
}

/** A datagram, or an answer to it. */
export function datagram(payload: unknown, id: number): Content {
  if (isQuery(payload)) {
    const { name, type } = payload;
    return { kind: 'dns', id, text: `+ ${type}? ${name}`, length: name.length + 17 };
  }
  if (isResponse(payload)) return { kind: 'dns', id, ...responseText(payload) };
  return { kind: 'udp', length: typeof payload === 'string' ? payload.length : 0 };
}

function responseText({ code, authoritative, answers, additional = [] }: DnsResponse): {
  text: string;
  length: number;
} {
  const mark = `${code === 'NXDOMAIN' ? ' NXDomain' : code === 'SERVFAIL' ? ' ServFail' : code === 'REFUSED' ? ' Refused' : ''}${authoritative ? '*' : ''}`;
  const records = answers.map(({ type, data }) => `${type} ${data}`).join(', ');
  const length =
    17 + [...answers, ...additional].reduce((sum, { name, data }) => sum + name.length + data.length + 12, 0);
  return { text: `${mark} ${answers.length}/0/${additional.length}${records === '' ? '' : ` ${records}`}`, length };
}

/** An echo request, its answer, or what comes instead. */
export function showEcho(capture: Capture, { outcome, latency }: Journey, sequence: number): void {
  const about = `id 1, seq ${sequence}, length 64`;
  capture.forth({ kind: 'icmp', text: `echo request, ${about}` });
  if (outcome === 'delivered') capture.back({ kind: 'icmp', text: `echo reply, ${about}` }, latency, latency);
}
