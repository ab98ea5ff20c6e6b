import type { IPv4 } from '../ipv4.ts';
import type { Revision } from '../revision.ts';
import type { Count, Rule } from './rule.ts';

/** Above this many rules a chain is searched through an index. */
const SMALL = 8;

interface Placed {
  readonly place: number;
  readonly rule: Rule;
}

/** A chain of rules. Built-in chains have a policy, the others return to where they were called from. */
export class Chain {
  readonly name: string;
  readonly policy: 'ACCEPT' | 'DROP' | undefined;
  /** As a rule has them. */
  counts: (Count | undefined)[] | undefined;
  /** Of the machine whose chain it is; a chain that machines share never changes. */
  private readonly revision: Revision | undefined;
  private list: readonly Rule[] = [];
  private byDestination: Map<IPv4, Placed[]> | undefined;
  private general: Placed[] = [];
  private generalRules: readonly Rule[] = [];
  private merged: Map<IPv4, readonly Rule[]> | undefined;

  constructor(name: string, policy?: 'ACCEPT' | 'DROP', revision?: Revision) {
    this.name = name;
    this.policy = policy;
    this.revision = revision;
  }

  get rules(): readonly Rule[] {
    return this.list;
  }

  set rules(rules: readonly Rule[]) {
    this.list = rules;
    this.byDestination = undefined;
    this.merged = undefined;
    this.revision?.changed();
  }

  append(rule: Rule): void {
    this.rules = [...this.list, rule];
  }

  /** Inserts a rule at the head. */
  prepend(rule: Rule): void {
    this.rules = [rule, ...this.list];
  }

  remove(rule: Rule): void {
    this.rules = this.list.filter((other) => other !== rule);
  }

  /**
   * The rules that a packet to `destination` can match, in order. It leaves out only rules for other single addresses, so that
   * walking it gives what walking the whole chain would give.
   */
  rulesFor(destination: IPv4): readonly Rule[] {
    if (this.list.length <= SMALL) return this.list;
    if (this.byDestination === undefined) this.buildIndex();
    const exact = this.byDestination!.get(destination);
    if (exact === undefined) return this.generalRules;
    let merged = this.merged!.get(destination);
    if (merged === undefined) {
      merged = [...exact, ...this.general].sort((a, b) => a.place - b.place).map(({ rule }) => rule);
      this.merged!.set(destination, merged);
    }
    return merged;
  }

  private buildIndex(): void {
    const byDestination = new Map<IPv4, Placed[]>();
    const general: Placed[] = [];
    for (const [place, rule] of this.list.entries()) {
      const destination = rule.exactDestination;
      if (destination === undefined) general.push({ place, rule });
      else {
        const group = byDestination.get(destination);
        if (group === undefined) byDestination.set(destination, [{ place, rule }]);
        else group.push({ place, rule });
      }
    }
    this.byDestination = byDestination;
    this.merged = new Map();
    this.general = general;
    this.generalRules = general.map(({ rule }) => rule);
  }
}
