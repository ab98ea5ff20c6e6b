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

/** Rules of axe that depend on colours: what is left to ask of the other colour scheme. */
export const COLOUR_RULES: readonly string[] = ['color-contrast', 'link-in-text-block'];

/** Waits until fonts are there, and what follows from their sizes: observers of sizes hear of it in the next frame. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

interface AxeOptions {
  /** Only what is inside these; the whole page unless told. axe takes seconds for a long lesson. */
  within?: string;
  /** Only these rules; all unless told. */
  rules?: readonly string[];
}

/** What axe finds on the page, as one line per broken rule and element: an empty list is a pass. */
export async function axeFindings(page: Page, { within, rules }: AxeOptions = {}): Promise<string[]> {
  await nextFrame(page);
  let axe = new AxeBuilder({ page });
  if (within !== undefined) axe = axe.include(within);
  if (rules !== undefined) axe = axe.withRules([...rules]);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help} at ${node.target.join(' ')}`));
}

/** How many CSS pixels the page is wider than its window. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
