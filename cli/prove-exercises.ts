import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Check, type Exercise, pointsOf } from '../grading/format/exercise.ts';
import {
  ExerciseError,
  exerciseIds,
  loadExercise,
  loadHidden,
  loadWalkthroughs,
  type Walkthrough,
} from '../grading/load.ts';
import { type Proof, prove, proveForm } from '../grading/proof.ts';
import { KeptProofs } from './kept-proofs.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
/** So many seeds are proved before what has been shown is kept. */
const CHUNK = 10;

export interface ProveOptions {
  /** Seeds 1 … `seeds`. */
  readonly seeds: number;
  /** For so many of them everything is shown; for those after, that nothing earns nothing, and the solution everything. */
  readonly full: number;
  /** Where results are kept; without it nothing is, and everything is proved anew. */
  readonly keep?: string;
  /** Exercises proved at once, each in a process of its own. */
  readonly jobs?: number;
}

interface Tally {
  passed: number;
  failed: number;
}

/** Proves the exercises of those ids (all, when none is named), and prints what came of it. Answers whether all is well. */
export async function proveExercises(ids: readonly string[], options: ProveOptions): Promise<boolean> {
  const exercises = `${root}exercises`;
  const known = exerciseIds(exercises);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    process.stderr.write(`There is no exercise ${unknown.join(', ')}. There are: ${known.join(', ')}\n`);
    return false;
  }
  const wanted = ids.length > 0 ? ids : known;
  const tally: Tally = { passed: 0, failed: 0 };
  if ((options.jobs ?? 1) > 1 && wanted.length > 1) await proveApart(wanted, options, tally);
  else {
    const kept = options.keep === undefined ? undefined : new KeptProofs(options.keep, root);
    for (const id of wanted) await proveOne(exercises, id, options, kept, tally);
  }
  process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`);
  return tally.failed === 0;
}

async function proveOne(
  exercises: string,
  id: string,
  { seeds, full }: ProveOptions,
  kept: KeptProofs | undefined,
  tally: Tally,
): Promise<void> {
  let exercise: Exercise;
  let walkthroughs: Walkthrough[];
  let hidden: readonly Check[];
  try {
    exercise = loadExercise(exercises, id);
    walkthroughs = loadWalkthroughs(`${root}solutions`, id);
    hidden = loadHidden(`${root}solutions`, exercise);
  } catch (error) {
    if (!(error instanceof ExerciseError)) throw error;
    process.stdout.write(`✗ ${error.message}\n`);
    tally.failed += 1;
    return;
  }
  const hash = kept?.hashOf({ exercise, walkthroughs, hidden, full }) ?? '';
  const from = kept?.provedUpTo(id, hash) ?? 0;
  process.stdout.write(`${id} (${pointsOf(exercise)} points, ${walkthroughs.length} walkthroughs, ${seeds} seeds)\n`);
  if (from > 0) process.stdout.write(`  ✓ seeds 1 to ${from} were proved before, and nothing has changed\n`);
  if (from >= seeds) {
    tally.passed += 1;
    return;
  }
  let fine = true;
  const tell = (proof: Proof) => {
    const well = print(proof);
    tally[well ? 'passed' : 'failed'] += 1;
    fine &&= well;
  };
  if (from === 0) for (const proof of proveForm(exercise, walkthroughs)) tell(proof);
  for (let seed = from + 1; seed <= seeds; seed++) {
    for (const proof of await prove(exercise, walkthroughs, seed, {
      counts: seed === 1,
      hidden,
      ...(seed > full ? { only: 'solution' as const } : {}),
    }))
      tell(proof);
    if (fine && (seed % CHUNK === 0 || seed === seeds)) kept?.keep(id, hash, seed);
  }
}

/** Prints what is wrong; what is well, of the first seed alone. */
function print({ name, seed, faults }: Proof): boolean {
  const well = faults.length === 0;
  if (!well || seed <= 1) process.stdout.write(`  ${well ? '✓' : '✗'} ${name}${seed <= 1 ? '' : ` (seed ${seed})`}\n`);
  for (const fault of faults) process.stdout.write(`      ${fault}\n`);
  return well;
}

/** Proves exercises in processes of their own, several at once; what each prints is printed when it has ended. */
async function proveApart(
  ids: readonly string[],
  { seeds, full, keep, jobs = 1 }: ProveOptions,
  tally: Tally,
): Promise<void> {
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const flags = ['--seeds', String(seeds), '--full', String(full), ...(keep === undefined ? [] : ['--keep', keep])];
      const { text, code } = await run([`${root}cli/main.ts`, 'check-exercise', id, ...flags]);
      const sums = /\n(\d+) passed, (\d+) failed\n$/.exec(text);
      process.stdout.write(sums === null ? `${id}: ended with ${code}\n${text}` : text.slice(0, sums.index));
      tally.passed += Number(sums?.[1] ?? 0);
      tally.failed += Number(sums?.[2] ?? 1);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

function run(argv: readonly string[]): Promise<{ text: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (piece: Buffer) => {
        text += piece.toString();
      });
    child.on('close', (code) => resolve({ text, code }));
  });
}
