import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, expect, it } from 'vitest';
import { lateFunctions } from './plugin.ts';

const root = path.join(import.meta.dirname, '../../..');
const story = path.join(import.meta.dirname, 'testing/story.ts');
const out = mkdtempSync(path.join(tmpdir(), 'late-functions-'));
afterAll(() => rmSync(out, { recursive: true }));

const run = async (file: string): Promise<string> =>
  (await promisify(execFile)('node', ['--no-warnings', file], { cwd: root, maxBuffer: 16 * 1024 * 1024 })).stdout;

it('a divided program brings clusters up without its second half, and with it does what the whole one does', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    root,
    plugins: [lateFunctions(story)],
    build: {
      outDir: out,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: story,
        external: [/^node:/],
        preserveEntrySignatures: 'allow-extension',
        output: { format: 'es', entryFileNames: 'first.mjs', chunkFileNames: '[name].mjs' },
      },
    },
  });
  const chunks = (built as { output: { fileName: string; imports?: string[]; code?: string }[] }).output;
  const first = chunks.find(({ fileName }) => fileName === 'first.mjs')!;
  expect(
    first.imports?.filter((name) => !name.startsWith('node:')),
    'the first half is one file',
  ).toEqual([]);
  expect(first.code!.length).toBeLessThan(1_000_000);
  const [divided, whole] = [await run(path.join(out, 'first.mjs')), await run(story)];
  expect(divided).toBe(whole);
  expect(whole.split('\n').length).toBeGreaterThan(15);
  expect(whole, 'what is written is taken').toContain('answers 201,201,201');
}, 120_000);
