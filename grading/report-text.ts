import type { CheckResult } from './evaluate.ts';
import type { Locale } from './format/exercise.ts';
import { say } from './messages.ts';

/** Neutralises what a terminal, a page or a spreadsheet would act on in a text that a learner wrote. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�');
}

/** What is said about a check that did not pass. */
export function explain({ status, message, mistake }: CheckResult, locale: Locale): string | undefined {
  if (status === 'passed') return undefined;
  if (mistake !== undefined) return mistake.say[locale];
  return message === undefined ? undefined : plainText(say(message, locale));
}
