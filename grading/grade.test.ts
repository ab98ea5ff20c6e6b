import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../sim-core/api/equality.ts';
import type { Exercise } from './format/exercise.ts';
import { type GradeOptions, grade } from './grade.ts';
import { chainOfSubmission, makeSubmission, SUBMISSION_LIMIT, type Submission } from './submission.ts';
import { carryOut, startExercise } from './walkthrough.ts';

const text = (en: string) => ({ en, ko: en });

/** A small exercise, so that these tests depend on no lesson's content. */
const exercise: Exercise = {
  id: 'test/two-configs',
  title: text('Two ConfigMaps'),
  summary: text('Make two'),
  level: 1,
  kind: 'do',
  minutes: 1,
  cluster: { preset: 'lab', setup: [] },
  files: {},
  steps: [
    {
      id: 'make',
      title: text('Make'),
      text: text('Make'),
      hints: [],
      checks: [
        {
          id: 'first',
          points: 2,
          title: text('first'),
          test: { object: { apiVersion: 'v1', kind: 'ConfigMap', name: 'first', match: { data: { color: 'blue' } } } },
          mistakes: [],
        },
        {
          id: 'second',
          points: 1,
          title: text('second'),
          test: { object: { apiVersion: 'v1', kind: 'ConfigMap', name: 'second' } },
          mistakes: [],
        },
      ],
    },
  ],
};

const options: GradeOptions = { exercises: new Map([[exercise.id, exercise]]), engine: 'engine-1' };
let good: Submission;

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

/** The same submission with something changed, and its chain made to fit: what a careful forger would do. */
function forged(change: (submission: Submission) => Submission): Submission {
  const { chain: _, ...rest } = change(structuredClone(good));
  return { ...rest, chain: chainOfSubmission(rest) };
}

beforeAll(async () => {
  const local = startExercise(exercise, 7);
  await carryOut(local, {
    files: {},
    steps: ['kubectl create configmap first --from-literal=color=blue', { wait: 30 }, 'kubectl create configmap other'],
  });
  ({ submission: good } = await makeSubmission({
    course: 'demo',
    exercise,
    engine: 'engine-1',
    learner: { id: '20260001', name: '김하늘' },
    locale: 'ko',
    savedAt: '2026-03-02T09:00:00Z',
    log: local.log(),
    files: { 'a.yaml': 'kind: X' },
  }));
});

