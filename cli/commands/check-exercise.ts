import type { Command } from 'commander';

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
      const { proveExercises } = await import('../prove-exercises.ts');
      process.exitCode = (await proveExercises(ids, seeds)) ? 0 : 1;
    });
}
