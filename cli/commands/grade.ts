import type { Command } from 'commander';
import type { GradeFlags } from '../grade-setup.ts';
import { parseWhole, several } from '../options.ts';

/** `jotasu grade`, `jotasu regrade`: grade submissions by replaying each on a fresh cluster. */
export function command(program: Command): void {
  const grade = program
    .command('grade')
    .description('Grade submissions by replaying each of them on a fresh cluster.')
    .argument('<dir|zip>', 'folder or zip with the submissions, as downloaded from an LMS or otherwise');
  withFlags(grade).action((given: string, flags: GradeFlags) => run(given, flags));
  const regrade = program
    .command('regrade')
    .description('Grade again, and say what has changed since an earlier grading.')
    .argument('<dir|zip>', 'folder or zip with the submissions')
    .requiredOption('--against <dir>', 'what an earlier grading wrote (its --out)');
  withFlags(regrade).action((given: string, { against, ...flags }: GradeFlags & { against: string }) =>
    run(given, flags, against),
  );
}

function withFlags(command: Command): Command {
  return command
    .requiredOption('--out <dir>', 'folder for grades, reports and feedback; made if it is not there')
    .option('--exercise <id>', 'grade only submissions of this exercise, and name the others')
    .option('--course <file>', 'course.yaml: exercises, dates, weights, late rules')
    .option('--roster <file>', 'CSV of the class (UTF-8, UTF-16, CP949), or what your LMS exports')
    .option(
      '--received <file>',
      'CSV of when submissions came in, such as Moodle’s worksheet; else learners’ clocks count',
    )
    .option('--deadline <time>', 'when all is due: 2026-03-09, 2026-03-09 23:59; instead of the course’s dates')
    .option('--late <rule>', 'what being late costs: 10%/1d,grace=15m,least=50%,until=7d')
    .option('--as-of <time|due>', 'grade what had been done by then, as the learners’ clocks had it')
    .option('--attempts <rule>', 'of several files of a learner: last (in time, else last of all) or best', 'last')
    .option('--overrides <file>', 'CSV or YAML: learner, exercise, points, reason')
    .option('--instructor <dir>', 'hidden checks of your own: <dir>/<exercise>/hidden.yaml')
    .option(
      '--mended <exercise>',
      'judge by its checks as they are now what was handed in before they were mended; may be repeated',
      several,
      [],
    )
    .option('--engines <dir>', 'simulators and exercises of earlier builds; engines/ by itself')
    .option(
      '--workers <count>',
      'how many submissions at a time; one for each core by itself',
      parseWhole('--workers', 1, 64),
    )
    .option('--timeout <seconds>', 'give a submission up after so long', parseWhole('--timeout', 1, 86_400), 120)
    .option('--resume', 'use what an earlier run with the same --out has graded already')
    .option('--fill <export>', 'an export of your LMS to fill in, as jotasu fill does; may be repeated', several, [])
    .option(
      '--column <exercise=column>',
      'which of its columns takes an exercise’s points; may be repeated',
      several,
      [],
    )
    .option('--lang <language>', 'en or ko: feedback for those whose submission does not say', 'ko')
    .option('--json', 'print a summary for programs');
}

async function run(given: string, flags: GradeFlags, against?: string): Promise<void> {
  // The simulator is large: it is loaded by the commands that need it, not by every `--help`.
  const { gradeFolder } = await import('../grade-folder.ts');
  process.exitCode = await gradeFolder(given, flags, against);
}
