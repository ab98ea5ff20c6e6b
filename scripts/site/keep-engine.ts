/** Keeps the simulator and the exercises of a build, by hash, so that what learners hand in can be graded by them for as long as it takes. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ENGINE_CODE } from '../../grading/batch/engine-library.ts';
import { digestOf } from '../../grading/digest.ts';
import { engineVersion } from '../../grading/engine-version.ts';
import { exerciseIds, loadExercise } from '../../grading/load.ts';
import { canonicalJson } from '../../sim-core/api/equality.ts';
import { NODE_BUNDLE, SANDBOX } from './node-bundle.ts';

const root = path.join(import.meta.dirname, '../..');

/** Where a checkout keeps what it has published. */
export const ENGINES = path.join(root, 'engines');

/**
 * Puts the simulator of this checkout, as it grades, and its exercises below `folder`. What is kept there already stays: an exercise that has changed
 * lies beside the one it was. Answers the simulator's hash.
 */
export async function keepEngine(folder: string = ENGINES): Promise<string> {
  const hash = engineVersion(root);
  const home = path.join(folder, hash);
  const exercises = path.join(home, 'exercises');
  mkdirSync(exercises, { recursive: true });
  for (const id of exerciseIds(path.join(root, 'exercises'))) {
    const exercise = loadExercise(path.join(root, 'exercises'), id);
    const file = path.join(exercises, `${digestOf(exercise)}.json`);
    if (!existsSync(file)) writeFileSync(file, canonicalJson(exercise));
  }
  // Whole or not at all: a build may be ended at any time.
  const part = path.join(home, `part-${process.pid}`);
  await build({
    entryPoints: [path.join(root, 'grading/judge.ts')],
    outdir: path.join(part, path.dirname(ENGINE_CODE)),
    ...NODE_BUNDLE,
    external: [`${SANDBOX}/*`],
  });
  cpSync(path.join(root, 'node_modules', SANDBOX), path.join(home, 'node_modules', SANDBOX), { recursive: true });
  const app = path.join(home, ENGINE_CODE.split('/')[0]!);
  rmSync(app, { recursive: true, force: true });
  renameSync(path.join(part, path.basename(app)), app);
  rmSync(part, { recursive: true, force: true });
  return hash;
}

/** The hashes of the simulators that are kept below a folder. */
export function keptEngines(folder: string = ENGINES): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((hash) => existsSync(path.join(folder, hash, ENGINE_CODE)));
}
