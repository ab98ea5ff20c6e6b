/** The service worker takes a new build whole or not at all, and never under a page that is open. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { offline } from '../../site/offline/integration.ts';

/** A small site with the real service worker: a page, its script, and the register script of every page. */
const REGISTER = readFileSync(path.join(import.meta.dirname, '../../site/offline/register.js'), 'utf8');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

let folder: string;
let server: Server;
let address: string;
/** What is asked for and not given: a server in the middle of getting a new build. */
let missing: string | undefined;

async function build(version: string): Promise<void> {
  const script = `window.scriptVersion = ${JSON.stringify(version)};`;
  const html = `<!doctype html><title>${version}</title><h1>${version}</h1><script src="/app.js"></script><script>${REGISTER}</script>`;
  writeFileSync(path.join(folder, 'index.html'), html);
  cpSync(path.join(folder, 'index.html'), path.join(folder, '404.html'));
  writeFileSync(path.join(folder, 'app.js'), script);
  const done = offline().hooks['astro:build:done'] as (options: { dir: URL }) => void;
  done({ dir: new URL(`file://${folder}/`) });
}

const test = base;
test.use({ serviceWorkers: 'allow' });

test.beforeEach(async () => {
  missing = undefined;
  folder = mkdtempSync(path.join(tmpdir(), 'jotasu-update-'));
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const name = `${pathname.slice(1)}${pathname.endsWith('/') ? 'index.html' : ''}`;
    try {
      if (name === missing) throw new Error('it is on its way');
      const body = readFileSync(path.join(folder, name));
      response
        .writeHead(200, { 'content-type': TYPES[path.extname(name)] ?? 'text/plain', 'cache-control': 'no-cache' })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
test.afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Opens the page and waits until the service worker has everything. */
async function visit(page: Page): Promise<void> {
  await page.goto(address);
  await page.evaluate(() => navigator.serviceWorker.ready);
}

/** The versions of a page and of the script that it got. */
async function versions(page: Page): Promise<[string, string]> {
  return page.evaluate(() => [document.title, (window as unknown as { scriptVersion: string }).scriptVersion]);
}

/** Makes the browser look for a new service worker, and waits for what comes of it. */
function update(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const coming = registration.installing ?? registration.waiting;
    if (coming === null) return 'none';
    while (coming.state === 'installing')
      await new Promise((resolve) => coming.addEventListener('statechange', resolve, { once: true }));
    return coming.state;
  });
}

async function caches(context: BrowserContext): Promise<number> {
  const [page] = context.pages();
  return page!.evaluate(async () => (await globalThis.caches.keys()).length);
}

test('a new build waits while two pages are open, and is there whole when one is opened alone', async ({
  page,
  context,
}) => {
  await build('one');
  await visit(page);
  const other = await context.newPage();
  await visit(other);
  await build('two');
  expect(await update(page)).toBe('installed');
  // Pages of the old build get the old build, page and script alike, though the server has only the new one.
  await other.reload();
  expect(await versions(other)).toEqual(['one', 'one']);
  // It leaves the site. (A page that is closed takes what drives the browser off a worker that may be starting, which then never does.)
  await other.goto('about:blank');
  await page.reload({ waitUntil: 'commit' });
  await expect(page).toHaveTitle('two');
  expect(await versions(page)).toEqual(['two', 'two']);
  await expect.poll(() => caches(context)).toBe(1);
});

test('a build of which a file is missing, or is still that of the build before, is not taken', async ({ page }) => {
  await build('one');
  await visit(page);
  await page.reload();
  const old = readFileSync(path.join(folder, 'app.js'));
  await build('two');
  const whole = readFileSync(path.join(folder, 'app.js'));
  missing = 'app.js';
  expect(await update(page)).toBe('redundant');
  missing = undefined;
  writeFileSync(path.join(folder, 'app.js'), old);
  expect(await update(page)).toBe('redundant');
  await page.reload();
  expect(await versions(page)).toEqual(['one', 'one']);
  writeFileSync(path.join(folder, 'app.js'), whole);
  expect(['installed', 'activating', 'activated']).toContain(await update(page));
  await page.reload();
  await expect(page).toHaveTitle('two');
  expect(await versions(page)).toEqual(['two', 'two']);
});

test('pages are isolated by the service worker where the host sends no headers: those that offer a container, and no others', async ({
  page,
  context,
}) => {
  await build('one');
  for (const name of ['en/playground', 'en/start']) {
    cpSync(path.join(folder, 'index.html'), path.join(folder, name, 'index.html'));
  }
  await build('one');
  await visit(page);
  await page.reload();
  await context.setOffline(true);
  const isolated = async (where: string) => {
    await page.goto(`${address}${where}`);
    return page.evaluate(() => crossOriginIsolated);
  };
  expect(await isolated('en/playground/')).toBe(true);
  expect(await isolated('en/start/')).toBe(false);
  expect(await isolated('en/start/?runtime=container')).toBe(true);
});
