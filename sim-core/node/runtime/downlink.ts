import { type Coroutine, type Engine, type Micros, SECOND, suspend, type Timer } from '../../engine/index.ts';

interface Transfer {
  readonly size: number;
  left: number;
  readonly done: (() => void)[];
}

/**
 * A node's line to the registries: transfers share its bandwidth evenly, and one timer stands for whichever ends first.
 */
export class Downlink {
  private readonly engine: Engine;
  /** Bytes a second. */
  private readonly bandwidth: number;
  private readonly transfers = new Map<string, Transfer>();
  private since: Micros = 0;
  private timer: Timer | undefined;

  constructor(engine: Engine, bandwidth: number) {
    this.engine = engine;
    this.bandwidth = bandwidth;
  }

  /** Waits until `size` bytes have come; who asks for the same key while it comes waits for the same transfer. */
  *fetch(key: string, size: number): Coroutine {
    this.catchUp();
    let transfer = this.transfers.get(key);
    if (transfer === undefined) {
      transfer = { size, left: size, done: [] };
      this.transfers.set(key, transfer);
    }
    this.plan();
    const { done } = transfer;
    yield* suspend<void>((resume) => {
      done.push(resume);
      return () => {
        done.splice(done.indexOf(resume), 1);
        if (done.length > 0) return;
        // Nobody wants it any more.
        this.catchUp();
        if (this.transfers.get(key)?.done === done) this.transfers.delete(key);
        this.plan();
      };
    });
  }

  /** Bytes still to come of a transfer that goes on, else 0. */
  remaining(key: string): number {
    this.catchUp();
    return Math.ceil(this.transfers.get(key)?.left ?? 0);
  }

  private catchUp(): void {
    const { now } = this.engine;
    const each = this.transfers.size === 0 ? 0 : ((now - this.since) * this.bandwidth) / SECOND / this.transfers.size;
    this.since = now;
    if (each > 0) for (const transfer of this.transfers.values()) transfer.left = Math.max(0, transfer.left - each);
  }

  private plan(): void {
    this.engine.cancel(this.timer);
    this.timer = undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const transfer of this.transfers.values()) least = Math.min(least, transfer.left);
    if (this.transfers.size === 0) return;
    const time = (least * this.transfers.size * SECOND) / this.bandwidth;
    // Someone waits for it: the cluster is not at rest until it has come.
    this.timer = this.engine.after(time, () => this.finishNext(), 'work');
  }

  private finishNext(): void {
    this.timer = undefined;
    this.catchUp();
    for (const [key, transfer] of [...this.transfers]) {
      // Rounding leaves less than the byte or two that pass in a microsecond.
      if (transfer.left > this.bandwidth / SECOND) continue;
      this.transfers.delete(key);
      for (const resume of transfer.done) resume();
    }
    this.plan();
  }
}
