import { expect, it } from 'vitest';
import { markChanges } from './yaml-diff.ts';

const changed = (before: string | undefined, after: string) =>
  markChanges(before, after)
    .filter((line) => line.changed)
    .map(({ text }) => text);

it('marks the lines that came with a change', () => {
  expect(changed('a: 1\nb: 2\nc: 3\n', 'a: 1\nb: 5\nc: 3\nd: 4\n')).toEqual(['b: 5', 'd: 4']);
  expect(changed('a: 1\nb: 2\n', 'b: 2\n')).toEqual([]);
});

it('marks nothing of what is seen for the first time', () => {
  expect(markChanges(undefined, 'a: 1\nb: 2\n')).toEqual([
    { text: 'a: 1', changed: false },
    { text: 'b: 2', changed: false },
  ]);
});
