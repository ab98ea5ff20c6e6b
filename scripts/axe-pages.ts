/**
 * `npm run axe [-- --only TEXT] [--width N,N]`: opens every page of the built site, in both languages, and lets axe look at it, in light and in
 * dark, on a desk and on a phone. Prints what it finds and how many pages it saw; the exit code is 1 if it found anything. Some seconds a page:
 * `npm test` looks at a few of them. `--part 2/4`: every fourth page from the second on.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Page } from '@playwright/test';
import { provideBrowser } from './browser.ts';
import { serveFolder } from './site/static-server.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    width: { type: 'string', default: '1280,360' },
    part: { type: 'string', default: '1/1' },
    dist: { type: 'string', default: path.join(import.meta.dirname, '../dist') },
  },
});
const found = provideBrowser();
if (!('path' in found)) {
  console.log(`skipped: ${found.reason}`);
  process.exit(0);
}
const [part = 1, of = 1] = values.part.split('/').map(Number);
const widths = values.width.split(',').map(Number);
/** Rules that depend on colours: all that is left to ask of the other colour scheme. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

const pages = globSync('**/index.html', { cwd: values.dist })
  .map((file) => `/${file.slice(0, -'index.html'.length)}`)
  .filter((address) => address !== '/' && address.includes(values.only))
  .sort()
  .filter((_, index) => index % of === part - 1);
const site = await serveFolder({ folder: values.dist, port: 0 });
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-gpu'] });
let findings = 0;
try {
  for (const address of pages) {
    // Nothing of one page is left for the next: no saved work, no cluster.
    const context = await browser.newContext({ serviceWorkers: 'block', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.setViewportSize({ width: widths[0]!, height: 900 });
    await page.goto(`${site.address}${address}`);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await settled(page);
        const axe = new AxeBuilder({ page });
        if (colorScheme === 'dark') axe.withRules(OF_COLOURS);
        const { violations } = await axe.analyze();
        for (const { id, help, nodes } of violations) {
          for (const { target } of nodes)
            console.log(`${address} (${width}, ${colorScheme}) ${id}: ${help} at ${target.join(' ')}`);
          findings += nodes.length;
        }
      }
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) {
        console.log(`${address} is ${wide} pixels wider than a window of ${width}`);
        findings++;
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
  await site.close();
}
console.log(`${pages.length} pages, ${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;
