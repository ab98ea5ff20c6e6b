import { describe, expect, it } from 'vitest';
import { quoteParts, quoteSource } from './quote-source.ts';

describe('quoteSource', () => {
  it('cuts a function with its comment out of a file', () => {
    const code = quoteSource('site/markdown/quote-source.ts', 'quoteSource');
    expect(code).toMatch(/^\/\*\*\n \* The text of a function/);
    expect(code).toMatch(/\n}$/);
  });

  it('cuts a nested function, at no indentation', () => {
    const code = quoteSource('sim-core/controllers/replica-set/replicas.ts', 'manage');
    expect(code.split('\n').at(-1)).toBe('}');
  });

  it('says what there is, when the symbol is gone', () => {
    expect(() => quoteSource('site/markdown/quote-source.ts', 'nothing')).toThrow(
      /has no "nothing" to quote; it has: .*quoteSource/,
    );
  });
});

describe('quoteParts', () => {
  const quotation =
    '/** Adds (all). */\nexport function sum(\n  list: number[],\n): number {\n  let total = 0;\n  for (const one of list) total += one;\n  log(total);\n  return total;\n}';

  it('leaves the lines between its parts out, and says so', () => {
    expect(quoteParts(quotation, 'for (const … log | return …')).toBe(
      '/** Adds (all). */\nexport function sum(\n  list: number[],\n): number {\n  // …\n  for (const one of list) total += one;\n  // …\n  return total;\n}',
    );
  });

  it('says which words are gone', () => {
    expect(() => quoteParts(quotation, 'while …')).toThrow(/has no "while"/);
  });
});
