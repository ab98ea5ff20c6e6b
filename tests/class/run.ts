/** `node tests/class/run.ts [--size 200] [--seed 1] [--out DIR]`: makes a class, grades it twice, and compares with what is known of it. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KEPT } from '../../grading/batch/kept.ts';
import { engineVersion } from '../../grading/engine-version.ts';
import { exerciseIds, loadExercise, loadWalkthroughs } from '../../grading/load.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';
import { cast, type Task } from './cast.ts';
import { differences, gradeClass, SOLUTIONS } from './grade-class.ts';
import { type HandedIn, Workshop } from './make.ts';

const root = path.join(import.meta.dirname, '../..');

/** Exercises with their recorded ways; without ids, all there are. */
export function tasksOf(ids?: readonly string[]): Task[] {
  const folder = path.join(root, 'exercises');
  return (ids ?? exerciseIds(folder)).map((id) => ({
    exercise: loadExercise(folder, id),
    ways: loadWalkthroughs(SOLUTIONS, id),
  }));
}

export interface Outcome {
  readonly handed: readonly HandedIn[];
  /** In a line each; none: grading is right about everybody. */
  readonly faults: readonly string[];
}

/** So many results the second run goes on from, if it goes on where another was stopped. */
const STOPPED_AT = 20;

/**
 * Makes a class of so many, grades it twice into `out/one` and `out/two`, and compares. The second run grades everything anew, or, `resumed`, what is
 * left when the first one is stopped after a while.
 */
export async function runClass(
  size: number,
  seed: number,
  tasks: readonly Task[],
  out: string,
  { say = () => {}, resumed = false }: { say?: (line: string) => void; resumed?: boolean } = {},
): Promise<Outcome> {
  await loadSandbox();
  const engine = engineVersion(root);
  const workshop = new Workshop(seed, engine);
  const handed: HandedIn[] = [];
  for (const role of cast(size, seed, tasks)) {
    handed.push(await workshop.handIn(role));
    say(`made ${handed.length} ${role.task.exercise.id} ${role.way.name} ${role.trick?.kind ?? ''}`);
  }
  for (const { file, bytes } of handed) {
    mkdirSync(path.join(out, 'submissions', path.dirname(file)), { recursive: true });
    writeFileSync(path.join(out, 'submissions', file), bytes);
  }
  const one = gradeClass(out, 'one', handed);
  say('graded once');
  if (resumed) takeOver(path.join(out, 'one', KEPT), path.join(out, 'two', KEPT));
  gradeClass(out, 'two', handed, resumed ? ['--resume'] : []);
  const faults = [...differences(handed, one), ...otherBytes(path.join(out, 'one'), path.join(out, 'two'))];
  return { handed, faults };
}

function takeOver(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).sort().slice(0, STOPPED_AT))
    copyFileSync(path.join(from, file), path.join(to, file));
}

function otherBytes(one: string, two: string): string[] {
  const list = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      // What is kept to go on with tells the time that things took.
      .filter((file) => !file.startsWith('.'))
      .sort();
  const [left, right] = [list(one), list(two)];
  if (left.join('\n') !== right.join('\n')) return ['the second run wrote other files'];
  return left
    .filter((file) => !readFileSync(path.join(one, file)).equals(readFileSync(path.join(two, file))))
    .map((file) => `${file}: the second run wrote other bytes`);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  });
  const out = values.out ?? path.join(tmpdir(), 'jotasu-class');
  rmSync(out, { recursive: true, force: true });
  const { handed, faults } = await runClass(Number(values.size), Number(values.seed), tasksOf(), out, {
    say: (line) => console.log(line),
  });
  for (const fault of faults) console.error(`✗ ${fault}`);
  console.log(`${handed.length} learners, ${faults.length} differences. See ${out}.`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
