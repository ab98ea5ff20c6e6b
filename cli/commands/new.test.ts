import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { exerciseSchemas } from '../../grading/format/json-schema.ts';
import { loadExercise, loadWalkthroughs } from '../../grading/load.ts';
import { proveForm } from '../../grading/proof.ts';
import { KeptProofs } from '../kept-proofs.ts';
import { newExercise } from '../new-exercise.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'jotasu-new-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['do', 'fix', 'predict', 'code', 'operate'])(
  'lays out an exercise of kind %s that loads, and says what is missing',
  (kind) => {
    const id = `pods/new-${kind}`;
    expect(newExercise(id, kind, folder)).toBe(0);
    const exercise = loadExercise(join(folder, 'exercises'), id);
    expect(exercise.kind).toBe(kind);
    const walkthroughs = loadWalkthroughs(join(folder, 'solutions'), id);
    expect(walkthroughs.map((each) => each.kind)).toEqual(['alternative', 'mistake', 'solution']);
    const [texts, solutions] = proveForm(exercise, walkthroughs);
    expect(texts!.faults).toContain('title is yet to be written');
    expect(solutions!.faults).toContain('solution.yaml is yet to be written');
  },
);

it('overwrites nothing, and knows a name that cannot be one', () => {
  expect(newExercise('pods/once', 'do', folder)).toBe(0);
  const before = readFileSync(join(folder, 'exercises/pods/once/exercise.yaml'), 'utf8');
  expect(newExercise('pods/once', 'fix', folder)).toBe(2);
  expect(readFileSync(join(folder, 'exercises/pods/once/exercise.yaml'), 'utf8')).toBe(before);
  for (const id of ['pods', '../up/there', 'Pods/One', 'pods/a/b']) expect(newExercise(id, 'do', folder)).toBe(2);
  expect(newExercise('pods/other', 'sing', folder)).toBe(2);
});

it('keeps the schemas for editors current', () => {
  for (const [name, text] of Object.entries(exerciseSchemas()))
    expect(readFileSync(join(root, 'exercises', name), 'utf8'), `write exercises/${name} anew: npm run schemas`).toBe(
      text,
    );
});

it('keeps what was proved until something changes', () => {
  const kept = new KeptProofs(join(folder, 'deep/er/proofs.json'), root);
  const exercise = loadExercise(join(root, 'exercises'), 'start/deploy-web');
  const walkthroughs = loadWalkthroughs(join(root, 'solutions'), 'start/deploy-web');
  const hash = kept.hashOf({ exercise, walkthroughs, hidden: [], full: 10 });
  expect(kept.provedUpTo(exercise.id, hash)).toBe(0);
  kept.keep(exercise.id, hash, 40);
  kept.keep('other/one', 'x', 3);
  expect(kept.provedUpTo(exercise.id, hash)).toBe(40);
  expect(
    kept.provedUpTo(
      exercise.id,
      kept.hashOf({ exercise: { ...exercise, minutes: 99 }, walkthroughs, hidden: [], full: 10 }),
    ),
  ).toBe(0);
  expect(
    kept.provedUpTo(exercise.id, kept.hashOf({ exercise, walkthroughs: walkthroughs.slice(1), hidden: [], full: 10 })),
  ).toBe(0);
});
