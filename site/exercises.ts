/** The exercises as pages need them: read and checked when the site is built, handed to islands as plain data. */
import path from 'node:path';
import { engineVersion } from '../grading/engine-version.ts';
import type { Exercise } from '../grading/format/exercise.ts';
import { exerciseIds, loadExercise } from '../grading/load.ts';

const root = process.cwd();
const folder = path.join(root, 'exercises');

/** The exercise `module/name`. Throws an error that lists those there are. */
export function exerciseFor(id: string): Exercise {
  const ids = exerciseIds(folder);
  if (ids.includes(id)) return loadExercise(folder, id);
  throw new Error(
    `<Workspace exercise="${id}" /> names an exercise that is not there.\n` +
      `  expected: one of ${ids.join(', ')}\n` +
      `  to mend:  correct the name, or write exercises/${id}/exercise.yaml`,
  );
}

let version: string | undefined;

/** The version of the simulator that this site is built with; submissions name it. */
export function engine(): string {
  version ??= engineVersion(root);
  return version;
}
