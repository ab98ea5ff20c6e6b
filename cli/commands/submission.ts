import type { Command } from 'commander';

/** `jotasu submission show`: what is in a submission file, in the words that its learner saw before sending it. */
export function command(program: Command): void {
  const submission = program.command('submission').description('Look into a submission file.');
  submission
    .command('show')
    .description('Say in plain words what is in a submission file, as the learner saw it before sending it.')
    .argument('<file>', 'the .jotasu.json file')
    .option('--lang <language>', 'en or ko; the learner’s by itself')
    .option('--code <code>', 'the code that the learner pasted into the LMS: is it of this file?')
    .action(async (file: string, options: { lang?: string; code?: string }) => {
      const { showSubmission } = await import('../show-submission.ts');
      process.exitCode = showSubmission(file, options);
    });
}
