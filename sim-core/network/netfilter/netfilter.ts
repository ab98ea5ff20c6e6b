import type { RandomStream } from '../../engine/index.ts';
import { type IPv4, isLoopback } from '../ipv4.ts';
import { type Packet, type ProtocolNumber, TCP, UDP } from '../packet.ts';
import type { Passage } from '../passage.ts';
import { Revision } from '../revision.ts';
import { Chain } from './chain.ts';
import type { IpSet } from './ip-set.ts';
import type { Count, Match, Rule } from './rule.ts';

export type TableName = 'nat' | 'filter';
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
export type Verdict = 'accept' | 'drop' | 'reject';

const HOOKS: Readonly<Record<TableName, readonly Hook[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
};

/** Chains can call chains; a loop among them, which iptables would refuse, ends here as a drop. */
const MAX_DEPTH = 32;

/** What rules may ask about the namespace that a packet is in. */
export interface Surroundings {
  readonly now: number;
  readonly random: RandomStream;
  isLocal(address: IPv4): boolean;
  /** Address that packets leaving by an interface bear. */
  addressOf(device: string): IPv4 | undefined;
}

/** Bytes of the first packet of a flow, IP header included: an echo request, a SYN, a short question. */
const ICMP_SIZE = 84;
const TCP_SIZE = 60;
const UDP_SIZE = 70;
const NOTHING: Count = { by: 0, packets: 0, bytes: 0 };
/** So many machines find their counts at the rules themselves, without looking them up. */
const COUNT_SLOTS = 8;
let tablesMade = 0;
/** Counts of rules that are gone are looked for when there are more than so many. */
const MANY_COUNTS = 4096;

/** Told of every rule that decided something about a packet. */
export interface Visit {
  /** Answers how many decisions have been noted, this one included. */
  decided(table: TableName, chain: string, rule: Rule): number;
  /** The chain that the last noted rule called had nothing to say: forget it, if it still is the last of so many. */
  undecided(count: number): void;
}

/** The netfilter tables of one network namespace: what `iptables` lists and changes. */
export class Netfilter {
  readonly tables: Readonly<Record<TableName, ReadonlyMap<string, Chain>>>;
  private readonly chains: Readonly<Record<TableName, Map<string, Chain>>>;
  private readonly revision: Revision;
  /** ipsets, by name. */
  readonly sets = new Map<string, IpSet>();
  private readonly recent = new Map<string, Map<IPv4, number>>();
  /** Rules are shared between machines; what they have met is not. */
  private readonly counts = new Map<Rule | Chain, Count>();
  private mostCounts = MANY_COUNTS;
  private readonly id = ++tablesMade;
  /** Where rules keep what they have met here, unless another machine's count has taken the place. */
  private readonly slot = this.id % COUNT_SLOTS;

  /** `revision`: of the machine that they belong to. */
  constructor(revision = new Revision()) {
    const table = (name: TableName) =>
      new Map<string, Chain>(HOOKS[name].map((hook) => [hook, new Chain(hook, 'ACCEPT', revision)]));
    this.chains = { filter: table('filter'), nat: table('nat') };
    this.tables = this.chains;
    this.revision = revision;
  }

  /** The chain of that name, made if it is not there (`iptables -N`). */
  chain(table: TableName, name: string): Chain {
    let chain = this.tables[table].get(name);
    if (chain === undefined) {
      chain = new Chain(name, undefined, this.revision);
      this.install(table, chain);
    }
    return chain;
  }

  /** Puts in a chain that was made elsewhere, in place of the one of its name. */
  install(table: TableName, chain: Chain): void {
    this.chains[table].set(chain.name, chain);
    this.revision.changed();
  }

  /** Removes a user-defined chain (`iptables -X`). */
  deleteChain(table: TableName, name: string): void {
    if (this.tables[table].get(name)?.policy !== undefined) return;
    this.chains[table].delete(name);
    this.revision.changed();
  }

  /** Takes a packet through a hook of a table, which may rewrite it. `passage` is told what that depended on. */
  run(
    table: TableName,
    hook: Hook,
    packet: Packet,
    inInterface: string,
    outInterface: string,
    around: Surroundings,
    visit?: Visit,
    passage?: Passage,
  ): Verdict {
    const chain = this.tables[table].get(hook)!;
    if (chain.rules.length > 0) {
      const verdict = this.walk(table, chain, packet, inInterface, outInterface, around, visit, passage, 0);
      if (verdict !== undefined) return verdict;
    }
    this.count(chain, packet.protocol, passage);
    return chain.policy === 'DROP' ? 'drop' : 'accept';
  }

  /** What a rule, or a built-in chain's policy, has met: first packets of flows, since those that follow skip the rules. */
  countOf(met: Rule | Chain): Count {
    return this.counts.get(met) ?? NOTHING;
  }

  private count(met: Rule | Chain, protocol: ProtocolNumber, passage: Passage | undefined): void {
    let count = met.counts?.[this.slot];
    if (count === undefined || count.by !== this.id) count = this.findCount(met);
    meet(count, protocol);
    passage?.counted(count);
  }

  private findCount(met: Rule | Chain): Count {
    let count = this.counts.get(met);
    if (count === undefined) {
      if (this.counts.size >= this.mostCounts) this.forgetCounts();
      count = { by: this.id, packets: 0, bytes: 0 };
      this.counts.set(met, count);
    }
    met.counts ??= Array.from<undefined>({ length: COUNT_SLOTS });
    met.counts[this.slot] = count;
    return count;
  }

