import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Check, checksOf, type Exercise, questionsOf } from './format/exercise.ts';
import { exerciseFile, hiddenFile, solutionFile } from './format/schema.ts';
import { ACTIONS, TESTS } from './format/test-schema.ts';
import { testsWithin } from './format/tests.ts';
import { type Drawn, drawnBy, fillIn, UnknownPlaceholder } from './format/variants.ts';

/** An exercise that its author must mend; the message says where, what was found and what is expected. */
export class ExerciseError extends Error {
  override readonly name = 'ExerciseError';
}

/** A line of the shell, virtual seconds, answers to questions, or a file that is put in its component's place. */
export type WalkthroughStep =
  | string
  | { readonly wait: number }
  | { readonly answer: Readonly<Record<string, string | number>> }
  | { readonly component: string };

/** How a solution or a mistake is carried out, and what must come of it. */
export interface Walkthrough {
  readonly name: string;
  readonly kind: 'solution' | 'alternative' | 'mistake';
  readonly steps: readonly WalkthroughStep[];
  readonly files: Readonly<Record<string, string>>;
  readonly points: number | undefined;
  readonly expect: { readonly check: string; readonly mistake?: string } | undefined;
}

/** The exercises below a folder, by id (`module/exercise`), in order of id. */
export function exerciseIds(root: string): string[] {
  return folders(root).flatMap((module) =>
    folders(join(root, module)).flatMap((name) =>
      exists(join(root, module, name, 'exercise.yaml')) ? [`${module}/${name}`] : [],
    ),
  );
}

/** Reads an exercise. Throws an ExerciseError that names file, field and expectation. */
export function loadExercise(root: string, id: string): Exercise {
  const folder = join(root, ...id.split('/'));
  const file = join(folder, 'exercise.yaml');
  const data = read(file, exerciseFile);
  const checks = data.steps.flatMap((step) => step.checks.map((check) => check.id));
  const twice = checks.find((check, index) => checks.indexOf(check) !== index);
  if (twice !== undefined)
    throw new ExerciseError(`${file}: two checks are called "${twice}"; give each an id of its own`);
  const exercise = { id, ...data, steps: data.steps.map((step) => ({ ...step, checks: step.checks.map(completed) })) };
  return coherent(file, withScripts(folder, exercise as unknown as Exercise));
}

/** The recorded solutions and mistakes of an exercise: `solution.yaml`, `alternative-*.yaml`, `mistake-*.yaml`. */
export function loadWalkthroughs(root: string, id: string): Walkthrough[] {
  const folder = join(root, ...id.split('/'));
  if (!exists(folder))
    throw new ExerciseError(`${folder}: the exercise has no solution; write ${join(folder, 'solution.yaml')}`);
  return readdirSync(folder)
    .filter((name) => /^(solution|alternative-.+|mistake-.+)\.yaml$/.test(name))
    .sort()
    .map((file) => {
      const { steps, files, points, expect } = read(join(folder, file), solutionFile);
      const name = file.replace(/\.yaml$/, '');
      const kind = name === 'solution' ? 'solution' : name.startsWith('mistake-') ? 'mistake' : 'alternative';
      if (kind === 'mistake' && expect === undefined) {
        throw new ExerciseError(
          `${join(folder, file)}: a mistake needs "expect": the check it fails, and the mistake recognised`,
        );
      }
      return { name, kind, steps, files, points, expect } as Walkthrough;
    });
}

/**
 * The checks of an exercise that learners do not see: `hidden.yaml` in its folder below `root`; none, if it is not there. Throws an ExerciseError, also
 * when they are not as many as the exercise says, since its page tells learners their number (unless they are an instructor's own: not `announced`).
 */
export function loadHidden(root: string, exercise: Exercise, announced = true): readonly Check[] {
  const file = join(root, ...exercise.id.split('/'), 'hidden.yaml');
  if (!exists(file)) return [];
  const checks = read(file, hiddenFile).checks.map(completed) as unknown as Check[];
  const { hidden = 0 } = exercise;
  if (announced && checks.length !== hidden)
    throw new ExerciseError(`${file}: there are ${checks.length} checks, and exercise.yaml says hidden: ${hidden}`);
  const known = checksOf(exercise).map(({ id }) => id);
  const twice = checks.find(
    ({ id }, index) => known.includes(id) || checks.findIndex((other) => other.id === id) < index,
  );
  if (twice !== undefined)
    throw new ExerciseError(`${file}: another check is called "${twice.id}"; give each an id of its own`);
  return checks;
}

