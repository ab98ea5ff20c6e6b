import { StatusError } from '../api/status.ts';
import { type Engine, MILLISECOND, SECOND, type Timer } from '../engine/index.ts';
import { Unreachable } from './client.ts';

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** A controller looked at one object to bring what is to what should be. */
    reconcile: { readonly key: string; error?: string };
  }
}

export interface WorkQueueOptions {
  /** The component it belongs to: `replicaset-controller`. */
  readonly name: string;
  /**
   * Brings the object of that key to its desired state. What it throws is retried with back-off. It may answer how long it
   * took, in microseconds of virtual time, when that grows with what it looked at: the next key waits for it, and changes that
   * come meanwhile are taken together.
   */
  readonly reconcile: ((key: string) => void) | ((key: string) => number);
  /** Time between taking a key and the next; controllers take a moment for each. Default 1 ms of virtual time. */
  readonly pace?: number;
}

/** Back-off of failed keys: 5 ms doubling to 1,000 s (workqueue.DefaultTypedControllerRateLimiter). */
const FIRST_BACKOFF = 5 * MILLISECOND;
const LONGEST_BACKOFF = 1000 * SECOND;
const DEFAULT_PACE = MILLISECOND;

/**
 * The keys that a controller has yet to look at, each at most once however often it was added (client-go's rate-limited
 * work queue). One key is reconciled per event.
 */
export class WorkQueue {
  private readonly engine: Engine;
  private readonly options: WorkQueueOptions;
  /** Waiting keys and, for each, the event that made it wait. */
  private readonly waiting = new Map<string, number>();
  private readonly failures = new Map<string, number>();
  private readonly delayed = new Map<string, Timer>();
  private turn: Timer | undefined;
  private busyUntil = 0;
  private reconciling = false;
  /** Whether a key was added as work while another was being reconciled. */
  private workCame = false;
  private stopped = false;

  constructor(engine: Engine, options: WorkQueueOptions) {
    this.engine = engine;
    this.options = options;
    engine.trace.sample('reconcile');
  }

  /** Number of keys that wait. */
  get length(): number {
    return this.waiting.size;
  }

  /** Has `key` reconciled soon. */
  add(key: string): void {
    if (this.stopped) return;
    this.waiting.set(key, this.engine.cause);
    this.schedule();
  }

  /** Has `key` reconciled after `delay` microseconds; the earliest of several delays counts. Waiting so is background. */
  addAfter(key: string, delay: number): void {
    if (this.stopped) return;
    if (delay <= 0) {
      this.add(key);
      return;
    }
    const timer = this.delayed.get(key);
    if (timer?.run !== undefined) {
      if (timer.time <= this.engine.now + delay) return;
      this.engine.cancel(timer);
    }
    this.delayed.set(
      key,
      this.engine.background(delay, () => {
        this.delayed.delete(key);
        this.engine.asWork(() => this.add(key));
      }),
    );
  }

  /** Has `key` reconciled after the back-off that its failures so far call for. */
  addRateLimited(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(key, failures > 27 ? LONGEST_BACKOFF : Math.min(FIRST_BACKOFF * 2 ** failures, LONGEST_BACKOFF));
  }

  /** How often `key` has failed in a row. */
  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The component ends: nothing is reconciled any more. */
  stop(): void {
    this.stopped = true;
    this.waiting.clear();
    this.engine.cancel(this.turn);
    for (const timer of this.delayed.values()) this.engine.cancel(timer);
    this.delayed.clear();
  }

  private schedule(): void {
    const { engine, turn } = this;
    if (this.reconciling) {
      this.workCame ||= engine.kind === 'work';
      return;
    }
    if (turn?.run !== undefined) {
      if (turn.kind === 'work' || engine.kind === 'background') return;
      // Real work must not wait unseen behind background work.
      engine.cancel(turn);
    }
    const pace = this.options.pace ?? DEFAULT_PACE;
    this.turn = engine.after(Math.max(pace, this.busyUntil - engine.now), () => this.takeOne());
  }

  private takeOne(): void {
    this.turn = undefined;
    const next = this.waiting.entries().next();
    if (next.done === true) return;
    const [key, cause] = next.value;
    this.waiting.delete(key);
    const { engine } = this;
    this.reconciling = true;
    engine.cause = cause;
    const data: { key: string; error?: string } = { key };
    engine.cause = engine.trace.enabled ? engine.emit('reconcile', this.options.name, data) : 0;
    try {
      const took = this.options.reconcile(key);
      if (typeof took === 'number') this.busyUntil = engine.now + took;
      this.failures.delete(key);
    } catch (error) {
      data.error = error instanceof Error ? error.message : String(error);
      // Refusals and lost connections happen and are retried; anything else is a defect, which must not pass unseen.
      if (!(error instanceof StatusError || error instanceof Unreachable)) engine.fault(this.options.name, error);
      this.addRateLimited(key);
    }
    this.reconciling = false;
    const kind = this.workCame ? 'work' : engine.kind;
    this.workCame = false;
    if (this.waiting.size > 0) engine.as(kind, () => this.schedule());
  }
}
