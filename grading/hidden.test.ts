import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSandbox } from '../sim-core/host/load-sandbox.ts';
import type { SessionLog } from '../sim-core/host/session.ts';
import { evaluateLog, type Report } from './evaluate.ts';
import type { Check, Exercise } from './format/exercise.ts';
import { instantiate } from './format/variants.ts';
import { exerciseIds, instantiateWalkthrough, loadExercise, loadHidden, loadWalkthroughs } from './load.ts';
import { carryOut, startExercise } from './walkthrough.ts';

const root = join(import.meta.dirname, '..');
const exercises = exerciseIds(join(root, 'exercises')).map((id) => loadExercise(join(root, 'exercises'), id));
const solutions = join(root, 'solutions');

/** What the hidden checks make of a session. */
function hiddenOf(exercise: Exercise, hidden: readonly Check[], log: SessionLog): Promise<Report> {
  return evaluateLog({ ...exercise, steps: [{ ...exercise.steps[0]!, needs: [], checks: hidden }] }, log);
}

describe('checks that learners do not see', () => {
  it('are as many as the exercise says, in every exercise', () => {
    for (const exercise of exercises)
      expect(loadHidden(solutions, exercise), exercise.id).toHaveLength(exercise.hidden ?? 0);
  });

  it.each(exercises.filter(({ hidden }) => hidden !== undefined).map((exercise) => [exercise.id, exercise] as const))(
    '%s: nothing done earns nothing, every correct way everything',
    async (_id, general) => {
      await loadSandbox();
      const hidden = loadHidden(solutions, general);
      const exercise = instantiate(general, 5);
      expect((await hiddenOf(general, hidden, startExercise(exercise, 5).log())).points).toBe(0);
      for (const recorded of loadWalkthroughs(solutions, general.id)) {
        if (recorded.kind === 'mistake') continue;
        const way = instantiateWalkthrough(recorded, general, 5);
        const local = startExercise(exercise, 5);
        await carryOut(local, { ...way, files: { ...exercise.files, ...way.files } }, exercise.components);
        const { points, of } = await hiddenOf(general, hidden, local.log());
        expect(points, way.name).toBe(of);
      }
    },
    300_000,
  );

  it('must be as many as the exercise says, since its page says so', () => {
    const [exercise] = exercises.filter(({ hidden }) => hidden === 1);
    expect(() => loadHidden(solutions, { ...exercise!, hidden: 2 })).toThrow('exercise.yaml says hidden: 2');
    expect(() => loadHidden(solutions, { ...exercise!, hidden: undefined })).toThrow('exercise.yaml says hidden: 0');
  });
});
