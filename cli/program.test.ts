import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const runFile = promisify(execFile);
const bin = fileURLToPath(new URL('jotasu.js', import.meta.url));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function jotasu(...args: string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await runFile(process.execPath, [bin, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const failed = error as Outcome;
    return { code: failed.code, stdout: failed.stdout, stderr: failed.stderr };
  }
}

describe('jotasu', () => {
  it('prints its help and its version', async () => {
    const help = await jotasu('--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Usage: jotasu');
    const version = await jotasu('--version');
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    { args: ['no-such-command'], says: 'no-such-command' },
    { args: ['--no-such-flag'], says: "unknown option '--no-such-flag'" },
    { args: [], says: 'Usage: jotasu' },
  ])('answers exit code 2 and a hint to $args', async ({ args, says }) => {
    const { code, stdout, stderr } = await jotasu(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(says);
    expect(stderr).toContain('--help');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
