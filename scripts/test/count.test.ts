import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingLine, countStage, readClosingLine, sum } from './count.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-count-'));

function reportFile(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe('counting tests', () => {
  it('writes and reads the closing line', () => {
    expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
    expect(readClosingLine(['1 passed, 1 failed', '3 passed, 0 failed, 2 skipped', 'bye'])).toEqual({
      passed: 3,
      failed: 0,
      skipped: 2,
    });
    expect(readClosingLine(['nothing'])).toBeUndefined();
  });

  it('reads the reports of the runners', () => {
    const vitest = reportFile('vitest.json', {
      numPassedTests: 7,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
    });
    expect(countStage('vitest', 1, [], vitest)).toEqual({ passed: 7, failed: 1, skipped: 3 });
    const playwright = reportFile('playwright.json', { stats: { expected: 5, unexpected: 0, flaky: 1, skipped: 0 } });
    expect(countStage('playwright', 0, [], playwright)).toEqual({ passed: 5, failed: 1, skipped: 0 });
  });

  it('never takes a stage that died, or that ran nothing, for success', () => {
    const good = reportFile('good.json', { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 });
    const empty = reportFile('empty.json', {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
    });
    expect(countStage('vitest', 1, [], good).failed).toBe(1);
    expect(countStage('vitest', 0, [], empty).failed).toBe(1);
    expect(countStage('vitest', 0, [], path.join(folder, 'missing.json')).failed).toBe(1);
    expect(countStage('closing line', 1, ['4 passed, 0 failed'], '')).toEqual({ passed: 4, failed: 1, skipped: 0 });
    expect(countStage('one', 1, [], '')).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('adds up', () => {
    expect(
      sum([
        { passed: 1, failed: 0, skipped: 2 },
        { passed: 3, failed: 1, skipped: 0 },
      ]),
    ).toEqual({
      passed: 4,
      failed: 1,
      skipped: 2,
    });
  });
});
