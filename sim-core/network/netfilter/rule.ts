import { type IPv4, maskOf, type Prefix } from '../ipv4.ts';
import type { ProtocolNumber } from '../packet.ts';

/** Connection states that a first packet can be tested for. Later packets of a flow skip the rules. */
export type ConnectionState = 'NEW' | 'RELATED' | 'ESTABLISHED' | 'INVALID' | 'DNAT';

/** What a rule asks of a packet: all of it must hold. The fields are iptables' match options. */
export interface Match {
  /** `-s` */
  readonly source?: Prefix;
  readonly notSource?: boolean;
  /** `-d` */
  readonly destination?: Prefix;
  readonly notDestination?: boolean;
  /** `-i` */
  readonly inInterface?: string;
  /** `-o` */
  readonly outInterface?: string;
  /** `-p` */
  readonly protocol?: ProtocolNumber;
  /** `--dport`, one port or a range of two. */
  readonly destinationPort?: number | readonly [number, number];
  /** `-m addrtype --src-type LOCAL` */
  readonly sourceLocal?: boolean;
  /** `-m addrtype [!] --dst-type LOCAL` */
  readonly destinationLocal?: boolean;
  /** `-m mark [!] --mark value/mask` */
  readonly mark?: { readonly value: number; readonly mask: number; readonly not?: boolean };
  /** `-m conntrack [!] --ctstate …` */
  readonly state?: readonly ConnectionState[];
  readonly notState?: boolean;
  /** `-m statistic --mode random --probability`: the share of packets that match. */
  readonly probability?: number;
  /** `-m recent --name … --rcheck --seconds … --reap`: the source was seen within so many seconds. */
  readonly recent?: { readonly name: string; readonly seconds: number };
  /** `-m recent --name … --set`: remembers the source; always matches. */
  readonly remember?: string;
  /** `-m set --match-set name src|dst` */
  readonly set?: {
    readonly name: string;
    readonly by: 'src' | 'dst' | 'dst,dst' | 'src,dst,dst';
    readonly not?: boolean;
  };
  /** `-m comment --comment` */
  readonly comment?: string;
}

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'return' }
  /** REJECT --reject-with icmp-port-unreachable: the sender reads it as a refused connection. */
  | { readonly kind: 'reject' }
  /** MARK --set-xmark value/mask: clears the bits of `mask`, then flips those of `value`. */
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  /** DNAT --to-destination; without a port the port stays. */
  | { readonly kind: 'dnat'; readonly address: IPv4; readonly port?: number }
  /** SNAT to the address of the interface it leaves by. */
  | { readonly kind: 'masquerade' };

/** What a rule, or a chain's policy, has met. */
export interface Count {
  /** The tables that it belongs to. */
  readonly by: number;
  packets: number;
  bytes: number;
}

/** Above all ports: nothing matches. */
const NO_PORT = 65_536;

/** A rule, with the frequent matches laid out for quick testing. */
export class Rule {
  readonly match: Match;
  readonly target: Target;
  readonly source: IPv4;
  readonly sourceMask: number;
  readonly destination: IPv4;
  readonly destinationMask: number;
  readonly protocol: number;
  readonly lowPort: number;
  readonly highPort: number;
  /** Whether matches beyond addresses, protocol and port have to be looked at. */
  readonly more: boolean;
  /** What it has met on the machines that counted it last: rules are shared between machines. */
  counts: (Count | undefined)[] | undefined;

  constructor(match: Match, target: Target) {
    this.match = match;
    this.target = target;
    this.source = match.source?.network ?? 0;
    this.sourceMask = maskOf(match.source?.bits ?? 0);
    this.destination = match.destination?.network ?? 0;
    this.destinationMask = maskOf(match.destination?.bits ?? 0);
    this.protocol = match.protocol ?? 0;
    const port = match.destinationPort;
    const { state } = match;
    // Rules see first packets alone: those are NEW, and nothing else unless a rule has rewritten them.
    const never = state !== undefined && !state.includes('DNAT') && state.includes('NEW') === (match.notState === true);
    this.lowPort = never ? NO_PORT : port === undefined ? 0 : typeof port === 'number' ? port : port[0];
    this.highPort = port === undefined ? 65_535 : typeof port === 'number' ? port : port[1];
    this.more =
      match.inInterface !== undefined ||
      match.outInterface !== undefined ||
      match.sourceLocal !== undefined ||
      match.destinationLocal !== undefined ||
      match.mark !== undefined ||
      (state?.includes('DNAT') === true && !state.includes('NEW')) ||
      match.probability !== undefined ||
      match.recent !== undefined ||
      match.remember !== undefined ||
      match.set !== undefined;
  }

  /** The one address that a packet must go to, if the rule names one: what long chains are indexed by. */
  get exactDestination(): IPv4 | undefined {
    return this.match.destination?.bits === 32 && this.match.notDestination !== true ? this.destination : undefined;
  }
}
