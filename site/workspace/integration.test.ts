import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { beginWorkspacesAhead } from './integration.ts';

const FILES: Readonly<Record<string, string>> = {
  '_astro/LessonWorkspace.a1.js': 'import{w}from"./spare-worker.a2.js";const load=()=>import("./Workspace.a3.js");',
  '_astro/spare-worker.a2.js':
    'export const w=()=>new Worker(new URL(`/_astro/cluster-worker-x_1.js`,import.meta.url));',
  '_astro/Workspace.a3.js':
    'import"./spare-worker.a2.js";import{L}from"./Lens.a4.js";const t=()=>import("./terminal-session.a5.js"),e=()=>import("./editor.a6.js");',
  '_astro/Lens.a4.js': 'export const L=1;',
  '_astro/terminal-session.a5.js': 'export{};',
  '_astro/editor.a6.js': 'export{};',
  '_astro/client.svelte.a7.js': 'export{};',
  'lesson/index.html':
    '<head><meta charset="utf-8"/><title>x</title></head><astro-island uid="1" component-url="/_astro/LessonWorkspace.a1.js" component-export="default" renderer-url="/_astro/client.svelte.a7.js">',
  'prose/index.html': '<head><meta charset="utf-8"/></head><p>Nothing to touch.</p>',
};

describe('a built site', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ahead-'));
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  beforeAll(() => {
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    expect(beginWorkspacesAhead(folder)).toBe(1);
  });

  it('begins a lesson’s cluster at once, where the workspace stands beside the prose', () => {
    expect(read('lesson/index.html')).toContain(
      `<meta charset="utf-8"/><script>if(matchMedia('(min-width: 72rem)').matches)(globalThis.jotasuWorker=new Worker('/_astro/cluster-worker-x_1.js'`,
    );
  });

  it('fetches what the workspace and its terminal are made of side by side, and no more', () => {
    const links = [...read('lesson/index.html').matchAll(/modulepreload" href="\/_astro\/([^"]+)"/g)].map(([, n]) => n);
    expect(links.sort()).toEqual(
      Object.keys(FILES)
        .filter((file) => file.startsWith('_astro/') && !file.includes('editor'))
        .map((file) => file.slice('_astro/'.length))
        .sort(),
    );
  });

  it('has these compiled while they are fetched', () => {
    for (const [file, text] of Object.entries(FILES)) {
      if (!file.startsWith('_astro/')) continue;
      expect(read(file)).toBe(file.includes('editor') ? text : `//# allFunctionsCalledOnLoad\n${text}`);
    }
  });

  it('leaves pages without a workspace as they are', () => {
    expect(read('prose/index.html')).toBe(FILES['prose/index.html']);
  });
});
