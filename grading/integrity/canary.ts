import { canonicalJson } from '../../sim-core/api/equality.ts';
import type { Exercise } from '../format/exercise.ts';
import { drawnBy, instantiate } from '../format/variants.ts';
import { ownValues } from './normal.ts';
import type { Traced } from './trace.ts';

/** A value that was drawn for somebody else. */
export interface Canary {
  readonly file: string;
  readonly value: string;
  /** Files of those for whom it was drawn. */
  readonly owners: readonly string[];
  /** Where it was found. */
  readonly where: string;
}

/** A value that many have been given says nothing about where it came from. */
const MOST_OWNERS = 2;
/** Shorter ones come about by chance. */
const LEAST_LENGTH = 4;

/**
 * Looks in each submission for values that were drawn for other learners. What the learner's own exercise says, or what everybody's says, is not
 * counted.
 */
export function canaries(exercise: Exercise, traced: readonly Traced[]): Canary[] {
  if (exercise.variants === undefined) return [];
  const owners = new Map<string, string[]>();
  for (const { graded } of traced) {
    if (graded.seed === undefined) continue;
    for (const value of ownValues(drawnBy(exercise, graded.seed)).keys())
      owners.set(value, [...(owners.get(value) ?? []), graded.file]);
  }
  const telling = [...owners].filter(
    ([value, files]) => value.length >= LEAST_LENGTH && files.length <= MOST_OWNERS && !/^\d+$/.test(value),
  );
  return traced.flatMap(({ graded, trace }) => {
    if (graded.seed === undefined) return [];
    const own = canonicalJson(instantiate(exercise, graded.seed));
    const places: [string, string][] = [
      ...trace.commands.map(({ text }): [string, string] => [text, text]),
      ...Object.entries(trace.files).map(([name, content]): [string, string] => [name, content]),
      ...trace.requests.map((text): [string, string] => [text.split(' ')[0]!, text]),
    ];
    return telling.flatMap(([value, files]): Canary[] => {
      if (files.includes(graded.file) || own.includes(value)) return [];
      const place = places.find(([, text]) => contains(text, value));
      return place === undefined ? [] : [{ file: graded.file, value, owners: files, where: place[0] }];
    });
  });
}

/** Whether a text has a value as a word of its own. */
function contains(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const around = (text[at - 1] ?? ' ') + (text[at + value.length] ?? ' ');
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}
