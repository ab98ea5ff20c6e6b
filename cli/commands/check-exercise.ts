import { type Command, Option } from 'commander';
import { parseWhole } from '../options.ts';

/** `jotasu check-exercise`: proves exercises, as grading/proof.ts describes. */
export function command(program: Command): void {
  program
    .command('check-exercise')
    .description('Prove exercises: untouched earns 0, solutions everything, each recorded mistake its own words.')
    .argument('[id...]', 'exercises, such as start/deploy-web; all when none is named')
    .addOption(
      new Option('--seeds <count>', 'how many learners to try it for')
        .argParser(parseWhole('A number of seeds', 1, 100_000))
        .default(1),
    )
    .addOption(
      new Option('--full <count>', 'for how many of them everything is tried; for the others, the solution')
        .argParser(parseWhole('A number of seeds', 1, 100_000))
        .default(10),
    )
    .option('--keep <file>', 'keep what was shown there, and do not show it again while nothing has changed')
    .addOption(
      new Option('--jobs <count>', 'exercises proved at once')
        .argParser(parseWhole('A number of jobs', 1, 64))
        .default(1),
    )
    .action(async (ids: string[], options: { seeds: number; full: number; keep?: string; jobs: number }) => {
      const { proveExercises } = await import('../prove-exercises.ts');
      process.exitCode = (await proveExercises(ids, options)) ? 0 : 1;
    });
}
