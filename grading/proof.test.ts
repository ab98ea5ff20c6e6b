import { describe, expect, it } from 'vitest';
import type { Check, Exercise } from './format/exercise.ts';
import type { Test } from './format/tests.ts';
import type { Walkthrough } from './load.ts';
import { prove, proveForm } from './proof.ts';

const T = { en: 'A text', ko: '글' };
const MAP = { apiVersion: 'v1', kind: 'ConfigMap' };

function check(id: string, test: Test, mistakes: Check['mistakes'] = []): Check {
  return { id, points: 2, title: T, test, mistakes };
}

function exerciseOf(checks: readonly Check[], change: Partial<Exercise> = {}): Exercise {
  return {
    id: 'test/proof',
    title: T,
    summary: T,
    level: 1,
    kind: 'do',
    minutes: 1,
    cluster: { preset: 'one-worker', setup: [] },
    files: {},
    steps: [{ id: 'a', title: T, text: T, hints: [], checks }],
    ...change,
  };
}

function walkthrough(name: string, steps: Walkthrough['steps'], more: Partial<Walkthrough> = {}): Walkthrough {
  const kind = name.startsWith('mistake') ? 'mistake' : name === 'solution' ? 'solution' : 'alternative';
  return { name, kind, steps, files: {}, points: undefined, expect: undefined, ...more };
}

const RED: Test = { object: { ...MAP, name: 'paint', match: { data: { colour: 'red' } } } };
const WRONG = {
  id: 'blue',
  when: [{ object: { ...MAP, name: 'paint', match: { data: { colour: 'blue' } } } }],
  say: T,
};
const paint = (colour: string) => `kubectl create configmap paint --from-literal=colour=${colour}`;
const SOLUTION = walkthrough('solution', [paint('red')]);
const OTHER = walkthrough('alternative-two', [
  'kubectl create configmap paint',
  `kubectl patch configmap paint -p '{"data":{"colour":"red"}}'`,
]);
const MISTAKE = walkthrough('mistake-blue', [paint('blue')], { points: 0, expect: { check: 'red', mistake: 'blue' } });

/** What is wrong, by the name of what was to be shown. */
async function faults(exercise: Exercise, ...walkthroughs: Walkthrough[]): Promise<Record<string, readonly string[]>> {
  const proofs = [...proveForm(exercise, walkthroughs), ...(await prove(exercise, walkthroughs, 1, { counts: true }))];
  return Object.fromEntries(
    proofs.filter((proof) => proof.faults.length > 0).map((proof) => [proof.name, proof.faults]),
  );
}

describe('prove', () => {
  it('finds nothing wrong with an exercise that is whole', async () => {
    expect(await faults(exerciseOf([check('red', RED, [WRONG])]), SOLUTION, OTHER, MISTAKE)).toEqual({});
  });

  it('finds a check that is passed by doing nothing, and one that time passes', async () => {
    const free = check('free', { absent: { ...MAP, name: 'paint', match: { data: { colour: 'green' } } } });
    expect(await faults(exerciseOf([check('red', RED, [WRONG]), free]), SOLUTION, OTHER, MISTAKE)).toMatchObject({
      untouched: ['check free passes although nothing was done'],
      'time going by': ['check free passes although nothing was done'],
    });
    const late = check('late', {
      history: { until: 600, eventually: { object: { apiVersion: 'v1', kind: 'Namespace' } } },
    });
    expect(await faults(exerciseOf([late]), SOLUTION, OTHER)).toMatchObject({
      'time going by': ['check late passes although nothing was done'],
    });
  });

  it('finds a solution that does not earn everything, a command that fails, a mistake with other words', async () => {
    const found = await faults(
      exerciseOf([check('red', RED, [])]),
      walkthrough('solution', [paint('green')]),
      walkthrough('alternative-two', [paint('red'), 'kubectl nonsense']),
      MISTAKE,
    );
    expect(found.solution![0]).toContain('earns 0 of 2: red (object-different');
    expect(found['alternative-two']![0]).toContain('"kubectl nonsense" failed');
    expect(found['mistake-blue']).toEqual(['check red should say "blue", and says "object-different"']);
  });

  it('finds a check that nothing shows the use of', async () => {
    const there = check('there', { object: { ...MAP, name: 'paint' } });
    const found = await faults(exerciseOf([check('red', RED, [WRONG]), there]), SOLUTION, OTHER, {
      ...MISTAKE,
      points: 2,
    });
    expect(found).toEqual({
      'every check counts': [
        'check there fails in no mistake and in no part of the solution: nothing shows what it is for',
      ],
    });
  });

  it('finds texts that are missing or in the other language, and solutions that are not there', async () => {
    const exercise = exerciseOf([check('red', RED, [WRONG])], {
      title: { en: '(to be written)', ko: '(쓸 내용)' },
      summary: { en: '글', ko: '글' },
      steps: [
        {
          id: 'a',
          title: { en: 'Run it', ko: 'Run it now please' },
          text: { en: '`kubectl 글`', ko: '`kubectl get pods`' },
          hints: [],
          checks: [check('red', RED, [WRONG])],
        },
      ],
    });
    expect(await faults(exercise, SOLUTION)).toEqual({
      'texts in both languages': [
        'title is yet to be written',
        'summary.en has Korean in it',
        'steps.0.title.ko has no Korean in it',
      ],
      'solutions and mistakes': [
        'there is no alternative-….yaml: another way that is right too',
        'there is no mistake-….yaml: something that people really get wrong',
      ],
      'every check counts': [
        'check red fails in no mistake and in no part of the solution: nothing shows what it is for',
      ],
    });
  });

  it('gives every learner their own variant, and the walkthroughs that fit it', async () => {
    const exercise = exerciseOf([check('red', { object: { ...MAP, name: '<<name>>' } })], {
      variants: { name: { oneOf: ['ink', 'oil', 'chalk'] } },
    });
    const solution = walkthrough('solution', ['kubectl create configmap <<name>>']);
    for (const seed of [1, 2, 3, 4, 5, 6])
      for (const proof of await prove(exercise, [solution], seed)) expect(proof.faults).toEqual([]);
  });
});
