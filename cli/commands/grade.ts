import type { Command } from 'commander';

/** `jotasu grade`: grades a folder of submissions by replaying each on a fresh cluster. */
export function command(program: Command): void {
  program
    .command('grade')
    .description('Grade a folder of submissions by replaying each of them on a fresh cluster.')
    .argument('<dir>', 'folder with the submissions (subfolders too)')
    .requiredOption('--out <dir>', 'folder for grades.csv and the feedback; made if it is not there')
    .option('--exercise <id>', 'grade only submissions of this exercise, and name the others')
    .action(async (dir: string, options: { out: string; exercise?: string }) => {
      // The simulator is large: it is loaded by the commands that need it, not by every `--help`.
      const { gradeFolder } = await import('../grade-folder.ts');
      const { loadSandbox } = await import('../../sim-core/host/load-sandbox.ts');
      // Submissions may bring components of their own.
      await loadSandbox();
      process.exitCode = await gradeFolder(dir, options);
    });
}
