/** Runs one stage: its commands in turn, their output passed on as it comes, their closing lines kept. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Counts, countStage } from './count.ts';
import { root, type Stage } from './stages.ts';

export interface Outcome {
  stage: Stage;
  counts: Counts;
  seconds: number;
  /** The lines that name what failed, and the last lines that it printed, without colours. */
  closing: string[];
  /** Why it was skipped, if it was. */
  reason?: string;
}

const KEPT_LINES = 200;
const CLOSING_LINES = 6;

/** A line in which Vitest, Playwright or one of our own runners names a check that failed. */
const FAILURE = /^\s*(?:FAIL|✗|✘|×)\s/;
const NAMED_FAILURES = 20;

const bin = path.join(root, 'node_modules', '.bin');
const reports = path.join(root, '.cache', 'reports');

/** Extra arguments and environment that make a runner write its report. */
function reporting(stage: Stage, report: string): { args: string[]; env: Record<string, string> } {
  if (stage.counts === 'vitest') {
    return { args: ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`], env: {} };
  }
  if (stage.counts === 'playwright') {
    return { args: ['--reporter=list,json'], env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } };
  }
  return { args: [], env: {} };
}

/** What ends the commands that run now: with this process, they and all that they started go. */
const ends = new Set<(signal: NodeJS.Signals) => void>();
process.once('SIGINT', () => {
  for (const end of ends) end('SIGTERM');
  process.exit(130);
});

/** Takes what a stage prints, as it comes. */
export type Print = (chunk: Buffer | string) => void;

function runCommand(
  command: readonly string[],
  env: Record<string, string>,
  minutes: number,
  print: Print,
  lines: string[],
  failures: string[],
): Promise<number> {
  const [name = '', ...args] = command;
  const own = path.join(bin, process.platform === 'win32' ? `${name}.cmd` : name);
  const file = name === 'node' ? process.execPath : existsSync(own) ? own : name;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a runner that hangs can be ended with everything it started.
      detached: process.platform !== 'win32',
      shell: process.platform === 'win32',
    });
    let rest = '';
    const take = (chunk: Buffer) => {
      print(chunk);
      const parts = (rest + chunk.toString('utf8')).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const line = stripVTControlCharacters(part).trimEnd();
        lines.push(line);
        if (FAILURE.test(line) && failures.length < NAMED_FAILURES) failures.push(line);
      }
      lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
      } catch {
        // It has ended already.
      }
    };
    const timer = setTimeout(() => {
      lines.push(`stopped: it did not end within ${minutes} minutes`);
      end('SIGKILL');
    }, minutes * 60_000);
    ends.add(end);
    const done = (code: number): void => {
      clearTimeout(timer);
      ends.delete(end);
      resolve(code);
    };
    child.on('error', (error) => {
      lines.push(`${name} could not be started: ${error.message}`);
      done(127);
    });
    child.on('close', (code) => {
      if (rest !== '') lines.push(stripVTControlCharacters(rest));
      done(code ?? 1);
    });
  });
}

/** Runs a stage, or says why it cannot run. Never throws for what the stage does. */
export async function runStage(stage: Stage, failedBefore: ReadonlySet<string>, print: Print): Promise<Outcome> {
  const started = performance.now();
  const outcome = (counts: Counts, closing: string[], reason?: string): Outcome => {
    const seconds = (performance.now() - started) / 1000;
    return { stage, counts, seconds, closing, ...(reason === undefined ? {} : { reason }) };
  };
  const blocker = stage.needs?.find((name) => failedBefore.has(name));
  const ready = blocker ? { reason: `it needs the stage "${blocker}", which failed` } : (stage.ready?.() ?? {});
  if ('reason' in ready) return outcome({ passed: 0, failed: 0, skipped: 1 }, [], ready.reason);

  mkdirSync(reports, { recursive: true });
  const report = path.join(reports, `${stage.name}.json`);
  rmSync(report, { force: true });
  const extra = reporting(stage, report);
  const env: Record<string, string> = {
    // Scripts of dependencies ask for `node`: the pinned one, also when this was not started by npm.
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    ASTRO_TELEMETRY_DISABLED: '1',
    // Stages start many processes and threads that read the same TypeScript: it is compiled once.
    NODE_COMPILE_CACHE: path.join(root, '.cache', 'compile'),
    ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
    ...ready.env,
    ...extra.env,
  };
  const lines: string[] = [];
  const failures: string[] = [];
  let code = 0;
  for (const command of stage.commands) {
    // All of them run, so that one run tells everything there is to mend.
    code = (await runCommand([...command, ...extra.args], env, stage.minutes ?? 15, print, lines, failures)) || code;
  }
  const last = lines.filter((line) => line.trim() !== '').slice(-CLOSING_LINES);
  // What failed stands far above the end of a long output: it is named again here.
  const closing = [...failures.filter((line) => !last.includes(line)), ...last];
  return outcome(countStage(stage.counts, code, lines, report), closing);
}
