import type { Command } from 'commander';

/** `jotasu new exercise`: lays out an exercise with its solutions, and says what is to be written. */
export function command(program: Command): void {
  program
    .command('new')
    .description('Begin an exercise: its folder and that of its solutions, with what is to be written marked.')
    .argument('<what>', 'exercise')
    .argument('<id>', 'module/name, such as pods/two-doors')
    .option('--kind <kind>', 'do, fix, predict, code or operate', 'do')
    .action(async (what: string, id: string, { kind }: { kind: string }) => {
      const { newExercise } = await import('../new-exercise.ts');
      if (what === 'exercise') process.exitCode = newExercise(id, kind);
      else {
        process.stderr.write(`jotasu new: there is nothing called "${what}" to make; there is: exercise\n`);
        process.exitCode = 2;
      }
    });
}
