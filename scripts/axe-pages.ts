/**
 * `npm run axe [-- --only TEXT] [--dark] [--width N]`: opens every page of the built site, in both languages, and lets axe look at it. Prints
 * what it finds and how many pages it saw; the exit code is 1 if it found anything. About three seconds a page: `npm test` looks at a few of them.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from '@playwright/test';
import { provideBrowser } from './browser.ts';
import { serveFolder } from './site/static-server.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    dark: { type: 'boolean', default: false },
    width: { type: 'string', default: '1280' },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const found = provideBrowser();
if (!('path' in found)) {
  console.log(`skipped: ${found.reason}`);
  process.exit(0);
}
const pages = globSync('**/index.html', { cwd: values.dist })
  .map((file) => `/${file.slice(0, -'index.html'.length)}`)
  .filter((address) => address !== '/' && address.includes(values.only))
  .sort();
const site = await serveFolder({ folder: values.dist, port: 0 });
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-gpu'] });
let findings = 0;
try {
  for (const address of pages) {
    // Nothing of one page is left for the next: no saved work, no cluster.
    const context = await browser.newContext({
      viewport: { width: Number(values.width), height: 900 },
      colorScheme: values.dark ? 'dark' : 'light',
      serviceWorkers: 'block',
    });
    const page = await context.newPage();
    await page.goto(`${site.address}${address}`);
    await page.evaluate(async () => {
      await document.fonts.ready;
      for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, help, nodes } of violations) {
      for (const { target } of nodes) console.log(`${address} ${id}: ${help} at ${target.join(' ')}`);
      findings += nodes.length;
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) {
      console.log(`${address} is ${wide} pixels wider than its window`);
      findings++;
    }
    await context.close();
  }
} finally {
  await browser.close();
  await site.close();
}
console.log(`${pages.length} pages, ${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;
