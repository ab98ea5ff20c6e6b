import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_API } from '../../site/workspace/kept-engine.ts';
import { keepPage, publishPages } from './keep-page.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-pages-'));
const engines = path.join(folder, 'engines');
const OLD = 'aaaaaaaaaaaaaaaa';
const NOW = 'bbbbbbbbbbbbbbbb';

beforeAll(async () => {
  mkdirSync(path.join(engines, OLD), { recursive: true });
  await keepPage(path.join(engines, OLD));
  // One that was kept before pages had Workers of it.
  mkdirSync(path.join(engines, 'cccccccccccccccc/app'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('kept Workers', () => {
  it('are whole, and say which pages they are for', () => {
    const page = path.join(engines, OLD, 'page');
    expect(JSON.parse(readFileSync(path.join(page, 'api.json'), 'utf8'))).toEqual({ api: PAGE_API });
    expect(readdirSync(path.join(page, 'app'))).toEqual(
      expect.arrayContaining(['cluster-worker.js', 'check-worker.js']),
    );
    expect(readdirSync(path.join(engines, OLD))).toEqual(['page']);
  });

  it('of older builds are put into the site, and what was there before goes', () => {
    const site = path.join(folder, 'dist');
    mkdirSync(path.join(site, 'engines/dddddddddddddddd'), { recursive: true });
    writeFileSync(path.join(site, 'engines/dddddddddddddddd/x'), '');
    expect(publishPages(engines, site, NOW)).toEqual([OLD]);
    expect(readdirSync(path.join(site, 'engines'))).toEqual([OLD]);
    expect(publishPages(engines, site, OLD)).toEqual([]);
    expect(existsSync(path.join(site, 'engines', OLD))).toBe(false);
  });
});
