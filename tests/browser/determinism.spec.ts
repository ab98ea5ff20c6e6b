import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { guardedScript } from '../determinism/bundle.ts';

// tests/determinism compares Node with QuickJS; the engine that learners use is the browser's.
test('one seed makes the same history in a Worker of Chromium as in Node, byte for byte', async ({ page }) => {
  const script = await guardedScript();
  const folder = mkdtempSync(join(tmpdir(), 'jotasu-determinism-'));
  const file = join(folder, 'script.cjs');
  writeFileSync(file, `${script}\nprocess.stdout.write(run(7));`);
  const inNode = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const inChromium = await page.evaluate(
    (source) =>
      new Promise<string>((resolve, reject) => {
        const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      }),
    `${script}\npostMessage(run(7));`,
  );
  expect(inChromium).toBe(inNode);
});
