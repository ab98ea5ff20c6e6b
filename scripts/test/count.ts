/** How many tests a stage ran, taken from what its runner reports about itself. */
import { readFileSync } from 'node:fs';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * - `one`: the stage is a single check, passed when every command exits with 0;
 * - `vitest`, `playwright`: the runner's JSON report;
 * - `closing line`: the last line of the form `N passed, N failed[, N skipped]` that the stage printed, else as `one`.
 */
export type CountKind = 'one' | 'vitest' | 'playwright' | 'closing line';

const CLOSING_LINE = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/** The counts as the one line that ends a run. Skipped tests are named only when there are some. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** The last closing line among these lines of output. */
export function readClosingLine(lines: readonly string[]): Counts | undefined {
  for (const line of lines.toReversed()) {
    const match = CLOSING_LINE.exec(line.trim());
    if (match) return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
  }
  return undefined;
}

/** What Vitest's JSON reporter writes, as far as it is read here. */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

/** What Playwright's JSON reporter writes, as far as it is read here. */
interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
}

function readReport(kind: CountKind, file: string): Counts | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined; // The runner died before it wrote one: its exit code is all there is.
  }
  if (kind === 'vitest') {
    const report = JSON.parse(text) as VitestReport;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  }
  const { stats } = JSON.parse(text) as PlaywrightReport;
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

/**
 * The counts of a stage that has ended. A stage that exited with an error has at least one failure, and one that exited
 * well but ran nothing has one too: a runner that finds no tests must not look like success.
 */
export function countStage(kind: CountKind, exitCode: number, lines: readonly string[], report: string): Counts {
  const one = exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  if (kind === 'one') return one;
  const told = kind === 'closing line' ? (readClosingLine(lines) ?? one) : readReport(kind, report);
  const counts = told ?? { passed: 0, failed: 0, skipped: 0 };
  const wrong = exitCode !== 0 || counts.passed + counts.failed + counts.skipped === 0;
  return wrong && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** The sum of several counts. */
export function sum(all: readonly Counts[]): Counts {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const counts of all) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  return total;
}
