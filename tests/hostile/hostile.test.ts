import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineVersion } from '../../grading/engine-version.ts';
import { loadExercise } from '../../grading/load.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';
import { type Hostile, hostileClass } from './class.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'jotasu-hostile-')));
const inbox = path.join(folder, 'inbox');
const out = path.join(folder, 'out');
/** A log of its own: it is given so little time that nothing else could be in its company. */
const slow = path.join(folder, 'slow');
let hostile: Hostile[];
let endless: Hostile;
let result: { status: number; stdout: string; stderr: string };

/** Grades in a process that may write to `out` alone, and may open no socket. */
function grade(from: string, patience: number): typeof result {
  const guard = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${out}`, '--allow-worker'];
  const preload = ['--import', path.join(import.meta.dirname, 'no-network.mjs')];
  const args = [
    ...guard,
    ...preload,
    path.join(root, 'cli/main.ts'),
    'grade',
    from,
    '--out',
    out,
    '--timeout',
    `${patience}`,
  ];
  try {
    const stdout = execFileSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: 'pipe',
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
    });
    return { status: 0, stdout, stderr: '' };
  } catch (error) {
    return error as typeof result;
  }
}

beforeAll(async () => {
  await loadSandbox();
  mkdirSync(inbox);
  mkdirSync(out);
  mkdirSync(slow);
  const all = await hostileClass(loadExercise(path.join(root, 'exercises'), 'start/deploy-web'), engineVersion(root));
  endless = all.find(({ file }) => file.startsWith('endless'))!;
  hostile = all.filter((each) => each !== endless);
  for (const { file, bytes } of hostile) writeFileSync(path.join(inbox, file), bytes);
  writeFileSync(path.join(slow, endless.file), endless.bytes);
  result = grade(inbox, 120);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a class that means harm', () => {
  it('is graded to its end, with each that is wrong named', () => {
    expect(
      result.stderr.split('\n').filter((line) => line !== '' && !/SecurityWarning|trace-warnings/.test(line)),
    ).toEqual([]);
    expect(result.status).toBe(1);
    const wrong = hostile.filter(({ problem }) => problem !== undefined).length;
    expect(result.stdout).toContain(`${hostile.length - wrong} graded, ${wrong} not graded`);
  });

  it('names the right problem of each', () => {
    const lines = result.stdout.split('\n');
    const found = hostile.map(({ file, problem }) => {
      const name = file.replace('\u001b', '�');
      const line = lines.find((each) => each.includes(name)) ?? '';
      return problem === undefined
        ? line.includes('✓') || `${name}: ${line}`
        : problem.test(line) || `${name}: ${line}`;
    });
    expect(found.filter((each) => each !== true)).toEqual([]);
  });

  it('stops a replay that does not end', () => {
    const stopped = grade(slow, 3);
    expect(stopped.status).toBe(1);
    expect(stopped.stdout).toMatch(endless.problem!);
  });

  it('writes nothing but the output folder', () => {
    expect(readdirSync(folder).sort()).toEqual(['inbox', 'out', 'slow']);
    expect(readdirSync(inbox)).toHaveLength(hostile.length);
  });

  it('leaves nothing in the output that a terminal, a page or a spreadsheet would act on', () => {
    // Colours are ours; output that goes to a file has none.
    for (const sign of ['\u001b', '\u202e', '\u0007']) expect(result.stdout).not.toContain(sign);
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const entry of files) {
      const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
      if (entry.parentPath.includes('.kept')) continue;
      for (const sign of ['\u001b', '\u202e']) expect(text.includes(sign), entry.name).toBe(false);
      if (entry.name.endsWith('.html')) expect(text, entry.name).not.toMatch(/<img src=x|<script/);
      if (entry.name.endsWith('.csv')) expect(text, entry.name).not.toMatch(/(^|[,"\n])\s*(=cmd|@SUM)/);
    }
  });
});
