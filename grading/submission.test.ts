import { gzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionLog } from '../sim-core/host/session.ts';
import { chainOf } from './digest.ts';
import type { Exercise } from './format/exercise.ts';
import { detailIn, type GradeOptions, grade } from './grade.ts';
import { learnerSeed } from './seed.ts';
import { chainOfSubmission, makeSubmission, type Submission } from './submission.ts';
import { codeIn, codeOf, contentsOf } from './submission-words.ts';
import { carryOut, startExercise } from './walkthrough.ts';

const text = (en: string) => ({ en, ko: en });
const configMap = (id: string, name: string, points: number) => ({
  id,
  points,
  title: text(id),
  test: { object: { apiVersion: 'v1', kind: 'ConfigMap', name } },
  mistakes: [],
});
const exercise: Exercise = {
  id: 'test/maps',
  title: text('Maps'),
  summary: text('Make maps'),
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
      checks: [configMap('first', 'first', 2), configMap('second', 'second', 1)],
    },
  ],
};
const hidden = [configMap('secret', 'third', 3)];
const NINE = Date.parse('2026-03-02T09:00:00Z');
const options: GradeOptions = { exercises: new Map([[exercise.id, exercise]]), engine: 'engine-1' };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
let good: Submission;
let log: SessionLog;

/** As a careful forger leaves it. */
function signed({ chain: _, ...rest }: Submission): Submission {
  return { ...rest, chain: chainOfSubmission(rest) };
}

function handIn(from: SessionLog, of: Exercise = exercise, id = '20260001'): Promise<Submission> {
  const learner = { id, name: '김하늘' };
  const rest = { course: 'demo', engine: 'engine-1', learner, locale: 'ko', savedAt: '2026-03-02T10:00:00Z' } as const;
  return makeSubmission({ ...rest, exercise: of, log: from, files: { 'a.yaml': 'kind: X' } }).then(
    (made) => made.submission,
  );
}

beforeAll(async () => {
  const local = startExercise(exercise, 7);
  const names = ['first', 'second', 'x1', 'x2', 'x3', 'x4', 'third'];
  const steps = [...names.map((name) => `kubectl create configmap ${name}`), 'kubectl delete configmap second'];
  await carryOut(local, { files: {}, steps });
  const plain = local.log();
  // A minute between two inputs on the learner's clock.
  log = { ...plain, entries: plain.entries.map((entry, index) => ({ ...entry, wall: NINE + index * 60_000 })) };
  good = await handIn(log);
});

