import type { Exercise, Text } from './format/exercise.ts';
import type { Walkthrough } from './load.ts';

/** Where an author has yet to write: what `jotasu new exercise` puts there. */
export const UNWRITTEN: Text = { en: '(to be written)', ko: '(쓸 내용)' };

const HANGUL = /[\uac00-\ud7a3]/;
/** Commands, names and placeholders are the same in every language. */
const CODE = /`[^`]*`|<<[^>]*>>/g;

/** What is missing of an exercise's texts: each must be there in both languages, and be in that language. */
export function textFaults(exercise: Exercise): string[] {
  const faults: string[] = [];
  for (const [path, { en, ko }] of textsOf(exercise, '')) {
    if (en.includes(UNWRITTEN.en) || ko.includes(UNWRITTEN.ko)) faults.push(`${path} is yet to be written`);
    else if (HANGUL.test(en.replace(CODE, ''))) faults.push(`${path}.en has Korean in it`);
    else if (en.trim() === '' || ko.trim() === '') faults.push(`${path} is empty`);
    else if (!HANGUL.test(ko) && /[a-z]{3,} [a-z]{3,}/.test(ko.replace(CODE, '')))
      faults.push(`${path}.ko has no Korean in it`);
  }
  for (const [name, content] of Object.entries(exercise.files))
    if (content.includes(UNWRITTEN.en)) faults.push(`files.${name} is yet to be written`);
  return faults;
}

/** Every text of an exercise, with where it stands. */
function* textsOf(value: unknown, path: string): Generator<readonly [string, Text]> {
  if (typeof value !== 'object' || value === null) return;
  if (isText(value)) {
    yield [path, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    // What tests compare with is no text for people, whatever its fields are called.
    if (key === 'test' || key === 'when' || key === 'match' || key === 'setup') continue;
    yield* textsOf(inner, path === '' ? key : `${path}.${key}`);
  }
}

function isText(value: object): value is Text {
  const { en, ko } = value as Partial<Text>;
  return typeof en === 'string' && typeof ko === 'string';
}

/** What is missing of an exercise's solutions. */
export function walkthroughFaults(walkthroughs: readonly Walkthrough[]): string[] {
  const kinds = walkthroughs.map(({ kind }) => kind);
  const faults: string[] = [];
  if (!kinds.includes('solution')) faults.push('there is no solution.yaml');
  if (!kinds.includes('alternative')) faults.push('there is no alternative-….yaml: another way that is right too');
  if (!kinds.includes('mistake')) faults.push('there is no mistake-….yaml: something that people really get wrong');
  for (const { name, steps, files } of walkthroughs)
    if (JSON.stringify([steps, files]).includes(UNWRITTEN.en)) faults.push(`${name}.yaml is yet to be written`);
  return faults;
}
