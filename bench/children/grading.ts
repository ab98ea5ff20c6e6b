/** How many submissions a core grades in a second: the recorded solutions of every third exercise, each handed in and graded by replay. */
import path from 'node:path';
import type { Exercise } from '../../grading/format/exercise.ts';
import { instantiate } from '../../grading/format/variants.ts';
import { grade } from '../../grading/grade.ts';
import { exerciseIds, instantiateWalkthrough, loadExercise, loadWalkthroughs } from '../../grading/load.ts';
import { learnerSeed } from '../../grading/seed.ts';
import { makeSubmission } from '../../grading/submission.ts';
import { carryOut, startExercise } from '../../grading/walkthrough.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';

const root = process.cwd();
const LEARNER = { id: '20260001', name: 'Kim Haneul' };

async function handIn(general: Exercise): Promise<Uint8Array> {
  const seed = learnerSeed('bench', general.id, LEARNER.id);
  const exercise = instantiate(general, seed);
  const recorded = loadWalkthroughs(path.join(root, 'solutions'), general.id).find(({ name }) => name === 'solution')!;
  const way = instantiateWalkthrough(recorded, general, seed);
  const local = startExercise(exercise, seed);
  await carryOut(local, { ...way, files: { ...exercise.files, ...way.files } }, exercise.components);
  const rest = { course: 'bench', engine: 'bench', locale: 'ko', savedAt: '2026-03-02T09:00:00Z', files: {} } as const;
  const { submission } = await makeSubmission({ ...rest, exercise: general, learner: LEARNER, log: local.log() });
  return new TextEncoder().encode(JSON.stringify(submission));
}

await loadSandbox();
const all = exerciseIds(path.join(root, 'exercises'));
// Some exercises take thirty times as long as others: of a few, the mean would be anything.
const ids = all.filter((_, index) => index % 3 === 0);
const exercises = new Map(ids.map((id) => [id, loadExercise(path.join(root, 'exercises'), id)]));
const files: Uint8Array[] = [];
for (const exercise of exercises.values()) files.push(await handIn(exercise));
const options = { exercises, engine: 'bench' };
for (const file of files) await grade(file, options);
const started = performance.now();
for (const file of files) {
  const { problem } = await grade(file, options);
  if (problem !== undefined) throw new Error(`the bench's own submission: ${problem}`);
}
const perSecond = (files.length * 1000) / (performance.now() - started);
const bytes = files.reduce((sum, { byteLength }) => sum + byteLength, 0) / files.length;
process.stdout.write(JSON.stringify({ perSecond, kibibytes: bytes / 1024 }));
