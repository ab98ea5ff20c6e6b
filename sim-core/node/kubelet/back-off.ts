import { type Engine, type Micros, SECOND, SmallMap } from '../../engine/index.ts';

/** Shortest and longest back-off of crashing containers and failing image pulls (containerBackOffPeriod, MaxContainerBackOff). */
export const FIRST_BACK_OFF: Micros = 10 * SECOND;
export const LONGEST_BACK_OFF: Micros = 300 * SECOND;

interface Entry {
  delay: Micros;
  updatedAt: Micros;
}

/**
 * How long each thing of one pod that keeps failing must wait: 10 s, doubling to 5 minutes, forgotten once it has gone well
 * for twice the longest wait (flowcontrol.Backoff). A restarted kubelet starts afresh, as upstream's does.
 */
export class BackOff {
  private readonly engine: Engine;
  private readonly entries = new SmallMap<string, Entry>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** The current wait of `key`; 0 when there is none. */
  delay(key: string): Micros {
    return this.entries.get(key)?.delay ?? 0;
  }

  /** `key` failed at `failedAt` and is tried again now: the next failure waits longer. */
  next(key: string, failedAt: Micros): void {
    const entry = this.entries.get(key);
    const delay =
      entry === undefined || expired(entry, failedAt) ? FIRST_BACK_OFF : Math.min(2 * entry.delay, LONGEST_BACK_OFF);
    this.entries.set(key, { delay, updatedAt: this.engine.now });
  }

  /** How long `key`, which failed at `failedAt`, must still wait; 0 when it need not. */
  remaining(key: string, failedAt: Micros): Micros {
    const entry = this.entries.get(key);
    if (entry === undefined || expired(entry, failedAt)) return 0;
    return Math.max(0, failedAt + entry.delay - this.engine.now);
  }

  /** As `remaining`, counted from the last `next`. */
  remainingSinceUpdate(key: string): Micros {
    const entry = this.entries.get(key);
    return entry === undefined ? 0 : this.remaining(key, entry.updatedAt);
  }
}

function expired(entry: Entry, time: Micros): boolean {
  return time - entry.updatedAt > 2 * LONGEST_BACK_OFF;
}