describe('a submission', () => {
  it('is small, notes states on the way, and says in plain words what is in it', () => {
    expect(JSON.stringify(good).length).toBeLessThan(200 * 1024);
    expect(good.checkpoints!.length).toBeGreaterThan(2);
    const said = contentsOf(good, 'en').join('\n');
    expect(said).toContain('You: 김하늘 (number 20260001)');
    expect(said).toContain('8 command lines, 16 inputs');
    expect(said).toContain('Your files: 1 (a.yaml)');
    expect(said).toContain('Nothing else of this computer');
    expect(contentsOf(good, 'ko').join('\n')).toContain('명령줄 8개');
  });

  it('has a code that a person can copy, and no other file has', () => {
    const code = codeOf(good);
    expect(code).toMatch(/^2of3-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect(codeIn(`<p>My code is ${code.toLowerCase().replaceAll('0', 'o')}.</p>`)).toBe(code);
    expect(codeIn('2of3')).toBeUndefined();
    expect(codeOf(signed({ ...good, learner: { id: '2', name: 'x' } }))).not.toBe(code);
  });

  it('is read packed, and a packed bomb is not unpacked', async () => {
    expect((await grade(gzipSync(bytes(good)), options)).report).toMatchObject({ points: 2 });
    const bomb = gzipSync(new Uint8Array(9 * 1024 * 1024));
    expect((await grade(bomb, options)).problem).toBe('too-large');
    const lying = gzipSync(new Uint8Array(9 * 1024 * 1024));
    new DataView(lying.buffer, lying.byteOffset).setUint32(lying.length - 4, 100, true);
    expect((await grade(lying, options)).problem).toMatch(/damaged|not-a-submission/);
  });

  it('of the first format is read, and one of a later format is named', async () => {
    const { chain: _, checkpoints: __, ...rest } = good;
    const { entries, ...frame } = rest.log;
    const first = { ...rest, format: 'jotasu-submission/1' as const };
    const old = { ...first, chain: chainOf({ ...first, log: frame }, entries) };
    expect((await grade(bytes(old), options)).report).toMatchObject({ points: 2 });
    expect((await grade(bytes({ ...old, savedAt: '2026-03-03T00:00:00Z' }), options)).problem).toBe('altered');
    expect((await grade(bytes({ ...good, format: 'jotasu-submission/3' }), options)).problem).toBe('newer-format');
  });

  it('shows where its log was altered', async () => {
    const entries = good.log.entries.map((entry) =>
      entry.input.type === 'note' && entry.input.text.includes('x2')
        ? { ...entry, input: { ...entry.input, text: 'kubectl get pods' } }
        : entry,
    );
    const { problem, detail } = await grade(bytes({ ...good, log: { ...good.log, entries } }), options);
    expect(problem).toBe('altered');
    expect(detailIn(detail!, 'en')).toMatch(/^its log has changed between inputs 4 and 8 of 16/);
    const renamed = await grade(bytes({ ...good, learner: { id: '2', name: 'x' } }), options);
    expect(detailIn(renamed.detail!, 'en')).toMatch(/what has changed is later in the log, or the name/);
  });

  it('shows from where its replay comes to another cluster', async () => {
    const change = good.log.entries.map((entry) =>
      entry.input.type === 'request'
        ? { ...entry, input: JSON.parse(JSON.stringify(entry.input).replaceAll('x3', 'y3')) as typeof entry.input }
        : entry,
    );
    const { problem, detail } = await grade(bytes(signed({ ...good, log: { ...good.log, entries: change } })), options);
    expect(problem).toBe('state-differs');
    expect(detailIn(detail!, 'en')).toMatch(/^between inputs 8 and 12 of 16 \(near "kubectl create configmap x3"\)/);
  });
});

describe('grading', () => {
  it('as of a moment judges what had been done by then, and says when a check broke', async () => {
    const end = await grade(bytes(good), options);
    expect(end.broke).toMatchObject({ check: 'second', text: 'kubectl delete configmap second' });
    const then = await grade(bytes(good), { ...options, asOf: NINE + 10 * 60_000 });
    expect(then).toMatchObject({ upTo: 11, report: { points: 3 }, problem: undefined });
    expect(then.broke).toBeUndefined();
    expect((await grade(bytes(good), { ...options, asOf: NINE - 1 })).report).toMatchObject({ points: 0 });
  });

  it('runs hidden checks beside the open ones', async () => {
    const { report, hidden: found } = await grade(bytes(good), {
      ...options,
      hidden: new Map([[exercise.id, hidden]]),
    });
    expect(report).toMatchObject({ points: 2, of: 3 });
    expect(found).toMatchObject({ points: 3, of: 3, results: [{ id: 'secret' }] });
  });

  it("names work on another learner's variant, and another course's", async () => {
    const varied: Exercise = { ...exercise, variants: { color: { oneOf: ['red', 'blue'] } } };
    const course = { ...options, exercises: new Map([[varied.id, varied]]) };
    const own = startExercise(varied, learnerSeed('demo', varied.id, '20260001'));
    const submission = await handIn(own.log(), varied);
    expect((await grade(bytes(submission), course)).problem).toBeUndefined();
    const copied = signed({ ...submission, learner: { id: '20260002', name: 'x' } });
    expect((await grade(bytes(copied), course)).problem).toBe('other-seed');
    expect((await grade(bytes(copied), { ...course, variants: false })).problem).toBeUndefined();
    expect((await grade(bytes(submission), { ...course, course: 'other' })).problem).toBe('other-course');
  });
});
