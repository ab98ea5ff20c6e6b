/**
 * Whether both languages of a lesson still say the same. lessons/twins.json holds what each language said when they were last found equal
 * (`npm run twins -- module/lesson` writes it down); a language that has not followed a change of the other is stale, and its page says so.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LANGUAGES, type Language } from './course.ts';

/** By `module/lesson`: a fingerprint of each language. */
type Twins = Readonly<Record<string, Readonly<Record<Language, string>>>>;

/** A fingerprint of what a lesson says. Its date, and where its lines break, do not count. */
export function fingerprint(text: string): string {
  const said = text
    .replace(/^lastUpdated:.*$/m, '')
    .split(/\s+/)
    .join(' ')
    .trim();
  return createHash('sha256').update(said).digest('hex').slice(0, 12);
}

export function fingerprints(lessons: string, lesson: string): Record<Language, string> {
  const of = (language: Language) => fingerprint(readFileSync(path.join(lessons, lesson, `${language}.mdx`), 'utf8'));
  return { en: of('en'), ko: of('ko') };
}

/** The language that has not followed the other; undefined: both are as they were, or both have changed. */
export function staleTwin(recorded: Twins[string] | undefined, now: Twins[string]): Language | undefined {
  if (recorded === undefined) return undefined;
  const changed = LANGUAGES.filter((language) => recorded[language] !== now[language]);
  return changed.length === 1 ? LANGUAGES.find((language) => language !== changed[0]) : undefined;
}

export function readTwins(file = 'lessons/twins.json'): Twins {
  return JSON.parse(readFileSync(file, 'utf8')) as Twins;
}
