import type { Engine, Micros } from '../engine/index.ts';

/** How many groups, and how many objects, are remembered (the correlator's LRU caches). */
const REMEMBERED = 4096;
/** So many similar events (all but the message alike) within the interval are combined (EventAggregator). */
const SIMILAR_LIMIT = 10;
const SIMILAR_INTERVAL = 600_000_000;
/** Burst and refill of the spam filter, per source and object (EventSourceObjectSpamFilter): 25, then one each 5 minutes. */
const BURST = 25;
const REFILL = 300_000_000;

/** Events that are alike but for their messages. */
interface Similar {
  /** The one message, for most; or all different ones of late, oldest first. */
  messages: string | Set<string>;
  last: Micros;
}

interface Bucket {
  tokens: number;
  at: Micros;
}

/** Decides which events of one component are written at all, and which are combined into one (EventCorrelator). */
export class EventCorrelator {
  private readonly engine: Engine;
  /** Both in the order of their last use. */
  private readonly similar = new Map<string, Similar>();
  private readonly budget = new Map<string, Bucket>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** The spam filter: a token bucket per object. */
  allows(object: string): boolean {
    const { now } = this.engine;
    const bucket = this.budget.get(object) ?? { tokens: BURST, at: now };
    bucket.tokens = tokensOf(bucket, now);
    bucket.at = now;
    use(this.budget, object, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** From ten different messages about one thing on, each at most ten minutes after the last, they become one event (EventAggregate). */
  combines(about: string, message: string): boolean {
    const { now } = this.engine;
    let group = this.similar.get(about);
    if (group === undefined || isOver(group, now)) group = { messages: message, last: now };
    group.last = now;
    if (group.messages !== message) {
      if (typeof group.messages === 'string') group.messages = new Set([group.messages]);
      group.messages.add(message);
    }
    use(this.similar, about, group);
    const { messages } = group;
    if (typeof messages === 'string' || messages.size < SIMILAR_LIMIT) return false;
    messages.delete(messages.values().next().value!);
    return true;
  }

  /**
   * Lets go of what says nothing any more: a group whose interval is over, a bucket that is full again. Only from the end that was used
   * longest ago: what is left is then what was used last, as without it, and each cache drops the same when it runs over.
   */
  forget(): void {
    const { now } = this.engine;
    for (const [about, group] of this.similar) {
      if (!isOver(group, now)) break;
      this.similar.delete(about);
    }
    for (const [object, bucket] of this.budget) {
      if (tokensOf(bucket, now) < BURST) break;
      this.budget.delete(object);
    }
  }
}

function isOver({ last }: Similar, now: Micros): boolean {
  return now - last > SIMILAR_INTERVAL;
}

function tokensOf({ tokens, at }: Bucket, now: Micros): number {
  return Math.min(BURST, tokens + (now - at) / REFILL);
}

/** Makes it the one that was used last; of too many, the one used longest ago goes. */
function use<T>(cache: Map<string, T>, key: string, value: T): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size > REMEMBERED) cache.delete(cache.keys().next().value!);
}
