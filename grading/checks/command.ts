import type { LineResult } from '../../sim-core/host/local-shell.ts';
import type { CommandTest } from '../format/tests.ts';
import { failed, NOT_NOW, type Outcome, PASSED, type TestContext } from './context.ts';
import type { Copy } from './copies.ts';
import { compare, describe } from './match.ts';
import { packs } from './packs.ts';

/** How long a line may take before someone presses ^C, virtual µs. */
const PATIENCE = 300_000_000;

/** Runs a line in the learner's shell beside a copy of their cluster, with their files. */
export async function runLine(copy: Copy, line: string): Promise<LineResult> {
  const Shell = packs.shell;
  if (Shell === undefined) throw new Error('the shell is not loaded');
  copy.spent = true;
  const shell = new Shell(copy.local, Object.fromEntries(copy.local.session.files));
  try {
    return await shell.run(line, { patience: PATIENCE });
  } finally {
    shell.close();
  }
}

export async function testCommand(test: CommandTest, { copies, here }: TestContext): Promise<Outcome> {
  const copy = copies?.fresh() ?? here;
  if (copy === undefined) return NOT_NOW;
  const { code, stdout, stderr } = await runLine(copy, test.run);
  const { run, exit = 0 } = test;
  const ended = compare(code, exit);
  const said = describe((stderr.trim() || stdout.trim()).split('\n').at(-1) || '—');
  if (ended !== undefined) return failed('command-exit', { run, expected: ended.expected, found: String(code), said });
  for (const [text, wanted] of [
    [stdout, test.stdout],
    [stderr, test.stderr],
  ] as const) {
    const difference = wanted === undefined ? undefined : compare(text.trimEnd(), wanted);
    if (difference === undefined) continue;
    return failed('command-output', { run, expected: difference.expected, found: difference.found || '—' });
  }
  return PASSED;
}
