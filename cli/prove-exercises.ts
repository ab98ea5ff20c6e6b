import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exerciseIds } from '../grading/load.ts';
import { type Proved, type ProveOptions, Prover } from './prove-one.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Clusters come and go: with room for the young, fewer of them are carried about. */
const ROOM = ['--max-semi-space-size=64'];

export interface ProveAllOptions extends ProveOptions {
  /** Exercises proved at once, each in a process of its own. */
  readonly jobs?: number;
}

/** Proves the exercises of those ids (all, when none is named), and prints what came of it. Answers whether all is well. */
export async function proveExercises(
  ids: readonly string[],
  { jobs = 1, ...options }: ProveAllOptions,
): Promise<boolean> {
  const known = exerciseIds(`${root}exercises`);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    process.stderr.write(`There is no exercise ${unknown.join(', ')}. There are: ${known.join(', ')}\n`);
    return false;
  }
  const wanted = ids.length > 0 ? ids : known;
  const tally = { passed: 0, failed: 0 };
  const take = ({ text, passed, failed }: Proved) => {
    process.stdout.write(text);
    tally.passed += passed;
    tally.failed += failed;
  };
  if (jobs > 1 && wanted.length > 1) await proveApart(wanted, options, jobs, take);
  else {
    const prover = new Prover(options);
    for (const id of wanted) take(await prover.prove(id));
  }
  process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`);
  return tally.failed === 0;
}

/**
 * Proves exercises in several processes. Each goes on with the next exercise when it has ended one: what it has loaded and compiled by then is worth
 * more than the proof of a short exercise. Those with most to show come first, so that none is waited for at the end.
 */
async function proveApart(
  ids: readonly string[],
  options: ProveOptions,
  jobs: number,
  take: (proved: Proved) => void,
): Promise<void> {
  const waiting = ids.map((id) => ({ id, ways: waysOf(id) })).sort((left, right) => right.ways - left.ways);
  const work = async () => {
    let worker = startWorker(options);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const answer = await worker.ask(next.id);
      if (typeof answer === 'object') take(answer);
      else {
        take({ text: `✗ ${next.id}: its process ended with ${answer}\n`, passed: 0, failed: 1 });
        worker = startWorker(options);
      }
    }
    worker.end();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, ids.length) }, work));
}

function waysOf(id: string): number {
  try {
    return readdirSync(`${root}solutions/${id}`).length;
  } catch {
    return 0;
  }
}

interface ProofWorker {
  /** What came of an exercise, or with what the process ended instead of answering. */
  ask(id: string): Promise<Proved | string>;
  end(): void;
}

function startWorker(options: ProveOptions): ProofWorker {
  const child = fork(`${root}cli/prove-worker.ts`, [JSON.stringify(options)], {
    execArgv: [...process.execArgv, ...ROOM],
  });
  return {
    ask: (id) =>
      new Promise((resolve) => {
        const answer = (proved: unknown) => {
          child.off('exit', leave);
          resolve(proved as Proved);
        };
        const leave = (code: number | null, signal: string | null) => {
          child.off('message', answer);
          resolve(String(signal ?? code));
        };
        child.once('message', answer).once('exit', leave);
        child.send(id);
      }),
    end: () => child.disconnect(),
  };
}
