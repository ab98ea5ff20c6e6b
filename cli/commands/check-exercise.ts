import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Exercise, pointsOf } from '../../grading/format/exercise.ts';
import { ExerciseError, exerciseIds, loadExercise, loadWalkthroughs } from '../../grading/load.ts';
import { prove } from '../../grading/proof.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `jotasu check-exercise`: proves exercises, as grading/proof.ts describes. */
export function command(program: Command): void {
  program
    .command('check-exercise')
    .description('Prove exercises: untouched earns 0, solutions everything, each recorded mistake its own words.')
    .argument('[id...]', 'exercises, such as start/deploy-web; all when none is named')
    .option('--seeds <count>', 'how many learners to try it for', '1')
    .action(async (ids: string[], options: { seeds: string }) => {
      const seeds = Number(options.seeds);
      if (!Number.isInteger(seeds) || seeds < 1) {
        process.stderr.write(`--seeds: "${options.seeds}" is not a whole number of at least 1\n`);
        process.exitCode = 2;
        return;
      }
      process.exitCode = (await checkAll(ids, seeds)) ? 0 : 1;
    });
}

async function checkAll(ids: readonly string[], seeds: number): Promise<boolean> {
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
    const result = await checkOne(exercises, id, seeds);
    passed += result.passed;
    failed += result.failed;
  }
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0;
}

async function checkOne(exercises: string, id: string, seeds: number): Promise<{ passed: number; failed: number }> {
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
