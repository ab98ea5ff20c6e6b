import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expand } from './expansion.ts';

const values = new Map([
  ['A', 'one'],
  ['B', '$(A)'],
  ['EMPTY', ''],
]);
const lookup = (name: string) => values.get(name);

describe('expansion', () => {
  it.each([
    ['plain', 'plain'],
    ['$(A) and $(A)', 'one and one'],
    ['$(EMPTY)!', '!'],
    // What comes out is not expanded again.
    ['$(B)', '$(A)'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
    ['100$', '100$'],
  ])('%s → %s', (text, expanded) => {
    expect(expand(text, lookup)).toBe(expanded);
  });

  it('leaves texts without a dollar alone', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('$', '');
        expect(expand(plain, () => 'x')).toBe(plain);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('gives back what was escaped', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(expand(text.replaceAll('$', '$$$$'), () => 'x')).toBe(text);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});
