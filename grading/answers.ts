/** Where a learner's answers are kept: a file of theirs, so that they are part of the log. */
export const ANSWERS_FILE = 'answers.json';

/** The answers that a file holds, by question. What is no answer is none. */
export function answersIn(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const known = Object.entries(value).filter(([, each]) => typeof each === 'string' || typeof each === 'number');
    return Object.assign(Object.create(null), Object.fromEntries(known.map(([id, each]) => [id, String(each)])));
  } catch {
    return {};
  }
}
