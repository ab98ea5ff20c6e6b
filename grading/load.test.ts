import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadExercise } from './load.ts';

const root = mkdtempSync(join(tmpdir(), 'jotasu-load-'));
afterAll(() => rmSync(root, { recursive: true }));

const HEAD = `
title: { en: T, ko: T }
summary: { en: T, ko: T }
level: 1
kind: do
minutes: 5
cluster: { preset: three-workers }
`;

/** What is said of an exercise with this check. */
function said(check: string, step = ''): string {
  mkdirSync(join(root, 'm/e'), { recursive: true });
  writeFileSync(
    join(root, 'm/e/exercise.yaml'),
    `${HEAD}\nsteps:\n  - { id: a, ${step}title: { en: T, ko: T }, text: { en: T, ko: T }, checks: [${check}] }\n`,
  );
  try {
    loadExercise(root, 'm/e');
    return '';
  } catch (error) {
    return (error as Error).message.replace(`${join(root, 'm/e')}/`, '');
  }
}

const check = (test: string) => `{ id: c, points: 1, title: { en: T, ko: T }, ${test} }`;
const POD = 'apiVersion: v1, kind: Pod';

it.each<[string, string, string, string?]>([
  ['a test that is right', check(`test: { object: { ${POD} } }`), ''],
  [
    'a test that nobody knows',
    check('test: { wish: { name: x } }'),
    'steps.0.checks.0.test: Unrecognized key: "wish"; there are: object, absent',
  ],
  [
    'a field of a test',
    check(`test: { cel: { ${POD}, expresion: x } }`),
    'steps.0.checks.0.test.cel.expression: Invalid input: expected string',
  ],
  [
    'a field inside a scenario',
    check(`test: { scenario: { actions: [{ wait: 3 }], expect: [{ count: { kind: Pod, is: 1 } }] } }`),
    'steps.0.checks.0.test.scenario.expect.0.count.apiVersion: Invalid input: expected string',
  ],
  [
    'an action that nobody knows',
    check(`test: { scenario: { actions: [{ pause: 3 }], expect: [{ object: { ${POD} } }] } }`),
    'test.scenario.actions.0: Unrecognized key: "pause"; there are: delete, apply',
  ],
  [
    'a check with two tests',
    check(
      `test: { object: { ${POD} } }, parts: [{ points: 1, test: { object: { ${POD} } } }, { points: 1, test: { object: { ${POD} } } }]`,
    ),
    'a check has either "test" or "parts"',
  ],
  [
    'parts that do not add up',
    check(`parts: [{ points: 1, test: { object: { ${POD} } } }, { points: 1, test: { object: { ${POD} } } }]`),
    'the points of its parts must add up to "points"',
  ],
  [
    'a script that is not there',
    check('test: { script: { file: none.ts } }'),
    'none.ts: a check runs this file, and it is not there',
  ],
  [
    'a placeholder for nothing',
    check(`test: { object: { ${POD}, name: <<nobody>> } }`),
    '<<nobody>> stands for nothing; there are: no variants',
  ],
  [
    'a step that needs what is not there',
    check(`test: { object: { ${POD} } }`),
    'steps.0.needs: there is no step "b"',
    'needs: [b], ',
  ],
  ['a question that is not there', check('test: { answer: { question: none } }'), 'there is no question "none"'],
])('names %s', (_name, text, expected, step = '') => {
  const found = said(text, step);
  if (expected === '') expect(found).toBe('');
  else expect(found).toContain(expected);
});
