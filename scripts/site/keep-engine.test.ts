import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineLibrary } from '../../grading/batch/engine-library.ts';
import { digestOf } from '../../grading/digest.ts';
import type { Exercise } from '../../grading/format/exercise.ts';
import { grade } from '../../grading/grade.ts';
import { loadExercise, loadWalkthroughs } from '../../grading/load.ts';
import { chainOfSubmission, makeSubmission, type Submission } from '../../grading/submission.ts';
import { carryOut, startExercise } from '../../grading/walkthrough.ts';
import { canonicalJson } from '../../sim-core/api/equality.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';
import { keepEngine, keptEngines } from './keep-engine.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-engines-'));
const bytes = (submission: Submission) => new TextEncoder().encode(JSON.stringify(submission));
let hash: string;
let exercise: Exercise;
let submission: Submission;

/** As somebody would hand it in who worked with the simulator of that hash. */
async function handIn(id: string): Promise<Submission> {
  exercise = loadExercise(path.join(root, 'exercises'), id);
  const way = loadWalkthroughs(path.join(root, 'solutions'), id).find(({ name }) => name === 'solution')!;
  const local = startExercise(exercise, 3);
  await carryOut(local, { ...way, files: { ...exercise.files, ...way.files } }, exercise.components);
  const learner = { id: '1', name: 'Kim' };
  const rest = {
    course: 'demo',
    engine: hash,
    learner,
    locale: 'en',
    savedAt: '2026-03-02T09:00:00Z',
    files: {},
  } as const;
  return (await makeSubmission({ ...rest, exercise, log: local.log() })).submission;
}

beforeAll(async () => {
  hash = await keepEngine(folder);
  await loadSandbox();
  submission = await handIn('start/mend-the-manifest');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('engines that are kept', () => {
  // This checkout has another version by now: what was handed in can only be graded by the one that is kept.
  const options = () => ({
    exercises: new Map([[exercise.id, exercise]]),
    engine: 'f'.repeat(16),
    library: new EngineLibrary(folder),
  });

  it('grade what was handed in with them, and with the exercise as it was', async () => {
    expect(keptEngines(folder)).toEqual([hash]);
    const { report, problem } = await grade(bytes(submission), options());
    expect({ problem, points: report?.points }).toEqual({ problem: undefined, points: submission.claim.of });
    const changed = { ...exercise, title: { en: 'Another', ko: '다른 제목' } };
    const later = await grade(bytes(submission), { ...options(), exercises: new Map([[exercise.id, changed]]) });
    expect(later.report?.points).toBe(submission.claim.of);
  });

  it('are never replaced by another', async () => {
    const signed = ({ chain: _, ...rest }: Submission): Submission => ({ ...rest, chain: chainOfSubmission(rest) });
    for (const engine of ['0'.repeat(16), `../${hash}`, '', '__proto__'])
      expect((await grade(bytes(signed({ ...submission, engine })), options())).problem).toBe('other-engine');
    const other = signed({ ...submission, exerciseHash: 'a'.repeat(64) });
    expect((await grade(bytes(other), options())).problem).toBe('changed-exercise');
  });

  it('do not believe an exercise that is not what its name says', async () => {
    const file = path.join(folder, hash, 'exercises', `${digestOf(exercise)}.json`);
    writeFileSync(file, canonicalJson({ ...exercise, steps: [] }));
    const changed = { ...exercise, minutes: 99 };
    const found = await grade(bytes(submission), { ...options(), exercises: new Map([[exercise.id, changed]]) });
    expect(found.problem).toBe('changed-exercise');
  });

  it('keep the exercises of every build', async () => {
    const before = readdirSync(path.join(folder, hash, 'exercises')).length;
    await keepEngine(folder);
    expect(readdirSync(path.join(folder, hash, 'exercises'))).toHaveLength(before);
  });
});
