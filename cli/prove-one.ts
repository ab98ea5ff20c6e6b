import { fileURLToPath } from 'node:url';
import { type Check, type Exercise, pointsOf } from '../grading/format/exercise.ts';
import { ExerciseError, loadExercise, loadHidden, loadWalkthroughs, type Walkthrough } from '../grading/load.ts';
import { type Proof, prove, proveForm } from '../grading/proof.ts';
import { KeptProofs } from './kept-proofs.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
/** So many seeds are proved before what has been shown is kept. */
const CHUNK = 10;

export interface ProveOptions {
  /** Seeds 1 … `seeds`. */
  readonly seeds: number;
  /** For so many of them everything is shown; for those after, that the solution earns everything. */
  readonly full: number;
  /** Where results are kept; without it nothing is, and everything is proved anew. */
  readonly keep?: string;
}

/** What came of an exercise: what there is to print, and how many proofs held. */
export interface Proved {
  readonly text: string;
  readonly passed: number;
  readonly failed: number;
}

/** Proves exercises, one after the other. */
export class Prover {
  private readonly options: ProveOptions;
  private readonly kept: KeptProofs | undefined;

  constructor(options: ProveOptions) {
    this.options = options;
    this.kept = options.keep === undefined ? undefined : new KeptProofs(options.keep, root);
  }

  /** Proves one exercise, from the first seed that has not been shown yet. */
  async prove(id: string): Promise<Proved> {
    const { seeds, full } = this.options;
    const told = new Told();
    let exercise: Exercise;
    let walkthroughs: Walkthrough[];
    let hidden: readonly Check[];
    try {
      exercise = loadExercise(`${root}exercises`, id);
      walkthroughs = loadWalkthroughs(`${root}solutions`, id);
      hidden = loadHidden(`${root}solutions`, exercise);
    } catch (error) {
      if (!(error instanceof ExerciseError)) throw error;
      return { text: `✗ ${error.message}\n`, passed: 0, failed: 1 };
    }
    const hash = this.kept?.hashOf({ exercise, walkthroughs, hidden, full }) ?? '';
    const from = this.kept?.provedUpTo(id, hash) ?? 0;
    told.say(`${id} (${pointsOf(exercise)} points, ${walkthroughs.length} walkthroughs, ${seeds} seeds)`);
    if (from > 0) told.say(`  ✓ seeds 1 to ${from} were proved before, and nothing has changed`);
    if (from >= seeds) told.passed += 1;
    else if (from === 0) for (const proof of proveForm(exercise, walkthroughs)) told.tell(proof);
    for (let seed = from + 1; seed <= seeds; seed++) {
      const only = seed > full ? { only: 'solution' as const } : {};
      for (const proof of await prove(exercise, walkthroughs, seed, { counts: seed === 1, hidden, ...only }))
        told.tell(proof);
      if (told.failed === 0 && (seed % CHUNK === 0 || seed === seeds)) this.kept?.keep(id, hash, seed);
    }
    return told;
  }
}

/** What is told of an exercise: what is wrong; what is well, of the first seed alone. */
class Told implements Proved {
  text = '';
  passed = 0;
  failed = 0;

  say(line: string): void {
    this.text += `${line}\n`;
  }

  tell({ name, seed, faults }: Proof): void {
    const well = faults.length === 0;
    this[well ? 'passed' : 'failed'] += 1;
    if (!well || seed <= 1) this.say(`  ${well ? '✓' : '✗'} ${name}${seed <= 1 ? '' : ` (seed ${seed})`}`);
    for (const fault of faults) this.say(`      ${fault}`);
  }
}
