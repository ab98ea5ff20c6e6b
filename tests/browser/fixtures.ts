/**
 * What every browser test starts from: the built site served on a port of its own, and a page that notes what must not
 * happen (console errors, failed requests, requests that leave the origin). Import `test` and `expect` from here.
 */
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { serveFolder } from '../../scripts/site/static-server.ts';

export { expect };

const dist = process.env.JOTASU_DIST ?? path.join(import.meta.dirname, '../../dist');

interface Watched {
  /** Messages of console errors, uncaught errors and answers of 400 and above, oldest first. */
  errors: string[];
  /** Addresses outside the site that the page asked for. */
  strangers: string[];
}

interface TestFixtures {
  watched: Watched;
}

interface WorkerFixtures {
  site: string;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern, which must be there.
    async ({}, use) => {
      const { address, close } = await serveFolder({ folder: dist, port: 0 });
      await use(address);
      await close();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ site }, use) => use(site),
  watched: [
    async ({ page, site }, use) => {
      const watched: Watched = { errors: [], strangers: [] };
      page.on('console', (message) => {
        if (message.type() === 'error') watched.errors.push(message.text());
      });
      page.on('pageerror', (error) => watched.errors.push(error.message));
      page.on('response', (response) => {
        if (response.status() >= 400) watched.errors.push(`${response.status()} ${response.url()}`);
      });
      page.on('request', (request) => {
        const url = request.url();
        if (/^https?:/.test(url) && !url.startsWith(`${site}/`)) watched.strangers.push(url);
      });
      await use(watched);
      expect(watched.errors, 'errors on the page').toEqual([]);
      expect(watched.strangers, 'requests that left the site').toEqual([]);
    },
    { auto: true },
  ],
});

/** What axe finds on the page, as one line per broken rule and element: an empty list is a pass. */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help} at ${node.target.join(' ')}`));
}

/** How many CSS pixels the page is wider than its window. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
