/** Grades a synthetic class as the command line does, and says where that differs from what is known of it. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { finishClass } from '../../cli/desk.ts';
import type { GradedFile } from '../../grading/batch/graded.ts';
import { type Course, lateFactor } from '../../grading/course/course.ts';
import type { Exercise } from '../../grading/format/exercise.ts';
import { grade } from '../../grading/grade.ts';
import { type Trace, traceOf } from '../../grading/integrity/trace.ts';
import { COURSE } from './cast.ts';
import { DUE, type HandedIn, OPEN } from './make.ts';

export const SOLUTIONS = new URL('../../solutions', import.meta.url).pathname;

/** The course that the class takes: ten percent a day. */
export function courseOf(exercises: readonly Exercise[]): Course {
  const moment = (at: number) => ({
    at: new Date(at).toISOString().replace('.000', ''),
    local: new Date(at + 9 * 3_600_000).toISOString().slice(0, 16),
  });
  return {
    id: COURSE,
    title: { en: 'A class of tests', ko: '시험용 학급' },
    timezone: 'Asia/Seoul',
    variants: true,
    late: { grace: 0, lose: 0.1, each: 86_400, least: 0.5 },
    exercises: exercises.map(({ id }) => ({ exercise: id, weight: 1, open: moment(OPEN), due: moment(DUE) })),
  };
}

/** Grades everything that was handed in, and writes what a grading leaves behind. */
export async function gradeClass(
  out: string,
  handed: readonly HandedIn[],
  all: ReadonlyMap<string, Exercise>,
  engine: string,
): Promise<GradedFile[]> {
  const course = courseOf([...all.values()]);
  const files: GradedFile[] = [];
  const traces = new Map<string, Trace>();
  for (const { file, bytes, role } of handed) {
    const { submission, report, problem, detail, broke } = await grade(bytes, {
      exercises: all,
      engine,
      course: COURSE,
    });
    if (submission !== undefined) traces.set(file, traceOf(submission));
    const seconds = submission === undefined ? 0 : Math.max(0, (Date.parse(submission.savedAt) - DUE) / 1000);
    const factor = lateFactor(course.late!, seconds);
    files.push({
      file,
      sha256: bytesToHex(sha256(bytes)),
      learner: submission?.learner,
      rosterId: role.id,
      locale: submission?.locale ?? 'ko',
      course: submission?.course,
      exercise: submission?.exercise,
      savedAt: submission?.savedAt,
      seed: submission?.log.cluster.seed,
      problem,
      detail,
      report,
      ...(problem === undefined && report !== undefined ? { points: report.points * factor, of: report.of } : {}),
      ...(seconds > 0 ? { late: { seconds, factor } } : {}),
      ...(broke === undefined ? {} : { broke }),
      timeline: (submission?.log.entries ?? []).flatMap(({ input, time }) =>
        input.type === 'note' ? [{ at: time / 1_000_000, kind: 'command' as const, text: input.text }] : [],
      ),
      flags: [],
    });
  }
  return finishClass(out, { files, traces, exercises: all, course, solutions: SOLUTIONS });
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
      const points = role.points * role.factor;
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
