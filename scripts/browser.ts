/**
 * Provides a Chromium for the browser tests, in this order: `JOTASU_BROWSER`, a Chromium or Chrome that is installed, the
 * distribution's package (as root, with apt-get), Playwright's own download. `node scripts/browser.ts` prints its path.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A browser that answered `--version`, or why there is none. */
export type Browser = { path: string } | { reason: string };

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

const OTHER_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** The first executable of this name on PATH. */
export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Ubuntu's `chromium-browser` is a stub that asks for a snap: only a browser that tells its version is one. */
function works(file: string): boolean {
  const { status, stdout } = spawnSync(file, ['--version', '--no-sandbox'], { encoding: 'utf8', timeout: 30_000 });
  return status === 0 && /chrom/i.test(stdout);
}

/** The browser that `JOTASU_BROWSER` names, else the first one that is installed. */
export function installedBrowser(): string | undefined {
  const given = process.env.JOTASU_BROWSER;
  const candidates = [given, ...NAMES.map(onPath), ...OTHER_PLACES];
  return candidates.find((file) => file !== undefined && existsSync(file) && works(file));
}

function say(text: string): void {
  console.error(`[browser] ${text}`);
}

function runs(command: string, args: string[], minutes: number): boolean {
  say(`${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    timeout: minutes * 60_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

function fromDistribution(): string | undefined {
  if (process.getuid?.() !== 0 || onPath('apt-get') === undefined) return undefined;
  say('No Chromium or Chrome is installed. Installing the package of the distribution.');
  runs('apt-get', ['update', '-qq'], 5);
  const install = ['install', '-y', '-qq', '--no-install-recommends'];
  if (!runs('apt-get', [...install, 'chromium', 'fonts-noto-cjk'], 10)) runs('apt-get', [...install, 'chromium'], 10);
  return installedBrowser();
}

function fromPlaywright(): string | undefined {
  const cli = fileURLToPath(new URL('../node_modules/playwright/cli.js', import.meta.url));
  const where = 'import("playwright").then((p) => console.log(p.chromium.executablePath()))';
  const downloaded = (): string | undefined => {
    const { stdout } = spawnSync(process.execPath, ['-e', where], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    });
    const file = (stdout ?? '').trim();
    return file !== '' && existsSync(file) && works(file) ? file : undefined;
  };
  const before = downloaded();
  if (before !== undefined) return before;
  say("Trying Playwright's own download.");
  return runs(process.execPath, [cli, 'install', 'chromium'], 10) ? downloaded() : undefined;
}

/** Finds or installs a browser. May take minutes and print its progress to stderr the first time. */
export function provideBrowser(): Browser {
  const found = installedBrowser() ?? fromDistribution() ?? fromPlaywright();
  if (found !== undefined) return { path: found };
  return {
    reason:
      'no browser: none installed, none from apt-get (needs root), none from Playwright. Install Chromium or Chrome, or set JOTASU_BROWSER to one.',
  };
}

if (process.argv[1] === import.meta.filename) {
  const browser = provideBrowser();
  if ('path' in browser) console.log(browser.path);
  else console.error(browser.reason);
  process.exitCode = 'path' in browser ? 0 : 1;
}
