import type { Command } from 'commander';
import { several } from '../options.ts';

/** `jotasu fill`: writes points into the LMS's own export. */
export function command(program: Command): void {
  program
    .command('fill')
    .description(
      "Write points into your LMS's own export (Canvas, Moodle, Blackboard); its other cells stay as they are.",
    )
    .argument('<export>', 'the file as you downloaded it from the LMS')
    .requiredOption('--from <dir>', 'the folder that jotasu grade wrote')
    .option(
      '--column <exercise=column>',
      'which column takes an exercise’s points (or total=…); may be repeated',
      several,
      [],
    )
    .option('--exercise <id>', 'fill in this exercise only, or total')
    .action(async (file: string, { from, ...flags }: { from: string; column: string[]; exercise?: string }) => {
      const { fillFrom } = await import('../desk.ts');
      const { homeless, unmatched, kept } = fillFrom(from, file, flags);
      process.exitCode = homeless.length + unmatched.length + kept.length === 0 ? 0 : 1;
    });
}
