/** Writes the service worker of a built site: what it keeps is exactly the files of that build. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { CHOICE, ISOLATED_PATHS, ISOLATION_HEADERS } from '../container/isolation.ts';

/** Files that no page asks for, and those that are of use only with a network. */
const LEFT_OUT = /^(sw\.js|_headers|sitemap.*\.xml)$|^(container|engines)[\\/]|\.map$|\.woff$/;

/** Addresses of a build's files with a digest of each; pages go by the address of their folder. */
export function manifestOf(folder: string): Record<string, string> {
  const manifest: Record<string, string> = {};
  for (const file of globSync('**/*', { cwd: folder }).sort()) {
    const full = path.join(folder, file);
    if (!statSync(full).isFile() || LEFT_OUT.test(file)) continue;
    const address = `/${file.split(path.sep).join('/')}`.replace(/\/index\.html$/, '/');
    manifest[address] = createHash('sha256').update(readFileSync(full)).digest('base64url').slice(0, 12);
  }
  return manifest;
}

export function offline(): AstroIntegration {
  return {
    name: 'offline',
    hooks: {
      'astro:build:done': ({ dir }) => {
        const folder = fileURLToPath(dir);
        const manifest = manifestOf(folder);
        const version = createHash('sha256')
          .update(`${JSON.stringify(manifest)} ${ISOLATED_PATHS}`)
          .digest('base64url')
          .slice(0, 12);
        const source = readFileSync(path.join(import.meta.dirname, 'service-worker.js'), 'utf8');
        const made = source
          .replace('/__ISOLATED__/', () => String(ISOLATED_PATHS))
          .replace('{ __CHOICE__: true }', JSON.stringify(CHOICE))
          .replace('{ __HEADERS__: true }', JSON.stringify(ISOLATION_HEADERS))
          .replace("'__VERSION__'", JSON.stringify(version))
          .replace('{ __MANIFEST__: true }', JSON.stringify(manifest));
        writeFileSync(path.join(folder, 'sw.js'), made);
      },
    },
  };
}
