/** Interface strings by language. */
import type { Language } from '../course.ts';
import { en } from './en.ts';
import { ko } from './ko.ts';

/** The shape that every language fills: that of English, with any text in place of the English one. */
export type Strings = typeof en;

const ALL: Readonly<Record<Language, Strings>> = { en, ko };

export function strings(language: Language): Strings {
  return ALL[language];
}
