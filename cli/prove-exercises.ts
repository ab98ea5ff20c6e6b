import { fileURLToPath } from 'node:url';
import { type Exercise, pointsOf } from '../grading/format/exercise.ts';
import { ExerciseError, exerciseIds, loadExercise, loadWalkthroughs } from '../grading/load.ts';
import { prove } from '../grading/proof.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Proves the exercises of those ids (all, when none is named) for so many seeds, and prints what came of it. Answers whether all is well. */
export async function proveExercises(ids: readonly string[], seeds: number): Promise<boolean> {
  const exercises = `${root}exercises`;
  const known = exerciseIds(exercises);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    process.stderr.write(`There is no exercise ${unknown.join(', ')}. There are: ${known.join(', ')}\n`);
    return false;
  }
  let passed = 0;
  let failed = 0;
  for (const id of ids.length > 0 ? ids : known) {
    const result = await proveOne(exercises, id, seeds);
    passed += result.passed;
    failed += result.failed;
  }
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0;
}

async function proveOne(exercises: string, id: string, seeds: number): Promise<{ passed: number; failed: number }> {
  let exercise: Exercise;
  let walkthroughs: ReturnType<typeof loadWalkthroughs>;
  try {
    exercise = loadExercise(exercises, id);
    walkthroughs = loadWalkthroughs(`${root}solutions`, id);
  } catch (error) {
    if (!(error instanceof ExerciseError)) throw error;
    process.stdout.write(`✗ ${error.message}\n`);
    return { passed: 0, failed: 1 };
  }
  process.stdout.write(`${id} (${pointsOf(exercise)} points, ${walkthroughs.length} walkthroughs, ${seeds} seeds)\n`);
  let passed = 0;
  let failed = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    for (const { name, faults } of await prove(exercise, walkthroughs, seed)) {
      if (faults.length === 0) passed++;
      else failed++;
      if (faults.length > 0 || seed === 1)
        process.stdout.write(`  ${faults.length === 0 ? '✓' : '✗'} ${name}${seed === 1 ? '' : ` (seed ${seed})`}\n`);
      for (const fault of faults) process.stdout.write(`      ${fault}\n`);
    }
  }
  return { passed, failed };
}
