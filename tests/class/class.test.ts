import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillFrom } from '../../cli/desk.ts';
import type { GradedFile } from '../../grading/batch/graded.ts';
import { EVIL } from './cast.ts';
import { layOut } from './practice.ts';
import { type Outcome, runClass, tasksOf } from './run.ts';

const root = path.join(import.meta.dirname, '../..');
const out = mkdtempSync(path.join(tmpdir(), 'jotasu-class-'));

/** Exercises that are quick to go through; `run.ts --size 200` takes them all. */
const SOME = [
  'start/deploy-web',
  'start/mend-the-manifest',
  'start/two-teams',
  'pods/settings-outside',
  'architecture/who-goes-first',
  'workloads/rolling-update',
];
let outcome: Outcome;

beforeAll(async () => {
  outcome = await runClass(26, 7, tasksOf(SOME), out, { resumed: true });
}, 900_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe('a class of learners who are right, partly right, wrong, late, copying and hostile', () => {
  it('is graded as is known of it, twice to the same bytes', () => {
    expect(outcome.faults).toEqual([]);
    expect(outcome.handed).toHaveLength(26);
  });

  it('comes to its LMS: everybody’s own row, nobody invented, nothing executed', () => {
    const { handed } = outcome;
    const rows = handed.map(
      ({ role }) => `"${role.name === EVIL ? 'Evil' : role.name}",${role.id},x${role.id}@example.com,-`,
    );
    const source = `\ufeffFull name,ID number,Email address,Assignment: Lab (Real)\r\n${rows.join('\r\n')}\r\nNobody,1,n@example.com,-\r\n`;
    const file = path.join(out, 'moodle.csv');
    writeFileSync(file, source);
    const filled = fillFrom(path.join(out, 'one'), file, {
      column: ['start/deploy-web=Lab'],
      exercise: 'start/deploy-web',
    });
    const text = readFileSync(path.join(out, 'one/filled/moodle.csv'), 'utf8');
    const expected = handed.filter(
      ({ role }) => role.task.exercise.id === 'start/deploy-web' && role.points !== undefined,
    );
    expect(filled.written).toHaveLength(expected.length);
    expect(text.split('\r\n')).toHaveLength(source.split('\r\n').length);
    for (const { role } of expected)
      expect(text).toContain(
        `${role.id},x${role.id}@example.com,${Math.round(role.points! * role.factor * 100) / 100}`,
      );
    expect(text).toContain('Nobody,1,n@example.com,-');
    const table = readFileSync(path.join(out, 'one/gradebook.csv'), 'utf8');
    expect(table).toContain("'=HYPERLINK");
    expect(table).not.toMatch(/(^|,)"?=/m);
  });
});

/** What the guide says to type before grading: an installation, and builds, which other tests make. */
const ELSEWHERE =
  /^(git clone|cd jotasu|npm ci|cp course|npm run build -- --course course\.yaml$|node tests\/class\/practice\.ts practice$)/;

describe('the guide for instructors', () => {
  const guide = (language: string) => readFileSync(path.join(root, `docs/instructors.${language}.md`), 'utf8');
  /** Runs a command line as the guide has it. Answers what it printed, and its exit code. */
  const run = (folder: string, line: string) => {
    const command = line.replace('npx jotasu', `"${process.execPath}" "${path.join(root, 'cli/main.ts')}"`);
    try {
      return { code: 0, text: execFileSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }) };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, text: stdout + stderr };
    }
  };
  const desk = (name: string) => {
    const folder = path.join(out, name);
    mkdirSync(path.join(folder, 'grades'), { recursive: true });
    layOut(path.join(folder, 'practice'), outcome.handed);
    // What was graded above need not be graded again: the guide's own way to go on.
    cpSync(path.join(out, 'one/.kept'), path.join(folder, 'grades/.kept'), { recursive: true });
    return folder;
  };

  const tried = new Set<string>();
  const folder = path.join(out, 'desk');

  beforeAll(() => void desk('desk'));

  it.each(['en', 'ko'])('is right in %s about every command that it shows', (language) => {
    const lines = [...guide(language).matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
      block!.trim().split('\n'),
    );
    const told = lines.filter((line) => !ELSEWHERE.test(line));
    expect(told.length).toBeGreaterThan(4);
    for (const line of told) {
      // Most stand in both languages alike.
      if (tried.has(line)) continue;
      tried.add(line);
      expect(line).toMatch(/^npx jotasu (grade|fill|submission) /);
      const { code, text } = run(folder, / grade /.test(line) ? `${line} --resume` : line);
      // 1: something is listed that a person has to look at, as there is in this class.
      expect([0, 1], `${line}\n${text}`).toContain(code);
      expect(text).not.toMatch(/error:|^jotasu:|usage:/im);
    }
    for (const [, named] of guide(language).matchAll(/`(grades\/[\w./]+\.(?:html|csv|xml))`/g))
      expect(existsSync(path.join(folder, named!)), named).toBe(true);
    for (const file of ['canvas.csv', 'blackboard.xls', 'moodle-worksheet.csv']) {
      const before = readFileSync(path.join(folder, 'practice', file));
      expect(readFileSync(path.join(folder, 'grades/filled', file)).equals(before), file).toBe(false);
    }
  });

  it('is right about what to do when things change', () => {
    const place = desk('changes');
    const one = outcome.handed.find(({ role }) => role.task.exercise.id === 'start/deploy-web' && role.points === 10)!;
    mkdirSync(path.join(place, 'few'));
    writeFileSync(path.join(place, 'few/one.jotasu.json'), one.bytes);
    const { id } = one.role;
    writeFileSync(path.join(place, 'times.csv'), `id,received\n${id},2026-03-11T10:00+09:00\n`);
    writeFileSync(
      path.join(place, 'overrides.csv'),
      `learner,exercise,points,reason\n${id},start/deploy-web,7,was ill\n`,
    );
    mkdirSync(path.join(place, 'own/start/deploy-web'), { recursive: true });
    const check = {
      id: 'own',
      points: 2,
      title: { en: 'Own', ko: '따로' },
      test: { object: { apiVersion: 'apps/v1', kind: 'Deployment' } },
    };
    writeFileSync(path.join(place, 'own/start/deploy-web/hidden.yaml'), JSON.stringify({ checks: [check] }));
    const lines = [
      "npx jotasu grade few --out late --deadline '2026-03-09 23:59+09:00' --late 10%/1d --received times.csv",
      'npx jotasu grade few --out asof --course practice/course.yaml --as-of due --overrides overrides.csv --engines none --lang en',
      'npx jotasu regrade few --against late --out again --instructor own --mended start/deploy-web',
    ];
    const printed = lines.map((line) => run(place, line));
    const fileOf = (name: string) =>
      (JSON.parse(readFileSync(path.join(place, name, 'graded.json'), 'utf8')) as { files: GradedFile[] }).files[0]!;
    expect(fileOf('late'), printed[0]!.text).toMatchObject({ points: 8, late: { factor: 0.8 } });
    expect(fileOf('asof'), printed[1]!.text).toMatchObject({ points: 7, override: { reason: 'was ill' } });
    expect(fileOf('again'), printed[2]!.text).toMatchObject({ points: 12, of: 12 });
    expect(printed[2]!.text).toContain('8/10 → 12/12');
    const used = new Set([...lines.join(' ').matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
    for (const language of ['en', 'ko']) {
      // The rest stands in the commands that were run above.
      const shown = guide(language).replaceAll(/```sh[\s\S]*?```/g, '');
      const flags = [...shown.matchAll(/`[^`\n]*?(--[a-z-]+)/g)].map(([, flag]) => flag!);
      expect(
        flags.filter((flag) => !used.has(flag) && !['--resume', '--help', '--course', '--out'].includes(flag)),
      ).toEqual([]);
    }
    // Three processes one after the other: on a machine that is busy with other tests that takes its time.
  }, 300_000);
});