  /** Forgets counts of rules that are no more. */
  private forgetCounts(): void {
    const chains = [...this.tables.nat.values(), ...this.tables.filter.values()];
    const live = new Set<Rule | Chain>(chains.flatMap((chain) => [chain, ...chain.rules]));
    for (const [met, count] of this.counts) {
      if (live.has(met)) continue;
      this.counts.delete(met);
      if (met.counts?.[this.slot] === count) met.counts[this.slot] = undefined;
    }
    this.mostCounts = Math.max(MANY_COUNTS, 2 * this.counts.size);
  }

  private walk(
    table: TableName,
    chain: Chain,
    packet: Packet,
    inInterface: string,
    outInterface: string,
    around: Surroundings,
    visit: Visit | undefined,
    passage: Passage | undefined,
    depth: number,
  ): Verdict | undefined {
    if (depth > MAX_DEPTH) return 'drop';
    const rules = chain.rulesFor(packet.destination);
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index]!;
      const { match } = rule;
      if (rule.protocol !== 0 && rule.protocol !== packet.protocol) continue;
      if (packet.destinationPort < rule.lowPort || packet.destinationPort > rule.highPort) continue;
      if (((packet.destination & rule.destinationMask) >>> 0 === rule.destination) === (match.notDestination === true))
        continue;
      if (((packet.source & rule.sourceMask) >>> 0 === rule.source) === (match.notSource === true)) continue;
      if (rule.more && !this.matches(match, packet, inInterface, outInterface, around, passage)) continue;
      const { target } = rule;
      this.count(rule, packet.protocol, passage);
      if (target.kind === 'return') return undefined;
      const count = visit?.decided(table, chain.name, rule) ?? 0;
      switch (target.kind) {
        case 'jump': {
          const next = this.tables[table].get(target.chain);
          if (next === undefined) break;
          const verdict = this.walk(table, next, packet, inInterface, outInterface, around, visit, passage, depth + 1);
          if (verdict !== undefined) return verdict;
          visit?.undecided(count);
          break;
        }
        case 'accept':
        case 'drop':
        case 'reject':
          return target.kind;
        case 'mark':
          packet.mark = ((packet.mark & ~target.mask) ^ target.value) >>> 0;
          break;
        case 'dnat':
          packet.destination = target.address;
          if (target.port !== undefined) packet.destinationPort = target.port;
          packet.translated = true;
          return 'accept';
        case 'masquerade':
          packet.source = around.addressOf(outInterface) ?? packet.source;
          // --random-fully: the port that is chosen anew tells nobody anything, so the old one serves.
          return 'accept';
      }
    }
    return undefined;
  }

  private matches(
    match: Match,
    packet: Packet,
    inInterface: string,
    outInterface: string,
    around: Surroundings,
    passage: Passage | undefined,
  ): boolean {
    if (match.inInterface !== undefined && !matchesInterface(match.inInterface, inInterface)) return false;
    if (match.outInterface !== undefined && !matchesInterface(match.outInterface, outInterface)) return false;
    if (match.sourceLocal !== undefined && around.isLocal(packet.source) !== match.sourceLocal) return false;
    if (match.destinationLocal !== undefined && around.isLocal(packet.destination) !== match.destinationLocal)
      return false;
    const { mark, state, recent, set } = match;
    if (mark !== undefined && ((packet.mark & mark.mask) >>> 0 === mark.value) === (mark.not === true)) return false;
    if (state !== undefined) {
      const has = state.includes('NEW') || (packet.translated && state.includes('DNAT'));
      if (has === (match.notState === true)) return false;
    }
    // What sets hold, the time and chance: nothing of it need be the same for the next packet.
    if (set !== undefined || recent !== undefined || match.probability !== undefined || match.remember !== undefined)
      passage?.spoil();
    if (set !== undefined) {
      const has = this.sets.get(set.name)?.has(packet, set.by) === true;
      if (has === (set.not === true)) return false;
    }
    if (recent !== undefined) {
      const seen = this.recent.get(recent.name)?.get(packet.source);
      if (seen === undefined || around.now - seen > recent.seconds * 1_000_000) return false;
    }
    // The coin is tossed last: a packet that does not match otherwise uses up no chance.
    if (match.probability !== undefined && around.random.uint32() >>> 1 >= quantised(match.probability)) return false;
    if (match.remember !== undefined) {
      const seen = this.recent.get(match.remember);
      if (seen === undefined) this.recent.set(match.remember, new Map([[packet.source, around.now]]));
      else seen.set(packet.source, around.now);
    }
    return true;
  }

  /** Forgets the sources remembered under a name whose chain is gone. */
  forgetRecent(name: string): void {
    this.recent.delete(name);
  }
}

/** A packet more, or many. */
export function meet(count: Count, protocol: ProtocolNumber, packets = 1): void {
  count.packets += packets;
  count.bytes += packets * (protocol === TCP ? TCP_SIZE : protocol === UDP ? UDP_SIZE : ICMP_SIZE);
}

/** xt_statistic keeps a probability as a fraction of 2³¹. */
export function quantised(probability: number): number {
  return Math.round(probability * 0x8000_0000);
}

/** `cali+` stands for every name that begins so. */
function matchesInterface(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Whether kernel routes would take the packet for a martian: loopback addresses do not travel. */
export function isMartian(packet: Packet): boolean {
  return isLoopback(packet.source) || isLoopback(packet.destination);
}
