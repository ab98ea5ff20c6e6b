/** Runs stages, those side by side that fit on the machine together; what they print comes a stage at a time, in the order of their start. */
import type { Counts } from './count.ts';
import type { Print } from './run-stage.ts';
import type { Stage } from './stages.ts';

/** What a scheduler needs to know of a stage. */
export type Schedulable = Pick<Stage, 'name' | 'title' | 'needs' | 'after' | 'cores'>;

/** What it needs to know of how a stage ended. */
export interface Ended {
  readonly counts: Counts;
  /** Why it did not run. */
  readonly reason?: string;
}

export interface Schedule<S, O> {
  readonly stages: readonly S[];
  readonly cores: number;
  run(stage: S, failed: ReadonlySet<string>, print: Print): Promise<O>;
  print: Print;
}

/** Runs them all, and answers how they ended, in the stages' own order. */
export async function runStages<S extends Schedulable, O extends Ended>(schedule: Schedule<S, O>): Promise<O[]> {
  const { stages, cores, run, print } = schedule;
  const outcomes = new Map<S, O>();
  const failed = new Set<string>();
  const waiting = new Set(stages);
  const running = new Map<S, Promise<void>>();
  const turns = new Turns(print);
  const sizeOf = ({ cores: wanted = 1 }: S) => Math.min(wanted, cores);
  const isFree = ({ needs = [], after = [] }: S) =>
    ![...needs, ...after].some((name) => [...waiting, ...running.keys()].some((other) => other.name === name));
  while (waiting.size + running.size > 0) {
    for (const stage of waiting) {
      const busy = [...running.keys()].reduce((total, other) => total + sizeOf(other), 0);
      if (!isFree(stage) || busy + sizeOf(stage) > cores) continue;
      waiting.delete(stage);
      const turn = turns.begin();
      turn.print(`\n━━ ${stage.title} (${stage.name})\n`);
      const ended = run(stage, failed, turn.print).then((outcome) => {
        const { counts, reason } = outcome;
        if (reason !== undefined) turn.print(`!!! SKIPPED: ${reason}\n`);
        if (counts.failed > 0 || (reason !== undefined && stage.needs !== undefined)) failed.add(stage.name);
        outcomes.set(stage, outcome);
        running.delete(stage);
        turn.end();
      });
      running.set(stage, ended);
    }
    await Promise.race(running.values());
  }
  return stages.map((stage) => outcomes.get(stage)!);
}

/** One who prints, when it is its turn. */
interface Turn {
  print: Print;
  end(): void;
}

/** Lets the one who began first print at once, and keeps what the others have to say until they are first. */
class Turns {
  private readonly target: Print;
  private readonly queue: { kept: (Buffer | string)[]; over: boolean }[] = [];

  constructor(target: Print) {
    this.target = target;
  }

  begin(): Turn {
    const own = { kept: [] as (Buffer | string)[], over: false };
    this.queue.push(own);
    return {
      print: (chunk) => {
        if (this.queue[0] === own) this.target(chunk);
        else own.kept.push(chunk);
      },
      end: () => {
        own.over = true;
        while (this.queue[0]?.over === true) {
          this.queue.shift();
          const next = this.queue[0];
          for (const chunk of next?.kept ?? []) this.target(chunk);
          if (next !== undefined) next.kept = [];
        }
      },
    };
  }
}
