import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getQuickJS } from 'quickjs-emscripten';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedScript } from './bundle.ts';
import { run } from './driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'jotasu-determinism-'));
const file = join(folder, 'script.cjs');
let script: string;

/** The script in a fresh Node process, with the host's clock, chance and locale out of order. */
function inNode(seed: number, environment: Record<string, string> = {}): string {
  writeFileSync(file, `${script}\nprocess.stdout.write(run(${seed}));`);
  return execFileSync(process.execPath, [file], { encoding: 'utf8', env: { ...process.env, ...environment } });
}

beforeAll(async () => {
  script = await guardedScript();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('one seed makes one history, byte for byte', () => {
  it('in two Node processes of different time zone and language', () => {
    const first = inNode(7, { TZ: 'Asia/Seoul', LANG: 'ko_KR.UTF-8' });
    expect(inNode(7, { TZ: 'America/New_York', LANG: 'C' })).toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64} revision \d+, \d+ events, trace \d+$/);
  });

  it('from source as from the bundle', () => {
    expect(run(7)).toBe(inNode(7));
  });

  it('in QuickJS as in V8', async () => {
    const quickjs = await getQuickJS();
    const context = quickjs.newContext();
    context.runtime.setMaxStackSize(1024 * 1024);
    const result = context.evalCode(`${script}\nrun(7);`);
    expect(context.dump(result.error ?? result.value)).toBe(inNode(7));
    result.dispose();
    context.dispose();
  });

  it('and another seed another', () => {
    expect(inNode(8)).not.toBe(inNode(7));
  });
});
