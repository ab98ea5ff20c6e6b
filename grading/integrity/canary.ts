import { canonicalJson } from '../../sim-core/api/equality.ts';
import { presets } from '../../sim-core/cluster/presets.ts';
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

/** Of a value that more have been given nobody can say where it came from. */
const MOST_OWNERS = 3;
/** A word that so many use who were not given it is a word that comes to mind. */
const MOST_STRANGERS = 0.2;
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
  const found = new Map([...owners.keys()].filter(isTelling).map((value): [string, Canary[]] => [value, []]));
  for (const { graded, trace } of traced) {
    if (graded.seed === undefined) continue;
    const own = canonicalJson(instantiate(exercise, graded.seed)) + presetText(exercise);
    const places: [string, string][] = [
      ...trace.commands.map(({ text }): [string, string] => [text, text]),
      ...Object.entries(trace.files).map(([name, content]): [string, string] => [name, content]),
      ...trace.requests.map((text): [string, string] => [text.split(' ')[0]!, text]),
    ];
    for (const [value, all] of found) {
      const files = owners.get(value)!;
      if (files.includes(graded.file) || own.includes(value)) continue;
      const place = places.find(([, text]) => contains(text, value));
      if (place === undefined) continue;
      all.push({ file: graded.file, value, owners: files.length > MOST_OWNERS ? [] : files, where: place[0] });
    }
  }
  const most = Math.max(3, traced.length * MOST_STRANGERS);
  return [...found.values()].filter((all) => all.length <= most).flat();
}

/** Whether a value is long enough, and no mere number. */
function isTelling(value: string): boolean {
  return value.length >= LEAST_LENGTH && !/^[\d.]+$/.test(value);
}

/** What the cluster itself has names for. */
function presetText({ cluster: { preset } }: Exercise): string {
  if (typeof preset !== 'string') return JSON.stringify(preset);
  return Object.hasOwn(presets, preset) ? JSON.stringify(presets[preset]!()) : '';
}

/** Whether a text has a value as a word of its own. */
function contains(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const around = (text[at - 1] ?? ' ') + (text[at + value.length] ?? ' ');
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}
