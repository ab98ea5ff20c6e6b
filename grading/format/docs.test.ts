import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { ACTIONS, action, TESTS, test } from './test-schema.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/authoring-exercises.md', import.meta.url)), 'utf8');
/** Examples that are whole: those with an ellipsis leave something out. */
const lines = text.split('\n').filter((line) => !line.includes('…'));

it.each(lines.filter((line) => /^test: \{/.test(line)))('docs: %s', (line) => {
  const { errors } = parseDocument(line);
  expect(errors).toEqual([]);
  const result = test.safeParse((parseDocument(line).toJS() as { test: unknown }).test);
  expect(result.error?.issues ?? []).toEqual([]);
});

it.each(lines.filter((line) => /^ {6}- (?:fault|scale|delete|load|drain|run|wait|apply|settle): /.test(line)))(
  'docs: %s',
  (line) => {
    const result = action.safeParse((parseDocument(line.trim()).toJS() as unknown[])[0]);
    expect(result.error?.issues ?? []).toEqual([]);
  },
);

it('docs: have an example of every test and every action', () => {
  for (const name of [...Object.keys(TESTS), ...Object.keys(ACTIONS)])
    expect(text).toMatch(new RegExp(`\\b${name}\\b`));
});
