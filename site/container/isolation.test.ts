import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ISOLATION_HEADERS, isIsolated } from './isolation.ts';

/** Paths of `_headers` with the headers below them. */
function headersFile(): { path: string; headers: Record<string, string> }[] {
  const rules: { path: string; headers: Record<string, string> }[] = [];
  for (const line of readFileSync('site/public/_headers', 'utf8').split('\n')) {
    const header = /^ {2}([\w-]+): (.+)$/.exec(line);
    if (header !== null) rules.at(-1)!.headers[header[1]!.toLowerCase()] = header[2]!;
    else if (line.trim() !== '') rules.push({ path: line, headers: {} });
  }
  return rules;
}

const PAGES = [
  '/en/',
  '/ko/start/first-cluster/',
  '/en/exercises/start/deploy-web/',
  '/en/playground/',
  '/ko/playground/',
  '/ko/build-your-own/write-a-controller/',
  '/en/exercises/build-your-own/my-replicaset/',
  '/en/exercises/',
];

describe('isolated pages', () => {
  it('are those that offer a container', () => {
    expect(PAGES.filter((page) => isIsolated(page, ''))).toEqual(PAGES.slice(3, 7));
  });

  it('are any others where a container was chosen', () => {
    expect(isIsolated('/en/start/first-cluster/', '?runtime=container')).toBe(true);
    expect(isIsolated('/en/start/first-cluster/', '?runtime=other')).toBe(false);
  });

  it('are the same in _headers and in the examples of docs/deploy.md', () => {
    const rules = headersFile().filter(({ headers }) => 'cross-origin-opener-policy' in headers);
    for (const { headers } of rules) expect(headers).toMatchObject(ISOLATION_HEADERS);
    const matched = (page: string) => rules.some(({ path }) => page.startsWith(path.replace(/\*$/, '')));
    const [, location] = /location ~ (\S+) \{\n\s+# isolated/.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];
    const nginx = new RegExp(location!);
    for (const page of PAGES) {
      expect(matched(page), page).toBe(isIsolated(page, ''));
      expect(nginx.test(page), page).toBe(isIsolated(page, ''));
    }
  });
});
