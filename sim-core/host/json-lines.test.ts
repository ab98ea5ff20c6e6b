import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, toLine } from './json-lines.ts';

describe('messages as lines', () => {
  it('come whole, however the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }))),
        fc.nat(40),
        (messages, size) => {
          const text = messages.map(toLine).join('');
          const read: object[] = [];
          const reader = new LineReader<object>((message) => read.push(message));
          for (let at = 0; at < text.length; at += size + 1) reader.push(text.slice(at, at + size + 1));
          expect(read).toEqual(messages.map((message) => JSON.parse(JSON.stringify(message))));
        },
      ),
      { seed: 8, numRuns: 100 },
    );
  });

  it('are plain ASCII', () => {
    expect(toLine({ name: '파드 \u2028' })).toBe('\u001e{"name":"\\ud30c\\ub4dc \\u2028"}\n');
  });

  it('are told from what else is printed, before them on their line too', () => {
    const read: object[] = [];
    const others: string[] = [];
    const reader = new LineReader<object>(
      (message) => read.push(message),
      (line) => others.push(line),
    );
    reader.push(`ExperimentalWarning: {"a":1}\n\nno end here ${toLine({ b: 2 })}\u001e{broken\n`);
    expect(read).toEqual([{ b: 2 }]);
    expect(others).toEqual(['ExperimentalWarning: {"a":1}', '\u001e{broken']);
  });
});
