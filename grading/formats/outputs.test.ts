import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import type { GradedFile } from '../batch/graded.ts';
import { gradebookCsv } from './gradebook.ts';
import { gradescopeResults } from './gradescope.ts';
import { junitXml } from './junit.ts';
import { scoresOf, totalsOf } from './scores.ts';

const text = (en: string, ko = en) => ({ en, ko });
const file: GradedFile = {
  file: 'kim/web.jotasu.json',
  sha256: 'aa',
  learner: { id: '20260001', name: '=cmd|"/c calc"!A1' },
  locale: 'ko',
  exercise: 'start/web',
  points: 2,
  of: 3,
  report: {
    exercise: 'start/web',
    points: 2,
    of: 3,
    results: [
      { id: 'first', status: 'passed', points: 2, of: 2, title: text('First', '첫째') },
      {
        id: 'second',
        status: 'failed',
        points: 0,
        of: 1,
        title: text('Second <b>', '둘째'),
        mistake: { id: 'm', say: text('A & B\u0007', '가 & 나') },
      },
    ],
  },
  hidden: {
    exercise: 'start/web',
    points: 0,
    of: 1,
    results: [{ id: 's', status: 'failed', points: 0, of: 1, title: text('SENTINEL') }],
  },
  timeline: [],
  flags: [],
};
const broken: GradedFile = {
  ...file,
  file: 'lee/x',
  learner: { id: '20260002', name: '＝1+1' },
  problem: 'altered',
  points: undefined,
  of: undefined,
  report: undefined,
};

describe('what is written for machines', () => {
  it('tells Gradescope each check in the learner’s language, and nothing of hidden ones but their number', () => {
    const results = JSON.parse(gradescopeResults(file)) as { score: number; tests: object[]; extra_data: object };
    expect(results).toMatchObject({ score: 2, max_score: 3, extra_data: { hidden_checks: 1 } });
    expect(results.tests).toMatchObject([
      { name: '첫째', score: 2, max_score: 2, status: 'passed' },
      { name: '둘째', score: 0, status: 'failed', output: '가 & 나' },
    ]);
    expect(gradescopeResults(file)).not.toContain('SENTINEL');
    expect(JSON.parse(gradescopeResults(broken))).toMatchObject({ score: 0, extra_data: { graded: false } });
  });

  it('writes XML that holds whatever learners wrote', () => {
    const xml = junitXml([file, broken]);
    expect(xml).toContain('tests="2" failures="1" errors="0"');
    expect(xml).toContain('name="Second &#60;b&#62;"');
    expect(xml).toContain('message="A &#38; B�"');
    expect(xml).toContain('<error message="it was altered');
    expect(xml).not.toContain('SENTINEL');
  });

  it('gives people a table whose cells no spreadsheet executes', () => {
    const course = [
      { exercise: 'start/web', title: text('Web', '웹'), weight: 3 },
      { exercise: 'start/other', title: text('Other'), weight: 1 },
    ];
    const scores = scoresOf([file, broken, { ...file, supersededBy: 'other', points: 3 }], new Map());
    const csv = gradebookCsv(scores, course, 'ko');
    expect(csv.startsWith('\ufeff')).toBe(true);
    const [header, row, ...rest] = Papa.parse<string[]>(csv.slice(1).trim()).data;
    expect(header).toEqual([
      '학번',
      '이름',
      '웹 [start/web] (만점 3)',
      'Other [start/other] (만점 -)',
      '총점(100점 만점)',
    ]);
    expect(row).toEqual(['20260001', `'=cmd|"/c calc"!A1`, '2', '', '50']);
    expect(rest).toEqual([]);
    expect(totalsOf(scores, course)[0]).toMatchObject({ points: 50, of: 100 });
  });
});
