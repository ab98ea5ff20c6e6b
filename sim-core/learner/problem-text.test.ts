import { expect, test } from 'vitest';
import { problemText } from './problem-text.ts';

test('says what is wrong and where, in the language of the learner', () => {
  const problem = { key: 'steps', values: { steps: '2000000' }, file: 'controller.ts', line: 12 } as const;
  expect(problemText(problem, 'en')).toBe(
    'controller.ts:12: One call took more than 2000000 steps and was ended. Is there a loop that never comes to its end?',
  );
  expect(problemText(problem, 'ko')).toContain('controller.ts:12: 호출 한 번이 2000000단계를 넘어');
  expect(problemText({ key: 'threw', values: { error: '__proto__', message: '{error} {toString}' } }, 'en')).toBe(
    '__proto__: {error} {toString}',
  );
});
