import { expect, it } from 'vitest';
import { evaluateLog } from '../evaluate.ts';
import type { Exercise } from '../format/exercise.ts';
import type { Test } from '../format/tests.ts';
import { say } from '../messages.ts';
import { carryOut, startExercise } from '../walkthrough.ts';

const T = { en: 'x', ko: 'x' };

/** What is said of tests in a cluster of that preset: true, or the sentence. */
async function ask(preset: string, tests: readonly Test[]): Promise<(true | string)[]> {
  const checks = tests.map((test, index) => ({ id: `c${index}`, points: 1, title: T, test, mistakes: [] }));
  const exercise: Exercise = {
    id: 'test/metric',
    title: T,
    summary: T,
    level: 1,
    kind: 'do',
    minutes: 1,
    cluster: { preset, setup: [] },
    files: {},
    steps: [{ id: 'a', title: T, text: T, hints: [], checks }],
  };
  const local = startExercise(exercise, 1);
  await carryOut(local, { files: {}, steps: ['kubectl run web --image=nginx:1.27 --labels=app=web', { wait: 90 }] });
  const { results } = await evaluateLog(exercise, local.log());
  return results.map(({ status, message }) => (status === 'passed' ? true : say(message!, 'en')));
}

it('compares what the metrics API says of pods and nodes', async () => {
  const said = await ask('metered', [
    { metric: { labels: 'app=web', memory: { $atLeast: '1Mi' } } },
    { metric: { of: 'nodes', name: 'worker-1', cpu: { $atMost: 2 } } },
    { metric: { labels: 'app=web', memory: { $atLeast: '900Gi' } } },
    { metric: { labels: 'app=none', memory: { $atLeast: 1 } } },
  ]);
  expect(said.slice(0, 2)).toEqual([true, true]);
  expect(said[2]).toMatch(/^web memory is \d+Ki, and should be ≥ 900Gi\.$/);
  expect(said[3]).toBe('There is no measurement of pods yet.');
});

it('finds nothing measured where nobody measures, and asks nothing of a page that is not there', async () => {
  const said = await ask('one-worker', [
    { metric: { labels: 'app=web', cpu: { $atMost: 1 } } },
    { metric: { url: 'http://web:9090/metrics', from: { pod: { name: 'web' } }, metric: 'requests_total' } },
  ]);
  expect(said[0]).toBe('There is no measurement of pods yet.');
  expect(said[1]).toContain('got no answer');
});
