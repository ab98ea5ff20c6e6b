/** The words of the course: lessons/glossary.yaml, in the order of a language. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Language } from './course.ts';

export interface Term {
  /** The fragment of its address on the page. */
  readonly id: string;
  readonly en: string;
  readonly ko: string;
  /** The lesson that explains it, `pods/pod-basics`. */
  readonly lesson: string;
  readonly say: Readonly<Record<Language, string>>;
  /** How lessons say it, where that is not the word itself: an English plural and a Korean particle are understood. */
  readonly forms?: Partial<Readonly<Record<Language, readonly string[]>>>;
}

/** Every term, sorted by its word in the language. */
export function glossary(language: Language): Term[] {
  const terms = parse(readFileSync('lessons/glossary.yaml', 'utf8')) as Term[];
  return terms.toSorted((a, b) => a[language].localeCompare(b[language], language));
}
