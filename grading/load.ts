import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Exercise } from './format/exercise.ts';
import { exerciseFile, solutionFile } from './format/schema.ts';

/** An exercise that its author must mend; the message says where, what was found and what is expected. */
export class ExerciseError extends Error {
  override readonly name = 'ExerciseError';
}

/** How a solution or a mistake is carried out, and what must come of it. */
export interface Walkthrough {
  readonly name: string;
  readonly kind: 'solution' | 'alternative' | 'mistake';
  readonly steps: readonly (string | { readonly wait: number })[];
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
  return { id, ...data } as Exercise;
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

function read<T extends z.ZodType>(file: string, schema: T): z.output<T> {
  const document = parseDocument(readFileSync(file, 'utf8'));
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new ExerciseError(`${file}: ${syntax.message}`);
  const result = schema.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue!.path.map(String).join('.');
  throw new ExerciseError(`${file}: ${path === '' ? 'the file' : path}: ${issue!.message}`);
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
