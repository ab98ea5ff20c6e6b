/**
 * How long a learner waits: from opening the first lesson to the first answer of `kubectl get nodes` in its terminal, in Chromium with an
 * empty cache. `npx node bench/page.ts [--json FILE] [--runs N]`. The site must have been built (`npm run build`). Target: 1.5 s.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Browser } from '@playwright/test';
import { clusterRuns, inBrowser, quantile, terminalIsReady, type } from './in-browser.ts';

const TARGET = 1500;
const COMMAND = 'kubectl get nodes';

interface Run {
  /** Milliseconds since the navigation began. */
  readonly cluster: number;
  readonly terminal: number;
  readonly answer: number;
}

async function measure(browser: Browser, url: string): Promise<Run> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const start = performance.now();
  const since = () => performance.now() - start;
  await page.goto(url, { waitUntil: 'commit' });
  await clusterRuns(page);
  const cluster = since();
  await terminalIsReady(page);
  const terminal = since();
  await type(page, COMMAND);
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('worker-3') === true);
  const answer = since();
  await context.close();
  return { cluster, terminal, answer };
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, runs: { type: 'string', default: '5' }, dist: { type: 'string' } },
});
await inBrowser(values.dist, async (browser, address) => {
  const runs: Run[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    runs.push(await measure(browser, `${address}/en/start/first-cluster/`));
  }
  const of = (key: keyof Run) =>
    Math.round(
      quantile(
        runs.map((run) => run[key]),
        0.5,
      ),
    );
  const result = { cluster: of('cluster'), terminal: of('terminal'), answer: of('answer'), target: TARGET };
  console.log(`cluster running          ${result.cluster} ms`);
  console.log(`terminal ready           ${result.terminal} ms`);
  console.log(`${COMMAND} answered  ${result.answer} ms (target ${TARGET})`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ page: result }, undefined, 2)}\n`);
});
