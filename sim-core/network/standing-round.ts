import type { Micros } from '../engine/index.ts';
import type { Space } from '../images/file-node.ts';
import type { StandingAnswer } from '../images/process.ts';
import { Recurrence } from '../images/recurrence.ts';
import type { NetworkNamespace } from './namespace.ts';
import { Passage } from './passage.ts';
import type { PortSpan } from './port-span.ts';
import type { StandingExchange } from './standing-exchange.ts';

/**
 * Standing exchanges that one machine makes one after the other at the same moments, again and again. Each round is made as one: what it
 * leaves behind on the machine is counted at once, and what it leaves behind in each container is written down when somebody looks there.
 */
export class StandingRound {
  private readonly namespace: NetworkNamespace;
  /** What answers, each once. */
  private readonly answers: readonly StandingAnswer[];
  private readonly count: number;
  private readonly passage: Passage;
  private readonly goAgain: (ports: PortSpan, now: Micros) => void;
  private readonly recurrence: Recurrence;
  /** What a round writes to each disk, bytes. */
  private readonly disks: ReadonlyMap<Space, number>;

  /** Of exchanges that hold just now, in their order; `undefined` when they have to be made one by one. */
  static of(exchanges: readonly StandingExchange[]): StandingRound | undefined {
    const [first] = exchanges;
    if (first === undefined) return undefined;
    for (const { namespace, passage } of exchanges)
      if (namespace !== first.namespace || !passage.isBeside(first.passage)) return undefined;
    const recurrence = new Recurrence();
    const disks = new Map<Space, number>();
    for (const { answer } of exchanges) {
      const room = answer.follow(recurrence);
      if (room === undefined) {
        recurrence.end();
        return undefined;
      }
      if (room.disk !== undefined) disks.set(room.disk, (disks.get(room.disk) ?? 0) + room.bytes);
    }
    return new StandingRound(exchanges, recurrence, disks);
  }

  private constructor(
    exchanges: readonly StandingExchange[],
    recurrence: Recurrence,
    disks: ReadonlyMap<Space, number>,
  ) {
    const { namespace, passage } = exchanges[0]!;
    this.namespace = namespace;
    this.answers = [...new Set(exchanges.map(({ answer }) => answer))];
    this.count = exchanges.length;
    this.passage = passage;
    this.goAgain = Passage.together(exchanges.map((exchange) => exchange.passage));
    this.recurrence = recurrence;
    this.disks = disks;
  }

  /** Makes all of them once more. Answers false, having done nothing, when they have to be made one by one, and is over then. */
  again(): boolean {
    const { namespace, count, recurrence } = this;
    const ports = this.holds() ? namespace.ephemeralPorts(count) : undefined;
    if (ports === undefined) {
      this.end();
      return false;
    }
    const { fabric, now } = namespace;
    fabric.untraced(count);
    this.goAgain(ports, now);
    for (const [disk, bytes] of this.disks) disk.take(bytes, 0);
    recurrence.recur(now);
    return true;
  }

  /** They are not made together any more: all that they have left behind is written down. */
  end(): void {
    this.recurrence.end();
  }

  private holds(): boolean {
    const { fabric } = this.namespace;
    // They all hold for the same machine, and held at the same time: what is true of one of the ways is true of all.
    if (this.recurrence.ended || fabric.taps > 0 || fabric.tracesAnyOf(this.count) || !this.passage.holds())
      return false;
    for (const [disk, bytes] of this.disks) if (!disk.fits(bytes)) return false;
    return this.answers.every((answer) => answer.holds());
  }
}
