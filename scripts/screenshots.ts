/**
 * `node scripts/screenshots.ts [--dist DIR] [--only TEXT]`: uses the built site as a learner does, and keeps what is seen in docs/screenshots/,
 * in both languages.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import { provideBrowser } from './browser.ts';
import { serveFolder } from './site/static-server.ts';

const root = path.join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    dist: { type: 'string', default: path.join(root, 'dist') },
    only: { type: 'string', default: '' },
  },
});

interface Shot {
  readonly name: string;
  readonly address: string;
  readonly size: readonly [width: number, height: number];
  readonly dark?: boolean;
  readonly motion?: boolean;
  readonly act?: (page: Page) => Promise<unknown>;
}

async function run(page: Page, ...commands: string[]): Promise<void> {
  for (const command of commands) {
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.insertText(command);
    await page.keyboard.press('Enter');
  }
}

const ready = (page: Page, count: number) =>
  page.waitForFunction(
    (n) => document.querySelectorAll('.stage .pods .pod:not(.small) .tile.ready').length >= n,
    count,
  );

/** Some pods and a Service, as fast as it goes. */
async function web(page: Page): Promise<void> {
  if ((page.viewportSize()?.width ?? 0) < 1152) {
    const pane = page.locator('[data-pane=workspace]');
    if ((await pane.count()) > 0) await pane.click();
  }
  await page.locator('.xterm-rows', { hasText: '$' }).waitFor();
  await page.locator('.island input[value=max]').click({ force: true });
  await run(
    page,
    'kubectl create deployment web --image=nginx:1.27 --replicas=4',
    'kubectl expose deployment web --port=80',
  );
  await ready(page, 4);
  await page.locator('.stage .service').waitFor();
}

async function inspect(page: Page, button: string): Promise<void> {
  await web(page);
  await page.locator('.stage .pods .pod[data-uid]').first().click();
  await page.locator('.inspector').getByRole('button', { name: button }).click();
}

async function lens(page: Page, name: string): Promise<void> {
  await web(page);
  await run(page, 'kubectl exec deploy/web -- curl -s -o /dev/null web');
  await page.locator('.way select').selectOption(name);
  await page.locator('.lens-place').waitFor();
}

/** A packet in flight, between the pods of two nodes. */
async function packet(page: Page): Promise<void> {
  await web(page);
  await run(page, 'kubectl run box --image=busybox:1.36 -- sleep 3600');
  await ready(page, 5);
  await page.locator('.island input[value="1"]').click({ force: true });
  await run(page, 'clear', 'kubectl exec box -- wget -qO /dev/null web');
  await page.locator('.stage .packet:not(.name)').waitFor({ state: 'attached' });
  await page.waitForTimeout(900);
}

async function past(page: Page): Promise<void> {
  await web(page);
  await run(page, 'kubectl scale deployment web --replicas=8');
  await ready(page, 8);
  await page.locator('.timeline .command').last().click();
  await ready(page, 4);
}

const say = (language: string, en: string, ko: string) => (language === 'en' ? en : ko);
const SHOTS: readonly Shot[] = (['en', 'ko'] as const).flatMap((language): Shot[] => {
  const lesson = `${language}/start/first-cluster/`;
  const playground = `${language}/playground/`;
  const why = say(language, 'Why?', '왜?');
  return [
    { name: `home-${language}-light`, address: `${language}/`, size: [1280, 860] },
    { name: `home-${language}-dark`, address: `${language}/`, size: [1280, 860], dark: true },
    { name: `lesson-${language}-light`, address: lesson, size: [1440, 900], act: web },
    { name: `lesson-${language}-dark`, address: lesson, size: [1920, 1080], dark: true, act: web },
    { name: `lesson-${language}-phone`, address: lesson, size: [390, 844], dark: language === 'ko', act: web },
    {
      name: `exercise-${language}`,
      address: `${language}/exercises/start/deploy-web/`,
      size: [1440, 900],
      act: (page) => page.locator('.stage .room').first().waitFor(),
    },
    { name: `packet-${language}`, address: playground, size: [1440, 900], motion: true, act: packet },
    { name: `past-${language}`, address: playground, size: [1440, 900], dark: language === 'en', act: past },
    { name: `why-${language}`, address: playground, size: [1440, 900], act: (page) => inspect(page, why) },
    {
      name: `lens-packet-${language}`,
      address: playground,
      size: [1440, 900],
      dark: language === 'ko',
      act: (page) => lens(page, 'packet'),
    },
  ];
});

const found = provideBrowser();
if (!('path' in found)) throw new Error(found.reason);
const site = await serveFolder({ folder: values.dist, port: 0 });
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const { name, address, size, dark = false, motion = false, act } of SHOTS) {
    if (!name.includes(values.only)) continue;
    const context = await browser.newContext({
      viewport: { width: size[0], height: size[1] },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: motion ? 'no-preference' : 'reduce',
      serviceWorkers: 'block',
    });
    const page = await context.newPage();
    await page.goto(`${site.address}/${address}`);
    await act?.(page);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: path.join(root, 'docs/screenshots', `${name}.png`) });
    console.log(name);
    await context.close();
  }
} finally {
  await browser.close();
  await site.close();
}
