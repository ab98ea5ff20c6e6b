import { EventQueue, type Timer, type TimerKind } from './event-queue.ts';
import { RandomStream } from './random.ts';
import { type Micros, SECOND } from './time.ts';
import { Trace, type TraceEventMap, type TraceKind, type TraceOptions } from './trace.ts';

export interface EngineOptions {
  /** Everything random follows from it. An unsigned 32-bit integer. */
  seed: number;
  /** Virtual time at which the cluster starts, microseconds since the Unix epoch. */
  epoch: Micros;
  trace?: TraceOptions;
}

export interface SettleOptions {
  /** The most virtual time to wait, microseconds. Default: 10 minutes. */
  limit?: Micros;
  /** The most events to run, as a guard against components that never rest. Default: 50 million. */
  events?: number;
}

/** A cluster is settled when no work is pending and, for this long, nothing but background has changed it. */
export const QUIET_TIME: Micros = 2 * SECOND;

const DEFAULT_LIMIT: Micros = 600 * SECOND;
const DEFAULT_EVENTS = 50_000_000;

/**
 * The one owner of time, order, chance and memory of causes.
 *
 * It runs events, each to completion, in the order (time, sequence). Whatever an event schedules inherits its kind
 * (`work` or `background`) and its cause, unless it says otherwise.
 */
export class Engine {
  readonly seed: number;
  readonly epoch: Micros;
  readonly trace: Trace;
  /** Current virtual time. */
  now: Micros;
  /** Number of events run so far: with `now`, the exact place of an input in the order of things. */
  executed = 0;
  /** Trace event in whose consequence the code now running runs; 0 outside. */
  cause = 0;
  /** Hears of errors in components' own code, which they survive. Hosts log them; tests throw. */
  onFault: (actor: string, error: unknown) => void = () => {};
  private currentKind: TimerKind = 'work';
  private readonly queue = new EventQueue();
  private sequence = 0;
  private pendingWork = 0;
  private lastChange: Micros;
  private readonly streams = new Map<string, RandomStream>();

  constructor(options: EngineOptions) {
    this.seed = options.seed >>> 0;
    this.epoch = options.epoch;
    this.now = options.epoch;
    this.lastChange = options.epoch;
    this.trace = new Trace(options.trace);
  }

  /** Runs `run` after `delay` microseconds of virtual time (rounded up to a whole one, at least 0). */
  after(delay: Micros, run: () => void, kind: TimerKind = this.currentKind): Timer {
    const time = delay > 0 ? this.now + Math.ceil(delay) : this.now;
    const timer: Timer = { time, sequence: this.sequence++, kind, cause: this.cause, run };
    if (kind === 'work') this.pendingWork++;
    this.queue.push(timer);
    return timer;
  }

  /** Runs `run` at a virtual time (at once, if that has passed). */
  at(time: Micros, run: () => void, kind: TimerKind = this.currentKind): Timer {
    return this.after(time - this.now, run, kind);
  }

  /** Runs `run` in the background: see `TimerKind`. What it schedules is background too, until something says `work`. */
  background(delay: Micros, run: () => void): Timer {
    return this.after(delay, run, 'background');
  }

  /** Cancels a timer; nothing happens if it has fired or was cancelled. */
  cancel(timer: Timer | undefined): void {
    if (timer?.run === undefined) return;
    timer.run = undefined;
    if (timer.kind === 'work') this.pendingWork--;
  }

  /** Runs `run` now as work, whatever the kind of the current event: a heartbeat found something that matters. */
  asWork<T>(run: () => T): T {
    return this.as('work', run);
  }

  /** Runs `run` now as if the current event were of that kind. */
  as<T>(kind: TimerKind, run: () => T): T {
    const before = this.currentKind;
    this.currentKind = kind;
    try {
      return run();
    } finally {
      this.currentKind = before;
    }
  }

  /** Runs `run` now with everything it causes traced back to event `cause`. */
  because<T>(cause: number, run: () => T): T {
    const before = this.cause;
    this.cause = cause;
    try {
      return run();
    } finally {
      this.cause = before;
    }
  }

  /** Kind of the event now running; `work` outside of events. */
  get kind(): TimerKind {
    return this.currentKind;
  }

  /** The store says that the cluster's state changed. */
  noteChange(): void {
    if (this.currentKind === 'work') this.lastChange = this.now;
  }

  /** The random stream of that name, made at its first use. */
  random(name: string): RandomStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new RandomStream(this.seed, name);
      this.streams.set(name, stream);
    }
    return stream;
  }

  /** Records a trace event, caused by what is going on now. Returns its id. */
  emit<K extends TraceKind>(kind: K, actor: string, data: TraceEventMap[K]): number {
    return this.trace.emit(kind, this.now, this.cause, actor, data);
  }

  /** A component's own code threw what it should not have: recorded, reported, survived. */
  fault(actor: string, error: unknown): void {
    this.emit('fault', actor, { message: error instanceof Error ? error.message : String(error) });
    this.onFault(actor, error);
  }

  /** Time of the next event, `undefined` when there is none. */
  nextTime(): Micros | undefined {
    return this.queue.peek()?.time;
  }

  /** Runs the next event. Answers whether there was one. */
  step(): boolean {
    const timer = this.queue.pop();
    if (timer === undefined) return false;
    const run = timer.run!;
    timer.run = undefined;
    if (timer.kind === 'work') this.pendingWork--;
    this.now = timer.time;
    this.currentKind = timer.kind;
    this.cause = timer.cause;
    this.executed++;
    try {
      run();
    } finally {
      this.currentKind = 'work';
      this.cause = 0;
    }
    return true;
  }

  /** Runs all events up to and including virtual time `time`, and leaves the clock there. */
  runUntil(time: Micros): void {
    for (let next = this.nextTime(); next !== undefined && next <= time; next = this.nextTime()) this.step();
    if (time > this.now) this.now = time;
  }

  /** Whether the cluster is at rest: see `QUIET_TIME`. */
  get settled(): boolean {
    return this.pendingWork === 0 && this.now - this.lastChange >= QUIET_TIME;
  }

  /** Lets virtual time pass until the cluster is settled, or a limit is reached. */
  settle(options: SettleOptions = {}): 'settled' | 'limit' {
    const end = this.now + (options.limit ?? DEFAULT_LIMIT);
    let events = options.events ?? DEFAULT_EVENTS;
    while (!this.settled) {
      const quiet = this.lastChange + QUIET_TIME;
      const next = this.nextTime();
      if (this.pendingWork === 0 && (next === undefined || next > quiet)) {
        // Nothing happens before the quiet time is over.
        if (quiet > end) break;
        this.now = quiet;
        continue;
      }
      if (next === undefined || next > end || events-- <= 0) break;
      this.step();
    }
    if (this.settled) return 'settled';
    if (this.now < end && events > 0) this.now = end;
    return 'limit';
  }
}
