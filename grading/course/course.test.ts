import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { lateFactor, standingOf } from './course.ts';
import { readCourse, type Shelf, shelfOf } from './load.ts';
import { momentIn, parseMoment, sayMoment } from './moment.ts';
import { courseSchema } from './schema.ts';

const root = path.join(import.meta.dirname, '../..');
const shelf: Shelf = {
  modules: [
    { slug: 'start', lessons: ['first-cluster', 'objects-and-yaml'] },
    { slug: 'pods', lessons: ['pod-basics'] },
    { slug: 'workloads', lessons: ['replicaset'] },
  ],
  exercises: ['start/deploy-web', 'pods/honest-shop', 'workloads/rolling-update'],
};
const example = readFileSync(path.join(root, 'course.example.yaml'), 'utf8');

describe('course.yaml', () => {
  it('is read as the example has it, dates on the clocks of its place', () => {
    const course = readCourse(example, shelf);
    expect(course).toMatchObject({
      id: 'kubernetes-2026-spring',
      variants: true,
      late: { grace: 600, lose: 0.1, each: 86_400, least: 0.5, until: 604_800 },
      modules: [
        { module: 'start', lessons: ['first-cluster', 'objects-and-yaml'] },
        { module: 'pods' },
        { module: 'workloads' },
      ],
    });
    expect(course.exercises[0]).toMatchObject({
      weight: 10,
      column: 'Lab 1',
      open: { at: '2026-03-01T15:00:00Z', local: '2026-03-02T00:00' },
      due: { at: '2026-03-08T14:59:59Z', local: '2026-03-08T23:59' },
    });
    expect(course.exercises[1]!.due).toEqual({ at: '2026-03-15T14:59:00Z', local: '2026-03-15T23:59' });
    expect(course.exercises[2]!.late).toMatchObject({ lose: 1, grace: 0 });
  });

  it('names only what there is, in the example', () => {
    const real = shelfOf(root);
    expect(real.modules.find(({ slug }) => slug === 'start')?.lessons).toContain('first-cluster');
    expect(readCourse(example, real).exercises).toHaveLength(3);
  });

  it('has a schema for editors that is the one it is read by', () => {
    expect(JSON.parse(readFileSync(path.join(root, 'course.schema.json'), 'utf8'))).toEqual(courseSchema());
    expect(parse(example)).toBeTypeOf('object');
  });

  it('says all that is wrong with it, each with its line and what is expected', () => {
    const wrong = [
      'id: spring',
      'title: { en: A, ko: 가 }',
      'timezone: Asia/Seoul',
      'modules:',
      '  - module: stat',
      '  - module: pods',
      '    lessons: [pod-basics, pods]',
      'exercises:',
      '  - exercise: start/deploy-wab',
      '    due: 2026-02-30',
      '  - exercise: pods/honest-shop',
      '    open: 2026-03-09',
      '    due: 2026-03-08',
      '    solution: 2026-03-07',
      '  - exercise: pods/honest-shop',
    ].join('\n');
    expect(() => readCourse(wrong, shelf)).toThrow(
      [
        'course.yaml:10: exercises[0].due: "2026-02-30" is not a date; write 2026-03-09 or 2026-03-09 23:59',
        'course.yaml:13: exercises[1].due: it is due before it opens',
        'course.yaml:14: exercises[1].solution: the solution would be shown before the exercise is due',
        'course.yaml:5: modules[0].module: there is no module "stat"; there are: start, pods, workloads',
        'course.yaml:7: modules[1].lessons[1]: there is no lesson "pods" in pods; there are: pod-basics',
        'course.yaml:9: exercises[0].exercise: there is no exercise "start/deploy-wab"; there are: start/deploy-web',
        'course.yaml:15: exercises[2].exercise: "pods/honest-shop" stands here twice',
      ].join('\n'),
    );
    expect(() => readCourse('id: A B\ntitle: { en: A }\nexercises: []\nx: 1', shelf)).toThrow(
      /course.yaml:1: id: .*\n.*course.yaml:2: title/s,
    );
    expect(() => readCourse('timezone: Mars/Base', shelf)).toThrow(/such as Asia\/Seoul/);
    expect(() => readCourse('a: [', shelf)).toThrow(/course.yaml: /);
    expect(() => readCourse('', shelf)).toThrow(/id/);
  });
});

describe('dates', () => {
  it.each([
    ['2026-03-09', 'Asia/Seoul', false, '2026-03-08T15:00:00Z'],
    ['2026-03-09', 'Asia/Seoul', true, '2026-03-09T14:59:59Z'],
    ['2026-03-09 9:05', 'UTC', true, '2026-03-09T09:05:00Z'],
    ['2026-03-09T23:59:00+09:00', 'UTC', false, '2026-03-09T14:59:00Z'],
    ['2026-03-29 03:30', 'Europe/Berlin', false, '2026-03-29T01:30:00Z'],
    ['2026-07-01', 'America/New_York', false, '2026-07-01T04:00:00Z'],
  ] as const)('%s in %s (a deadline: %s) is %s', (text, zone, end, at) => {
    expect(parseMoment(text, zone, end)?.at).toBe(at);
  });

  it.each(['2026-02-29', '2026-13-01', '9 March', '2026-03-09 25:00', ''])('"%s" is no date', (text) => {
    expect(parseMoment(text, 'UTC', false)).toBeUndefined();
  });

  it('are said in both languages', () => {
    const moment = momentIn('2026-03-09T14:59:00.123Z', 'Asia/Seoul')!;
    expect(sayMoment(moment, 'en')).toBe('Mon 9 Mar 2026, 23:59');
    expect(sayMoment(moment, 'ko')).toBe('2026년 3월 9일(월) 23:59');
  });
});

describe('what lateness costs', () => {
  const rule = { grace: 600, lose: 0.1, each: 86_400, least: 0.5, until: 604_800 };
  it.each([
    [0, 1],
    [600, 1],
    [601, 0.9],
    [600 + 86_400, 0.9],
    [601 + 86_400, 0.8],
    [6 * 86_400, 0.5],
    [604_801, 0],
  ])('%d s: %d', (seconds, factor) => {
    expect(lateFactor(rule, seconds)).toBe(factor);
  });

  it('never is less than nothing', () => {
    expect(lateFactor({ grace: 0, lose: 1, each: 60, least: 0 }, 10_000)).toBe(0);
  });
});

describe('standing', () => {
  const exercise = {
    exercise: 'a/b',
    weight: 1,
    open: momentIn('2026-03-01T00:00:00Z', 'UTC')!,
    solution: momentIn('2026-03-10T00:00:00Z', 'UTC')!,
  };

  it('opens and shows solutions from their dates on, and without a date never shows one', () => {
    expect(standingOf(exercise, '2026-02-28T23:59:59Z')).toEqual({ isOpen: false, isSolved: false });
    expect(standingOf(exercise, '2026-03-01T00:00:00Z')).toEqual({ isOpen: true, isSolved: false });
    expect(standingOf(exercise, '2026-03-10T00:00:00Z')).toEqual({ isOpen: true, isSolved: true });
    expect(standingOf({ exercise: 'a/b', weight: 1 }, '2099-01-01T00:00:00Z')).toEqual({
      isOpen: true,
      isSolved: false,
    });
  });
});
