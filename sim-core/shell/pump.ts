import { type Coroutine, Engine, suspend, Task, type TaskOutcome } from '../engine/index.ts';
import type { ShellHost } from './shell-host.ts';

/** Events run in one go before the host gets a turn: a loop without end must not freeze a page. */
const SLICE = 2000;

/** What a killed command's promise was waiting for. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/**
 * Runs the learner's computer: an engine of its own whose clock follows the host's, and the way between its coroutines and the promises
 * of the world outside. It stands still unless something is due or `poke` says that something has come.
 */
export class Pump {
  readonly engine: Engine;
  private readonly host: Pick<ShellHost, 'now' | 'sleep' | 'turn'>;
  private running = false;
  private again = false;
  private closed = false;
  private nap: AbortController | undefined;
  private readonly onFault: (error: unknown) => void;

  constructor(host: Pick<ShellHost, 'now' | 'sleep' | 'turn'>, onFault: (error: unknown) => void) {
    this.host = host;
    this.onFault = onFault;
    this.engine = new Engine({ seed: 1, epoch: this.hostTime() });
  }

  /** Sets the computer's clock by the host's, before something from outside comes in: what it starts, starts now. */
  catchUp(): void {
    const { engine } = this;
    engine.now = Math.max(engine.now, Math.min(this.hostTime(), engine.nextTime() ?? Number.POSITIVE_INFINITY));
  }

  /** Something may be due now. */
  poke(): void {
    if (this.closed) return;
    if (this.running) {
      this.again = true;
      this.nap?.abort();
      return;
    }
    this.running = true;
    void this.run();
  }

  /** Ends it: nothing on this computer happens any more. */
  close(): void {
    this.closed = true;
    this.nap?.abort();
  }

  /**
   * Waits for a promise inside a coroutine. `start`'s signal is aborted when the coroutine is cancelled meanwhile.
   */
  *wait<T>(start: (signal: AbortSignal) => Promise<T>): Coroutine<T> {
    return yield* suspend<T>((resume, fail) => {
      const abort = new AbortController();
      start(abort.signal).then(
        (value) => {
          this.catchUp();
          resume(value);
          this.poke();
        },
        (error: unknown) => {
          this.catchUp();
          fail(error);
          this.poke();
        },
      );
      return () => abort.abort(new Abandoned('abandoned'));
    });
  }

  /** Runs a coroutine as a task of its own. The promise rejects with `Abandoned` when `signal` ends it. */
  drive<T>(body: Coroutine<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = (outcome: TaskOutcome<T>) => {
        if (outcome.status === 'returned') resolve(outcome.value);
        else reject(outcome.status === 'threw' ? outcome.error : new Abandoned('abandoned'));
      };
      this.catchUp();
      const task = new Task<T>(this.engine, body, done);
      if (signal?.aborted === true) task.cancel();
      signal?.addEventListener('abort', () => task.cancel(), { once: true });
      this.poke();
    });
  }

  private hostTime(): number {
    return Math.floor(this.host.now() * 1000);
  }

  private async run(): Promise<void> {
    const { engine, host } = this;
    try {
      // Whoever poked goes on first.
      await undefined;
      for (;;) {
        this.again = false;
        const now = Math.max(engine.now, this.hostTime());
        let count = 0;
        let next = engine.nextTime();
        for (; next !== undefined && next <= now && count < SLICE; count++) {
          engine.step();
          next = engine.nextTime();
        }
        if (this.closed) return;
        if (next !== undefined && next <= now) {
          await host.turn();
          continue;
        }
        engine.now = now;
        if (this.again) continue;
        if (next === undefined) return;
        const nap = new AbortController();
        this.nap = nap;
        await host.sleep((next - now) / 1000, nap.signal);
        this.nap = undefined;
        // The host says that the time has passed, whatever its clock shows: at full speed it stands still while nothing happens.
        if (!nap.signal.aborted) engine.now = Math.max(engine.now, next);
        if (this.closed) return;
      }
    } catch (error) {
      this.onFault(error);
    } finally {
      this.nap = undefined;
      this.running = false;
      if (this.again) this.poke();
    }
  }
}
