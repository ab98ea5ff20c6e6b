import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fillFrom } from '../../cli/desk.ts';
import { EVIL } from './cast.ts';
import { runClass, tasksOf } from './run.ts';

const out = mkdtempSync(path.join(tmpdir(), 'jotasu-class-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Exercises that are quick to go through; `run.ts --size 200` takes them all. */
const SOME = [
  'start/deploy-web',
  'start/mend-the-manifest',
  'start/two-teams',
  'pods/settings-outside',
  'architecture/who-goes-first',
  'workloads/rolling-update',
];

it('a class of learners who are right, partly right, wrong, late, copying and hostile is graded as is known of it, twice to the same bytes', async () => {
  const { handed, faults } = await runClass(26, 7, tasksOf(SOME), out, { resumed: true });
  expect(faults).toEqual([]);
  expect(handed).toHaveLength(26);

  // The way to the LMS: everybody's own row, nobody invented, nothing executed.
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
    expect(text).toContain(`${role.id},x${role.id}@example.com,${Math.round(role.points! * role.factor * 100) / 100}`);
  expect(text).toContain('Nobody,1,n@example.com,-');
  const table = readFileSync(path.join(out, 'one/gradebook.csv'), 'utf8');
  expect(table).toContain("'=HYPERLINK");
  expect(table).not.toMatch(/(^|,)"?=/m);
}, 300_000);
