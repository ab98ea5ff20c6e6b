/** Grades a synthetic class with the command line, and says where that differs from what is known of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { GradedFile } from '../../grading/batch/graded.ts';
import type { Exercise } from '../../grading/format/exercise.ts';
import { COURSE } from './cast.ts';
import { DUE, type HandedIn, OPEN } from './make.ts';

const root = path.join(import.meta.dirname, '../..');
export const SOLUTIONS = path.join(root, 'solutions');

/** The course that the class takes: ten percent a day. */
export function courseText(exercises: readonly Exercise[]): string {
  const [open, due] = [OPEN, DUE].map((at) => new Date(at).toISOString().replace('.000', ''));
  return stringify({
    id: COURSE,
    title: { en: 'A class of tests', ko: '시험용 학급' },
    timezone: 'Asia/Seoul',
    late: { lose: '10%', least: '50%' },
    exercises: exercises.map(({ id }) => ({ exercise: id, open, due })),
  });
}

/** Grades everything that lies in `out/submissions` into `out/<name>`. */
export function gradeClass(
  out: string,
  name: string,
  handed: readonly HandedIn[],
  flags: readonly string[] = [],
): GradedFile[] {
  const exercises = [...new Map(handed.map(({ role }) => [role.task.exercise.id, role.task.exercise])).values()];
  const course = path.join(out, 'course.yaml');
  const roster = path.join(out, 'roster.csv');
  writeFileSync(course, courseText(exercises));
  writeFileSync(
    roster,
    `ID,Name\n${handed.map(({ role }) => `${role.id},"${role.name.replaceAll('"', '""')}"`).join('\n')}\n`,
  );
  const target = path.join(out, name);
  const args = [path.join(root, 'cli/main.ts'), 'grade', path.join(out, 'submissions'), '--out', target];
  try {
    execFileSync(process.execPath, [...args, '--course', course, '--roster', roster, ...flags], {
      cwd: root,
      stdio: 'pipe',
    });
  } catch (error) {
    // 1: something could not be graded, as is known.
    if ((error as { status?: number }).status !== 1) throw error;
  }
  return (JSON.parse(readFileSync(path.join(target, 'graded.json'), 'utf8')) as { files: GradedFile[] }).files;
}

/** Each difference between what is known of a class and what grading says, in a line. */
export function differences(handed: readonly HandedIn[], graded: readonly GradedFile[]): string[] {
  return handed.flatMap(({ role, file }) => {
    const found = graded.find((each) => each.file === file);
    const what = `${role.id} ${role.task.exercise.id} ${role.way.name} ${role.trick?.kind ?? ''}`;
    if (found === undefined) return [`${what}: was lost`];
    const faults: string[] = [];
    if (role.problem !== 'any' && found.problem !== role.problem)
      faults.push(`problem ${found.problem} (${found.detail}), and should be ${role.problem}`);
    if (role.points !== undefined && found.problem === undefined) {
      // What the hidden checks add is known of solutions alone: all of it.
      const { hidden } = found;
      const unseen = role.way.kind === 'mistake' ? (hidden?.points ?? 0) : (hidden?.of ?? 0);
      const points = (role.points + unseen) * role.factor;
      if (Math.abs((found.points ?? -1) - points) > 1e-6)
        faults.push(`${found.points} points, and should be ${points}`);
    }
    const kinds = new Set(found.flags.map(({ kind }) => kind));
    for (const kind of role.must) if (!kinds.has(kind)) faults.push(`no evidence of ${kind}`);
    for (const kind of kinds)
      if (!role.must.includes(kind) && !role.may.includes(kind))
        faults.push(
          `evidence of ${kind}: ${found.flags.find((flag) => flag.kind === kind)?.evidence} ${JSON.stringify(found.flags.find((flag) => flag.kind === kind)?.values.shared ?? '')}`,
        );
    return faults.map((fault) => `${what}: ${fault}`);
  });
}
