import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const site = path.resolve('site');
const sheets = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(astro|css|svelte)$/.test(name),
);

describe('styles', () => {
  /** A browser restyles the whole page, then, whenever a figure draws anything: 50 ms a frame in the playground. */
  it('never ask the root or the body what it has', () => {
    expect(sheets.length).toBeGreaterThan(50);
    const asking = sheets.filter((name) =>
      /(?::root|html|body)[^\s,{]*:has\(/.test(readFileSync(path.join(site, name), 'utf8')),
    );
    expect(asking).toEqual([]);
  });
});