describe('grade', () => {
  it('makes the cluster again and judges it', async () => {
    const { report, problem } = await grade(bytes(good), options);
    expect(problem).toBeUndefined();
    expect(report).toMatchObject({ points: 2, of: 3 });
    expect(report!.results.map(({ status }) => status)).toEqual(['passed', 'failed']);
  });

  it('comes to the same report, byte for byte, each time', async () => {
    const [one, two] = [await grade(bytes(good), options), await grade(bytes(good), options)];
    expect(canonicalJson(one.report)).toBe(canonicalJson(two.report));
  });

  it.each<[string, () => unknown, string]>([
    ['an edited score', () => ({ ...good, claim: { ...good.claim, points: 3 } }), 'altered'],
    [
      'an edited score with its chain mended',
      () => forged((s) => ({ ...s, claim: { ...s.claim, points: 3 } })),
      'score-differs',
    ],
    ['an edited log', () => ({ ...good, log: { ...good.log, entries: good.log.entries.slice(1) } }), 'altered'],
    [
      'an edited log with its chain mended',
      () =>
        forged((s) => ({
          ...s,
          log: { ...s.log, entries: s.log.entries.filter(({ input }) => input.type !== 'request') },
        })),
      'does-not-replay',
    ],
    [
      'a request smuggled in at an impossible place',
      () =>
        forged((s) => ({
          ...s,
          log: {
            ...s.log,
            entries: s.log.entries.map((entry) => ({ ...entry, executed: entry.executed + 1_000_000 })),
          },
        })),
      'does-not-replay',
    ],
    [
      'another state with its chain mended',
      () => forged((s) => ({ ...s, claim: { ...s.claim, state: '0' } })),
      'state-differs',
    ],
    ['another learner’s name', () => ({ ...good, learner: { id: '2', name: 'x' } }), 'altered'],
    ['a cut file', () => JSON.stringify(good).slice(0, -100), 'damaged'],
    ['junk', () => 'PK\u0003\u0004 nothing of ours', 'not-a-submission'],
    ['a code without its file', () => '<p>내 코드: 8of10-7K3M-Q2XA</p>', 'only-a-code'],
    ['an empty file', () => '', 'not-a-submission'],
    ['JSON that is something else', () => ({ hello: 'world' }), 'not-a-submission'],
    ['a log that is not a list', () => ({ ...good, log: { ...good.log, entries: 'none' } }), 'damaged'],
    [
      'an input of no known type',
      () => ({ ...good, log: { ...good.log, entries: [{ time: 1, executed: 1, input: { type: 'eval' } }] } }),
      'damaged',
    ],
    ['an exercise nobody knows', () => forged((s) => ({ ...s, exercise: 'test/other' })), 'unknown-exercise'],
    ['another engine', () => forged((s) => ({ ...s, engine: 'engine-2' })), 'other-engine'],
    ['another version of the exercise', () => forged((s) => ({ ...s, exerciseHash: '0' })), 'changed-exercise'],
    [
      'another cluster to begin with',
      () => forged((s) => ({ ...s, log: { ...s.log, cluster: { ...s.log.cluster, preset: 'nowhere' } } })),
      'other-cluster',
    ],
  ])('names %s', async (_name, make, problem) => {
    expect((await grade(bytes(make()), options)).problem).toBe(problem);
  });

  it('is judged by the exercise that it was made with, or by mended checks where that is asked for', async () => {
    const steps = exercise.steps.map((step) => ({
      ...step,
      checks: step.checks.map((check) => ({ ...check, points: 5 })),
    }));
    const now: Exercise = { ...exercise, steps };
    const changed: GradeOptions = { ...options, exercises: new Map([[now.id, now]]) };
    expect(await grade(bytes(good), changed)).toMatchObject({ problem: 'changed-exercise' });
    const library = { engine: async () => undefined, exercise: () => exercise };
    const { report: earlier, ...how } = await grade(bytes(good), { ...changed, library });
    expect(how).toMatchObject({ problem: undefined, judgedBy: 'earlier' });
    expect(earlier).toMatchObject({ of: 3 });
    const mended = await grade(bytes(good), { ...changed, library, mended: [now.id] });
    expect(mended).toMatchObject({ problem: undefined, judgedBy: 'mended', report: { of: 10 } });
    const elsewhere: Exercise = { ...now, cluster: { preset: 'three-workers', setup: [] } };
    const moved = { ...changed, exercises: new Map([[now.id, elsewhere]]), mended: [now.id] };
    expect(await grade(bytes(good), moved)).toMatchObject({ problem: 'other-cluster', report: undefined });
    expect(await grade(bytes(good), options)).not.toHaveProperty('judgedBy');
  });

  it('does not read a file that is too large', async () => {
    expect((await grade(new Uint8Array(SUBMISSION_LIMIT + 1), options)).problem).toBe('too-large');
  });

  it('names a submission of another exercise, when one is being graded', async () => {
    expect((await grade(bytes(good), { ...options, only: 'test/something' })).problem).toBe('other-exercise');
  });

  it('survives bytes that are not UTF-8, and JSON nested without end', async () => {
    expect((await grade(new Uint8Array([0xff, 0xfe, 0x00]), options)).problem).toBe('not-a-submission');
    const deep = `{"format":"jotasu-submission/1","log":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    expect((await grade(bytes(deep), options)).problem).toBe('damaged');
  });
});
