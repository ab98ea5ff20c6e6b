import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { exerciseIds, loadExercise, loadHidden } from '../../grading/load.ts';

const root = path.join(import.meta.dirname, '../..');

test('nothing of the hidden checks is in the built site', () => {
  const exercises = exerciseIds(path.join(root, 'exercises')).map((id) =>
    loadExercise(path.join(root, 'exercises'), id),
  );
  const checks = exercises.flatMap((exercise) => loadHidden(path.join(root, 'solutions'), exercise));
  const secrets = checks.flatMap(({ id, title }) => [id, title.en, title.ko]);
  expect(secrets.length).toBeGreaterThan(0);
  const files = globSync('dist/**/*.{html,js,json,txt,xml,css,pf_fragment,pf_index,pf_meta}', { cwd: root });
  const texts = files.map((file) => readFileSync(path.join(root, file), 'utf8'));
  const found = (words: string) => texts.some((text) => text.includes(words));
  // What learners do see is found by the same search.
  expect(found(exercises.find(({ hidden }) => hidden !== undefined)!.steps[0]!.checks[0]!.title.en)).toBe(true);
  expect(secrets.filter(found)).toEqual([]);
});
