import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionLog } from '../sim-core/host/session.ts';
import { act } from './checks/actions.ts';
import { Copies } from './checks/copies.ts';
import { stateDigest } from './digest.ts';
import { evaluateLog } from './evaluate.ts';
import { evaluateLive } from './evaluate-live.ts';
import type { Check, Exercise, Step } from './format/exercise.ts';
import type { Action, Test } from './format/tests.ts';
import { carryOut, startExercise } from './walkthrough.ts';

const T = { en: 'First things', ko: '먼저' };
const there = (name: string): Test => ({ object: { apiVersion: 'v1', kind: 'ConfigMap', name } });

function exerciseOf(...steps: (Partial<Step> & { checks: readonly Check[] })[]): Exercise {
  return {
    id: 'test/evaluate',
    title: T,
    summary: T,
    level: 1,
    kind: 'do',
    minutes: 1,
    cluster: { preset: 'one-worker', setup: [] },
    files: {},
    steps: steps.map((step, index) => ({ id: `s${index}`, title: T, text: T, hints: [], ...step })),
  };
}

function check(id: string, test: Test, more: Partial<Check> = {}): Check {
  return { id, points: 4, title: T, test, mistakes: [], ...more };
}

let log: SessionLog;

beforeAll(async () => {
  const local = startExercise(exerciseOf({ checks: [] }), 1);
  await carryOut(local, { files: {}, steps: ['kubectl create configmap one', 'kubectl create configmap two'] });
  log = local.log();
});

describe('evaluateLog', () => {
  it('gives the points of the parts that pass', async () => {
    const parts = [
      { points: 1, test: there('one') },
      { points: 2, test: there('three') },
      { points: 1, test: there('two') },
    ];
    const exercise = exerciseOf({ checks: [check('c', { all: parts.map(({ test }) => test) }, { parts })] });
    const { points, of, results } = await evaluateLog(exercise, log);
    expect({ points, of }).toEqual({ points: 2, of: 4 });
    expect(results[0]).toMatchObject({ status: 'failed', message: { key: 'part', values: { points: '2', of: '4' } } });
  });

  it('asks nothing of a step before those that it needs are done', async () => {
    const exercise = (first: string) =>
      exerciseOf(
        { checks: [check('a', there(first))] },
        { needs: ['s0'], checks: [check('b', there('two'))] },
        { needs: ['s1'], checks: [check('c', there('one'))] },
      );
    expect((await evaluateLog(exercise('one'), log)).points).toBe(12);
    const { points, results } = await evaluateLog(exercise('three'), log);
    expect(points).toBe(0);
    expect(results.slice(1)).toMatchObject([
      { locked: true, points: 0, message: { key: 'needs-first' } },
      { locked: true, points: 0, message: { key: 'needs-first' } },
    ]);
  });

  it('gives steps that need each other nothing, and comes to an end', async () => {
    const exercise = exerciseOf(
      { needs: ['s1'], checks: [check('a', there('one'))] },
      { needs: ['s0'], checks: [check('b', there('two'))] },
    );
    expect((await evaluateLog(exercise, log)).points).toBe(0);
  });

  it('gives a check that could not be run no points, whatever it is part of', async () => {
    const broken: Test = { cel: { apiVersion: 'v1', kind: 'ConfigMap', expression: '(' } };
    const exercise = exerciseOf({
      checks: [
        check('a', broken),
        check('b', { not: broken }),
        check('c', { any: [broken, there('three')] }),
        check('d', { http: { url: 'gopher://x' } }),
      ],
    });
    const { points, results } = await evaluateLog(exercise, log);
    expect(points).toBe(0);
    expect(results.map(({ status }) => status)).toEqual(['not-run', 'not-run', 'not-run', 'not-run']);
  });

  it('leaves what only looks as it is, whatever other checks do to their copies', async () => {
    const gone: Test = { command: { run: 'kubectl delete configmap one two' } };
    const exercise = exerciseOf({
      checks: [
        check('a', gone),
        check('b', there('one')),
        check('c', gone),
        check('d', { all: [{ http: { url: 'http://nowhere.example/', fails: true } }, there('two')] }),
      ],
    });
    expect((await evaluateLog(exercise, log)).results.map(({ status }) => status)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
    ]);
  });

  it('comes to the same report each time', async () => {
    const exercise = exerciseOf({ checks: [check('a', there('one')), check('b', { http: { service: 'none' } })] });
    expect(await evaluateLog(exercise, log)).toEqual(await evaluateLog(exercise, log));
  });
});

describe('evaluateLive', () => {
  it('asks what only looks, and nothing else, and does not lock what may be open', () => {
    const local = startExercise(exerciseOf({ checks: [] }), 1);
    const exercise = exerciseOf(
      { checks: [check('a', { http: { service: 'x' } })] },
      { needs: ['s0'], checks: [check('b', there('one'))] },
    );
    const before = stateDigest(local.session.cluster);
    expect(evaluateLive(exercise, local.session.cluster).results.map(({ status }) => status)).toEqual([
      'not-run',
      'failed',
    ]);
    expect(stateDigest(local.session.cluster)).toBe(before);
  });
});

describe('Copies', () => {
  const wait: Action = { wait: 1 };
  const make: Action = { apply: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' } } };
  const scenario = (...actions: Action[]): Test => ({ scenario: { actions, expect: [] } });

  it('let scenarios that begin alike share their beginning', async () => {
    const lists = [[wait], [wait, make], [wait, make]];
    const copies = new Copies(
      log,
      lists.map((actions) => scenario(...actions)),
    );
    for (const actions of lists) {
      const { copy, done } = copies.take(actions);
      for (const action of actions.slice(done)) await act(copy, action);
      copies.giveBack(actions, copy);
    }
    expect(copies.made).toBe(1);
  });

  it('do not go on from a beginning that another scenario still needs', () => {
    const copies = new Copies(log, [scenario(wait), scenario(wait, make), scenario(wait)]);
    const first = copies.take([wait]);
    copies.giveBack([wait], first.copy);
    expect(copies.take([wait, make]).done).toBe(0);
    expect(copies.take([wait]).copy).toBe(first.copy);
    expect(copies.made).toBe(2);
  });

  it('never hand out again what has been spent', () => {
    const copies = new Copies(log, [scenario(wait), scenario(wait)]);
    const { copy } = copies.take([wait]);
    copy.spent = true;
    copies.giveBack([wait], copy);
    expect(copies.take([wait]).copy).not.toBe(copy);
  });
});
