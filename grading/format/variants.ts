import { RandomStream } from '../../sim-core/engine/random.ts';
import type { Exercise } from './exercise.ts';

/** What is drawn for each learner, by name: `<<name>>` in the exercise and its solutions stands for it. */
export type Variants = Readonly<Record<string, Variant>>;

export type Variant =
  /** One of these: words, numbers, or groups of values that belong together (`<<fruit.ko>>`). */
  | { readonly oneOf: readonly VariantValue[] }
  /** A whole number between these, both included. */
  | { readonly from: number; readonly to: number }
  /** So many letters and digits that nobody else is likely to have, fit for names of objects. */
  | { readonly code: number };

export type VariantValue = string | number | boolean | Readonly<Record<string, string | number | boolean>>;

/** What a seed has drawn, by name. */
export type Drawn = Readonly<Record<string, VariantValue>>;

/** Without those that look like others. */
const LETTERS = 'bcdfghjkmnpqrstvwxz';
const SIGNS = `${LETTERS}2456789`;
const PLACEHOLDER = /<<([a-zA-Z][\w-]*)(?:\.([\w-]+))?>>/g;
const ONLY = /^<<([a-zA-Z][\w-]*)(?:\.([\w-]+))?>>$/;

/** A placeholder that stands for nothing: the author must mend it. */
export class UnknownPlaceholder extends Error {
  override readonly name = 'UnknownPlaceholder';
}

/** The values of a seed. Each is drawn from a stream of its own, so that one more variant changes no other. */
export function draw(id: string, variants: Variants, seed: number): Drawn {
  return Object.fromEntries(
    Object.entries(variants).map(([name, variant]): [string, VariantValue] => {
      const random = new RandomStream(seed, `variant/${id}/${name}`);
      if ('oneOf' in variant) return [name, variant.oneOf[random.below(variant.oneOf.length)]!];
      if ('from' in variant) return [name, variant.from + random.below(variant.to - variant.from + 1)];
      const signs = Array.from({ length: variant.code }, (_, index) => {
        const from = index === 0 ? LETTERS : SIGNS;
        return from[random.below(from.length)];
      });
      return [name, signs.join('')];
    }),
  );
}

/**
 * A value with every placeholder in it filled in, in keys too. A text that is nothing but a placeholder becomes the value itself, so that
 * numbers stay numbers. Throws an UnknownPlaceholder.
 */
export function fillIn<T>(value: T, drawn: Drawn): T {
  return filled(value, drawn) as T;
}

function filled(value: unknown, drawn: Drawn): unknown {
  if (typeof value === 'string') {
    const only = ONLY.exec(value);
    if (only !== null) return lookUp(drawn, only[1]!, only[2], value);
    return value.replace(PLACEHOLDER, (whole, name: string, field?: string) =>
      String(lookUp(drawn, name, field, whole)),
    );
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, drawn));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(filled(key, drawn)), filled(item, drawn)]),
  );
}

function lookUp(drawn: Drawn, name: string, field: string | undefined, whole: string): unknown {
  const value = Object.hasOwn(drawn, name) ? drawn[name] : undefined;
  const inner =
    typeof value === 'object' && field !== undefined && Object.hasOwn(value, field) ? value[field] : undefined;
  const found = field === undefined ? value : inner;
  if (found === undefined || typeof found === 'object') {
    throw new UnknownPlaceholder(
      `${whole} stands for nothing; there are: ${Object.keys(drawn).join(', ') || 'no variants'}`,
    );
  }
  return found;
}

/** What a seed has drawn of an exercise's variants. */
export function drawnBy({ id, variants = {} }: Exercise, seed: number): Drawn {
  return draw(id, variants, seed);
}

/**
 * The exercise as a learner of that seed has it: names and numbers filled in, and no variants left. An exercise without variants is the same for
 * everybody.
 */
export function instantiate(exercise: Exercise, seed: number): Exercise {
  const { id, variants, ...rest } = exercise;
  if (variants === undefined) return exercise;
  const known = latest.get(exercise);
  if (known?.seed === seed) return known.instance;
  const instance: Exercise = { id, ...fillIn(rest, drawnBy(exercise, seed)) };
  latest.set(exercise, { seed, instance });
  return instance;
}

/** The latest instance of an exercise: a page asks for the same one after every change of its cluster. */
const latest = new WeakMap<Exercise, { readonly seed: number; readonly instance: Exercise }>();
