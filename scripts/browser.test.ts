import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { installedBrowser, onPath } from './browser.ts';

/** A folder with executables of these names and shell bodies. */
function folderOf(programs: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-browser-'));
  for (const [name, body] of Object.entries(programs)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

afterEach(() => vi.unstubAllEnvs());

describe('finding a browser', () => {
  it('takes the first that tells its version, past stubs that do not', () => {
    const stubs = folderOf({
      chromium: 'echo "install the snap" >&2; exit 1',
      'google-chrome': 'echo Google Chrome 1',
    });
    vi.stubEnv('PATH', stubs);
    vi.stubEnv('JOTASU_BROWSER', undefined);
    expect(installedBrowser()).toBe(path.join(stubs, 'google-chrome'));
  });

  it('prefers the one that the environment names', () => {
    const folder = folderOf({ chromium: 'echo Chromium 1', mine: 'echo Chromium 2' });
    vi.stubEnv('PATH', folder);
    vi.stubEnv('JOTASU_BROWSER', path.join(folder, 'mine'));
    expect(installedBrowser()).toBe(path.join(folder, 'mine'));
  });

  it('finds nothing where nothing works', () => {
    vi.stubEnv('PATH', folderOf({ 'chromium-browser': 'echo hello' }));
    vi.stubEnv('JOTASU_BROWSER', '/nowhere/chrome');
    expect(installedBrowser()).toBeUndefined();
    expect(onPath('chromium')).toBeUndefined();
  });
});
