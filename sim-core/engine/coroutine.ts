import type { Engine } from './engine.ts';
import type { Timer } from './event-queue.ts';
import type { Micros } from './time.ts';

/** Withdraws what a suspended coroutine waits for. */
export type Withdraw = () => void;

/**
 * What a coroutine yields to wait: called with the two ways to wake it, it starts the operation and returns how to
 * withdraw it. Exactly one wake-up counts; later ones are ignored.
 */
export type Suspension = (
  resume: (value?: unknown) => void,
  fail: (error: unknown) => void,
  engine: Engine,
) => Withdraw | undefined;

/**
 * Code that may wait in virtual time: a generator, nearly always, that yields suspensions. Written with `yield*` throughout
 * (`yield* sleep(SECOND)`), it reads like ordinary blocking code.
 */
export interface Coroutine<T = void> {
  next(value?: unknown): IteratorResult<Suspension, T>;
  return(value: T): IteratorResult<Suspension, T>;
  throw(error: unknown): IteratorResult<Suspension, T>;
  [Symbol.iterator](): Coroutine<T>;
}

/** Waits until `start`'s operation resumes it, and returns the value it was resumed with. */
export function suspend<T>(
  start: (resume: (value: T) => void, fail: (error: unknown) => void, engine: Engine) => Withdraw | undefined,
): Coroutine<T> {
  return new Wait<T>(start as Suspension);
}

/** One suspension. By hand, as thousands of programs wait at the same time: a generator takes up three times as much. */
class Wait<T> implements Coroutine<T> {
  /** What is yet to be yielded. */
  private suspension: Suspension | undefined;

  constructor(suspension: Suspension) {
    this.suspension = suspension;
  }

  next(value?: unknown): IteratorResult<Suspension, T> {
    const { suspension } = this;
    if (suspension === undefined) return { done: true, value: value as T };
    this.suspension = undefined;
    return { done: false, value: suspension };
  }

  return(value: T): IteratorResult<Suspension, T> {
    return { done: true, value };
  }

  throw(error: unknown): never {
    throw error;
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/**
 * What `begin` answers, but begun only when it is run: for a program that does something and then goes on as another one. A generator
 * that delegates with its last word would be kept, with all its variables, as long as the other runs.
 */
export function deferred<T>(begin: () => Coroutine<T>): Coroutine<T> {
  return new Deferred(begin);
}

class Deferred<T> implements Coroutine<T> {
  private begin: (() => Coroutine<T>) | undefined;
  private begun: Coroutine<T> | undefined;

  constructor(begin: () => Coroutine<T>) {
    this.begin = begin;
  }

  next(value?: unknown): IteratorResult<Suspension, T> {
    const { begin } = this;
    this.begin = undefined;
    if (begin !== undefined) this.begun = begin();
    return this.begun!.next(value);
  }

  return(value: T): IteratorResult<Suspension, T> {
    this.begin = undefined;
    return this.begun?.return(value) ?? { done: true, value };
  }

  throw(error: unknown): IteratorResult<Suspension, T> {
    this.begin = undefined;
    if (this.begun === undefined) throw error;
    return this.begun.throw(error);
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Waits for `duration` of virtual time. A sleeping program does not keep the cluster from being settled. */
export function* sleep(duration: Micros): Coroutine {
  yield (resume, _fail, engine) => {
    const timer = engine.background(duration, resume);
    return () => engine.cancel(timer);
  };
}

/** A suspension that has begun. */
const BEGUN: Suspension = () => undefined;

export type TaskOutcome<T> =
  | { readonly status: 'returned'; readonly value: T }
  | { readonly status: 'threw'; readonly error: unknown }
  | { readonly status: 'cancelled' };

/**
 * A coroutine being run by the engine. Its code runs in events of its own, never inside the code that started or woke it.
 */
export class Task<T = void> {
  private readonly engine: Engine;
  private readonly body: Coroutine<T>;
  private readonly onEnd: (outcome: TaskOutcome<T>) => void;
  private withdraw: Withdraw | undefined;
  private wakeUp: Timer | undefined;
  /** Counts suspensions, so that a late wake-up of an earlier one is known as such. */
  private turn = 0;
  private running = false;
  private ended = false;

  /** Starts `body` in an event of its own. `onEnd` hears once how it ended. */
  constructor(engine: Engine, body: Coroutine<T>, onEnd: (outcome: TaskOutcome<T>) => void = () => {}) {
    this.engine = engine;
    this.body = body;
    this.onEnd = onEnd;
    this.wakeUp = engine.after(0, () => this.advance(() => this.body.next()));
  }

  get done(): boolean {
    return this.ended;
  }

  /** Makes what the coroutine now waits for throw `error` inside it: how a signal reaches a program. */
  interrupt(error: unknown): void {
    if (this.ended) return;
    this.stopWaiting();
    this.wakeUp = this.engine.after(0, () => this.advance(() => this.body.throw(error)));
  }

  /** Ends the coroutine where it waits; its `finally` blocks run. Nothing happens if it has ended. */
  cancel(): void {
    if (this.ended) return;
    this.stopWaiting();
    this.ended = true;
    if (this.running) return;
    try {
      this.body.return(undefined as T);
    } finally {
      this.onEnd({ status: 'cancelled' });
    }
  }

  private stopWaiting(): void {
    this.turn++;
    this.engine.cancel(this.wakeUp);
    this.wakeUp = undefined;
    const withdraw = this.withdraw;
    this.withdraw = undefined;
    withdraw?.();
  }

  private advance(move: () => IteratorResult<Suspension, T>): void {
    this.wakeUp = undefined;
    if (this.ended) return;
    this.running = true;
    let result: IteratorResult<Suspension, T>;
    try {
      result = move();
    } catch (error) {
      this.running = false;
      this.finish({ status: 'threw', error });
      return;
    }
    this.running = false;
    if (this.ended) {
      // Cancelled by its own doing (a program that stops its pod, say): let its `finally` blocks run now.
      if (result.done !== true) this.body.return(undefined as T);
      this.onEnd({ status: 'cancelled' });
      return;
    }
    if (result.done === true) this.finish({ status: 'returned', value: result.value });
    else {
      const { value } = result;
      // Whoever delegates to what waits (`yield*`) keeps what it passed on until the wait is over.
      result.value = BEGUN;
      this.wait(value);
    }
  }

  private wait(suspension: Suspension): void {
    const turn = ++this.turn;
    const withdraw = suspension(
      (value) => this.wake(turn, () => this.body.next(value)),
      (error) => this.wake(turn, () => this.body.throw(error)),
      this.engine,
    );
    // An operation that finished at once has nothing left to withdraw.
    if (turn === this.turn) this.withdraw = withdraw;
  }

  private wake(turn: number, move: () => IteratorResult<Suspension, T>): void {
    if (turn !== this.turn || this.ended) return;
    this.turn++;
    this.withdraw = undefined;
    this.wakeUp = this.engine.after(0, () => this.advance(move));
  }

  private finish(outcome: TaskOutcome<T>): void {
    this.ended = true;
    this.onEnd(outcome);
  }
}

/** Waits for another coroutine, started as a task of its own, and cancels it if the waiting one is cancelled. */
export function* join<T>(start: (onEnd: (outcome: TaskOutcome<T>) => void) => Task<T>): Coroutine<TaskOutcome<T>> {
  return yield* suspend<TaskOutcome<T>>((resume) => {
    const task = start(resume);
    return () => task.cancel();
  });
}
