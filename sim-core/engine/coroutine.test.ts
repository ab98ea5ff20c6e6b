import { describe, expect, it } from 'vitest';
import { type Coroutine, deferred, sleep, suspend, Task, type TaskOutcome } from './coroutine.ts';
import { Engine } from './engine.ts';
import { SECOND } from './time.ts';

function run(body: (said: string[]) => Coroutine<number>, during?: (task: Task<number>, engine: Engine) => void) {
  const engine = new Engine({ seed: 1, epoch: 0 });
  const said: string[] = [];
  let outcome: TaskOutcome<number> | undefined;
  const task = new Task(engine, body(said), (end) => {
    outcome = end;
  });
  during?.(task, engine);
  engine.runUntil(10 * SECOND);
  return { said, outcome };
}

describe('a deferred coroutine', () => {
  const later = (said: string[]) =>
    deferred(() => {
      said.push('begun');
      return (function* body() {
        try {
          yield* sleep(2 * SECOND);
          return 7;
        } finally {
          said.push('over');
        }
      })();
    });

  it('is what it begins', () => {
    expect(run(later)).toEqual({ said: ['begun', 'over'], outcome: { status: 'returned', value: 7 } });
  });

  it('never begins when it is cancelled before it runs, and is cleared up after when it has begun', () => {
    const cancelled = { status: 'cancelled' };
    expect(run(later, (task) => task.cancel())).toEqual({ said: [], outcome: cancelled });
    const soon = run(later, (task, engine) => void engine.after(SECOND, () => task.cancel()));
    expect(soon).toEqual({ said: ['begun', 'over'], outcome: cancelled });
  });

  it('throws what keeps it from beginning', () => {
    const error = new Error('no');
    const failing = () =>
      deferred((): Coroutine<number> => {
        throw error;
      });
    expect(run(failing).outcome).toEqual({ status: 'threw', error });
  });
});

describe('a suspension', () => {
  it('is answered by what resumes it, and throws what it fails with, once', () => {
    const { said, outcome } = run(function* body(said) {
      said.push(
        yield* suspend<string>((resume) => {
          resume('first');
          resume('second');
          return undefined;
        }),
      );
      try {
        yield* suspend<void>((_resume, fail) => {
          fail(new Error('third'));
          return undefined;
        });
      } catch (error) {
        said.push((error as Error).message);
      }
      return 0;
    });
    expect(said).toEqual(['first', 'third']);
    expect(outcome).toEqual({ status: 'returned', value: 0 });
  });
});