function read<T extends z.ZodType>(file: string, schema: T): z.output<T> {
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new ExerciseError(`${file}: ${syntax.message}`);
  const result = schema.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (result.success) return result.data;
  const { path, message } = deepest(result.error.issues[0]!);
  throw new ExerciseError(`${file}: ${path.length === 0 ? 'the file' : path.map(String).join('.')}: ${message}`);
}

type Issue = z.core.$ZodIssue;

/** Of a choice between forms, what is wrong with the form that was meant: the one whose own field is there. */
function deepest(issue: Issue, above: readonly PropertyKey[] = []): { path: readonly PropertyKey[]; message: string } {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union') return { path, message: issue.message };
  const meant = issue.errors.filter(
    (issues) => !issues.some(({ code, path: at }) => code === 'unrecognized_keys' && at.length === 0),
  );
  const [first] = meant.filter(
    ([inner]) => inner !== undefined && (inner.path.length > 0 || inner.code !== 'invalid_type'),
  );
  if (first !== undefined) return deepest(first[0]!, path);
  const unknown = issue.errors.flat().find((inner) => inner.code === 'unrecognized_keys');
  if (unknown === undefined) return { path, message: issue.errors.flat()[0]?.message ?? issue.message };
  const names = Object.keys(path.at(-2) === 'actions' ? ACTIONS : TESTS);
  return { path, message: `${unknown.message}; there are: ${names.join(', ')}` };
}

/** What no single field shows: names that lead nowhere. */
function coherent(file: string, exercise: Exercise): Exercise {
  const { steps } = exercise;
  const questions = questionsOf(exercise).map(({ id }) => id);
  for (const [index, { needs = [], checks }] of steps.entries()) {
    for (const need of needs)
      if (!steps.some(({ id }) => id === need))
        throw new ExerciseError(`${file}: steps.${index}.needs: there is no step "${need}"`);
    for (const { id, test } of checks) {
      for (const each of testsWithin(test)) {
        if ('answer' in each && !questions.includes(each.answer.question))
          throw new ExerciseError(`${file}: check ${id}: there is no question "${each.answer.question}"`);
      }
    }
  }
  try {
    for (const seed of [1, 2, 3]) fillIn({ ...exercise, variants: undefined }, drawnBy(exercise, seed));
  } catch (error) {
    if (!(error instanceof UnknownPlaceholder)) throw error;
    throw new ExerciseError(`${file}: ${error.message}`);
  }
  return exercise;
}

/** A check of parts is a check whose test is that all of them pass. */
function completed<T extends { test?: unknown; parts?: readonly { test: unknown }[] }>(check: T): T {
  return check.parts === undefined ? check : { ...check, test: { all: check.parts.map(({ test }) => test) } };
}

/** Puts the sources of checks in TypeScript beside the names of their files. */
function withScripts(folder: string, exercise: Exercise): Exercise {
  const tests = exercise.steps.flatMap(({ checks }) =>
    checks.flatMap(({ test, parts = [], mistakes }) => [
      test,
      ...parts.map((part) => part.test),
      ...mistakes.flatMap(({ when }) => when),
    ]),
  );
  for (const test of tests) {
    for (const each of testsWithin(test)) {
      if (!('script' in each)) continue;
      const file = join(folder, each.script.file);
      if (!exists(file)) throw new ExerciseError(`${file}: a check runs this file, and it is not there`);
      Object.assign(each.script, { source: readFileSync(file, 'utf8') });
    }
  }
  return exercise;
}

/** A walkthrough as a learner of that seed would do it. */
export function instantiateWalkthrough(walkthrough: Walkthrough, exercise: Exercise, seed: number): Walkthrough {
  if (exercise.variants === undefined) return walkthrough;
  const drawn: Drawn = drawnBy(exercise, seed);
  const { steps, files, ...rest } = walkthrough;
  return { ...rest, steps: fillIn(steps, drawn), files: fillIn(files, drawn) };
}

function folders(root: string): string[] {
  return exists(root)
    ? readdirSync(root)
        .filter((name) => statSync(join(root, name)).isDirectory())
        .sort()
    : [];
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}
