import { describe, expect, it } from 'vitest';
import { Roster } from '../intake/roster.ts';
import { changesBetween } from './changes.ts';
import type { GradedFile } from './graded.ts';
import { parseLateRule } from './late-rule.ts';
import { readOverrides } from './overrides.ts';
import { type ClassRules, settle } from './settle.ts';

const DUE = Date.parse('2026-03-09T12:00:00Z');
const HOUR = 3_600_000;
const rules: ClassRules = {
  due: () => ({ at: DUE, late: parseLateRule('10%/1d,grace=15m,least=50%,until=7d') }),
  attempts: 'last',
  overrides: [],
  exercises: new Map(),
};

function file(name: string, hours: number, points: number, more: Partial<GradedFile> = {}): GradedFile {
  return {
    file: name,
    sha256: name,
    learner: { id: '1', name: 'Kim' },
    locale: 'en',
    exercise: 'a/b',
    savedAt: new Date(DUE + hours * HOUR).toISOString(),
    report: { exercise: 'a/b', points, of: 10, results: [] },
    timeline: [],
    flags: [],
    ...more,
  };
}
const outcome = (files: readonly GradedFile[]) =>
  files.map(({ points, late, supersededBy }) => [points, late?.factor, supersededBy]);

describe('lateness', () => {
  it('costs what the rule says', () => {
    const hours = [-1, 0.2, 1, 25, 24 * 6, 24 * 8];
    const files = hours.map((at, index) => file(String(index), at, 8, { learner: { id: String(index), name: '' } }));
    expect(settle(files, rules, []).files.map(({ points }) => points)).toEqual([8, 8, 7.2, 6.4, 4, 0]);
  });

  it('is reckoned by when a file was received, where that is known, whatever the learner’s clock said', () => {
    const files = [file('a', -5, 8), file('b', 5, 8, { learner: { id: '2', name: '' } })];
    const received = ({ file: name }: GradedFile) => (name === 'a' ? DUE + 30 * HOUR : DUE - HOUR);
    const settled = settle(files, { ...rules, received }, []).files;
    expect(settled.map(({ points, receivedAt }) => [points, receivedAt])).toEqual([
      [6.4, '2026-03-10T18:00:00.000Z'],
      [8, '2026-03-09T11:00:00.000Z'],
    ]);
  });

  it('counts nothing that was done after the moment as of which is graded', () => {
    const late = file('x', 30, 8);
    expect(outcome(settle([late], { ...rules, asOf: () => DUE }, []).files)).toEqual([[8, undefined, undefined]]);
  });

  it.each(['', '10', '10%/x', '200%/1d', 'grace=soon', '10%/1d;until=7d'])('refuses the rule "%s"', (text) => {
    expect(() => parseLateRule(text)).toThrow(/write, for example|more than 100%/);
  });
});

describe('several files of a learner', () => {
  const files = [
    file('early', -5, 9),
    file('last', -1, 6),
    file('late', 2, 10),
    file('none', 3, 0, { report: undefined, problem: 'altered' }),
  ];

  it('the last in time counts, or the best', () => {
    expect(outcome(settle(files, rules, []).files)).toEqual([
      [9, undefined, 'last'],
      [6, undefined, undefined],
      [9, 0.9, 'last'],
      [undefined, undefined, undefined],
    ]);
    const best = settle(files, { ...rules, attempts: 'best' }, []).files;
    expect(best.map(({ supersededBy }) => supersededBy)).toEqual([undefined, 'early', 'early', undefined]);
  });

  it('an override goes to the one that counts, and to a file with a problem only if there is no other', () => {
    const overrides = readOverrides(
      new TextEncoder().encode('학번,실습,점수,사유\n1,a/b,7.5,ill\n2,a/b,3,typed by hand\n9,a/b,1,?\n'),
      'o.csv',
    );
    const other = file('broken', 0, 0, { learner: { id: '2', name: '' }, report: undefined, problem: 'damaged' });
    const { files: settled, unused } = settle([...files, other], { ...rules, overrides }, []);
    expect(settled.map(({ points, override }) => [points, override?.reason])).toEqual([
      [9, undefined],
      [7.5, 'ill'],
      [9, undefined],
      [undefined, undefined],
      [3, 'typed by hand'],
    ]);
    expect(unused.map(({ learner }) => learner)).toEqual(['9']);
  });
});

describe('overrides', () => {
  const read = (text: string, name = 'o.yaml') => readOverrides(new TextEncoder().encode(text), name);
  it('need a learner, an exercise, points and a reason', () => {
    expect(read('- {learner: 20260001, exercise: a/b, points: 7, reason: ill}')).toEqual([
      { learner: '20260001', exercise: 'a/b', points: 7, reason: 'ill' },
    ]);
    expect(() => read('- {learner: 1, exercise: a/b, points: 7}')).toThrow('has no reason');
    expect(() => read('- {learner: 1, exercise: a/b, points: many, reason: x}')).toThrow('no number of points');
    expect(() => read('learner: 1')).toThrow('no list');
    expect(() => read('id,points\n1,2\n', 'o.csv')).toThrow('there is no column "exercise"');
  });

  it('are no place for a bomb of aliases', () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) =>
        `a${index}: &a${index} [${Array(9)
          .fill(index === 0 ? 'x' : `*a${index - 1}`)
          .join(',')}]`,
    );
    expect(() => read(levels.join('\n'))).toThrow();
  });
});

describe('a roster', () => {
  it('says who handed in nothing, and who is not on it', () => {
    const roster = new Roster([
      { id: '1', name: 'Kim' },
      { id: '2', name: 'Lee' },
    ]);
    const strange = file('s', 0, 1, { learner: { id: '3', name: 'Park' } });
    const { missing, unlisted, files } = settle([file('x', 0, 1), strange], { ...rules, roster }, ['a/b', 'a/c']);
    expect(missing.map(({ row, exercise }) => `${row.id} ${exercise}`)).toEqual(['1 a/c', '2 a/b', '2 a/c']);
    expect(unlisted).toEqual([{ file: 's', why: 'nobody' }]);
    expect(files[0]!.rosterId).toBe('1');
  });
});

describe('changes', () => {
  it('are named, file by file', () => {
    const result = (status: 'passed' | 'failed') => ({ id: 'c', status, points: 0, of: 1, title: { en: '', ko: '' } });
    const report = (status: 'passed' | 'failed') => ({ exercise: 'a/b', points: 1, of: 2, results: [result(status)] });
    const before = [
      file('same', 0, 1, { points: 1, of: 2 }),
      file('gone', 0, 1),
      file('checks', 0, 1, { points: 1, of: 2, report: report('failed') }),
    ];
    const after = [
      file('same', 0, 1, { points: 1, of: 2 }),
      file('new', 0, 1, { points: 2, of: 2 }),
      file('checks', 0, 1, { points: 1, of: 2, report: report('passed') }),
    ];
    expect(changesBetween(before, after).map(({ file: name, kind, checks }) => [name, kind, checks])).toEqual([
      ['new', 'new', ''],
      ['checks', 'points', 'c: failed → passed'],
      ['gone', 'gone', ''],
    ]);
  });
});
