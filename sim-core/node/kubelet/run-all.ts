import { type Coroutine, type Engine, suspend, Task, type TaskOutcome } from '../../engine/index.ts';

/** Runs coroutines side by side and waits for all of them; throws what the first that failed threw. */
export function* runAll(engine: Engine, bodies: readonly Coroutine[]): Coroutine {
  if (bodies.length === 0) return;
  if (bodies.length === 1) {
    yield* bodies[0]!;
    return;
  }
  const failure = yield* suspend<{ error: unknown } | undefined>((resume) => {
    let left = bodies.length;
    let failed: { error: unknown } | undefined;
    const ended = (outcome: TaskOutcome<void>) => {
      if (outcome.status === 'threw') failed ??= { error: outcome.error };
      if (--left === 0) resume(failed);
    };
    const tasks = bodies.map((body) => new Task(engine, body, ended));
    return () => {
      for (const task of tasks) task.cancel();
    };
  });
  if (failure !== undefined) throw failure.error;
}

/** Runs a coroutine for at most `limit` microseconds, then ends it; answers whether it came to its own end. */
export function* runWithin(engine: Engine, limit: number, body: Coroutine): Coroutine<boolean> {
  const outcome = yield* suspend<TaskOutcome<void> | undefined>((resume) => {
    const task = new Task(engine, body, (end) => {
      engine.cancel(timer);
      resume(end);
    });
    const timer = engine.after(limit, () => {
      resume(undefined);
      task.cancel();
    });
    return () => task.cancel();
  });
  if (outcome?.status === 'threw') throw outcome.error;
  return outcome !== undefined;
}
