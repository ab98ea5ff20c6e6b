/** What the benches that drive a page have in common: the built site served, a Chromium at it, and the terminal typed into. */
import path from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import { provideBrowser } from '../scripts/browser.ts';
import { serveFolder } from '../scripts/site/static-server.ts';

/** Serves the built site (`dist`, else the project's own) and hands it to `measure` with a browser. Says so where there is none. */
export async function inBrowser(
  dist: string | undefined,
  measure: (browser: Browser, address: string) => Promise<void>,
): Promise<void> {
  const found = provideBrowser();
  if (!('path' in found)) {
    console.log(`skipped: ${found.reason}`);
    return;
  }
  const site = await serveFolder({ folder: dist ?? path.join(import.meta.dirname, '../dist'), port: 0 });
  const browser = await chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    await measure(browser, site.address);
  } finally {
    await browser.close();
    await site.close();
  }
}

/** Waits for the workspace's cluster. */
export async function clusterRuns(page: Page): Promise<void> {
  await page.waitForSelector('.island[data-status=running]', { timeout: 120_000 });
}

/** Waits for the terminal's first prompt. */
export async function terminalIsReady(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('$') === true);
}

/** Types a command into the terminal and runs it. */
export async function type(page: Page, command: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.insertText(command);
  await page.keyboard.press('Enter');
}

/** The value that so large a share of the others is not above. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of CPU that the thread spent in it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Records the tasks of the page's main thread; `stop` answers the milliseconds of CPU that each took. */
export async function traceTasks(page: Page): Promise<{ stop(): Promise<number[]> }> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] },
  });
  return {
    async stop() {
      const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
      await session.send('Tracing.end');
      await complete;
      const main = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
      const isMain = ({ pid, tid }: TraceEvent) => main.some((thread) => thread.pid === pid && thread.tid === tid);
      return events
        .filter((event) => event.name.endsWith('RunTask') && event.tdur !== undefined && isMain(event))
        .map(({ tdur }) => tdur! / 1000);
    },
  };
}
