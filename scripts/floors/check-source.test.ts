import { describe, expect, it } from 'vitest';
import { checkSource } from './check-source.ts';

const messages = (file: string, text: string): string[] => checkSource(file, text).map((problem) => problem.message);

describe('what the mini-cluster must not touch', () => {
  it.each([
    'const now = Date.now();',
    'const x = { at: Date };',
    'const z = { Date };',
    'function f(at = Date.now()) {}',
    'Math.random();',
    'Math.pow(2, n);',
    'const y = 1.5 ** n;',
    'Math["sin"](1);',
    'const { random } = Math;',
    'new Intl.Collator("ko");',
    'a.localeCompare(b);',
    '(1).toLocaleString();',
    'setTimeout(() => {}, 1);',
    'queueMicrotask(f);',
    'performance.now();',
    'crypto.randomUUID();',
    'structuredClone(x);',
    'new TextEncoder();',
    'async function f() {}',
    'const f = async () => 1;',
    'await f();',
    'Promise.resolve(1);',
    'document.title;',
    'process.env.HOME;',
    'import fs from "node:fs";',
    'import { readFileSync } from "fs";',
    'import("./x.ts");',
    'console.log(1);',
    'class A extends Promise {}',
  ])('%s is caught', (text) => {
    expect(messages('sim-core/store/x.ts', text)).not.toEqual([]);
  });

  it.each([
    'const seconds = Math.floor(a / 1000) + Math.max(1, 2) + Math.sqrt(2) + 2 ** n;',
    'interface Timed { Date: string; process(): void }\nexport const o = { process: 1, Date: 2 };\nexport const v = o.process;',
    'export function f(process: { id: number }): number { return process.id; }',
    'const name = s.toLowerCase(); // new Date() in a comment is prose',
    "const text = 'Date.now()';",
  ])('%s is fine', (text) => {
    expect(messages('sim-core/store/x.ts', text)).toEqual([]);
  });

  it('lets hosts and tests use the platform', () => {
    expect(messages('sim-core/host/http.ts', 'await fetch(String(Date.now()));')).toEqual([]);
    expect(messages('sim-core/store/x.test.ts', 'import fs from "node:fs"; setTimeout(f, 1);')).toEqual([]);
    expect(messages('sim-core/store/testing/x.ts', 'import "../../apiserver/y.ts"; Date.now();')).toEqual([]);
  });

  it('lets the learner’s side of the API wait, and nothing more', () => {
    expect(
      messages('sim-core/kubectl/x.ts', 'export async function f() { await g(); return import("./y.ts"); }'),
    ).toEqual([]);
    expect(messages('sim-core/kubectl/x.ts', 'setTimeout(f, 1); Date.now();')).toHaveLength(2);
  });

  it('says where, and what to use instead', () => {
    expect(checkSource('sim-core/engine/x.ts', '\n\nconst t = Date.now();')).toEqual([
      { file: 'sim-core/engine/x.ts', line: 3, message: expect.stringContaining('virtual clock') },
    ]);
  });
});

describe('the floor plan', () => {
  it.each([
    { from: 'sim-core/engine/x.ts', to: '../api/y.ts' },
    { from: 'sim-core/store/x.ts', to: '../resources/y.ts' },
    { from: 'sim-core/controllers/x.ts', to: '../store/y.ts' },
    { from: 'sim-core/controllers/x.ts', to: '../apiserver/y.ts' },
    { from: 'sim-core/scheduler/x.ts', to: '../controllers/y.ts' },
    { from: 'sim-core/node/x.ts', to: '../controllers/y.ts' },
    { from: 'sim-core/client/x.ts', to: '../apiserver/y.ts' },
    { from: 'sim-core/cluster.ts', to: './host/y.ts' },
    { from: 'sim-core/unheard-of/x.ts', to: '../engine/y.ts' },
    { from: 'sim-core/engine/x.ts', to: '../../grading/y.ts' },
    { from: 'grading/x.ts', to: '../cli/y.ts' },
    { from: 'grading/x.ts', to: '../site/y.ts' },
    { from: 'cli/commands/x.ts', to: '../../site/y.ts' },
    { from: 'site/pages/x.ts', to: '../../cli/y.ts' },
    { from: 'site/pages/x.ts', to: '../../lessons/course.ts' },
    { from: 'grading/x.ts', to: '../solutions/start/y.ts' },
  ])('$from must not import $to', ({ from, to }) => {
    expect(messages(from, `import { y } from '${to}';`)).toHaveLength(1);
    expect(messages(from, `export * from '${to}';`)).toHaveLength(1);
  });

  it.each([
    { from: 'sim-core/api/x.ts', to: '../engine/y.ts' },
    { from: 'sim-core/node/x.ts', to: '../network/y.ts' },
    { from: 'sim-core/host/worker.ts', to: '../apiserver/y.ts' },
    { from: 'sim-core/cluster.ts', to: './controllers/y.ts' },
    { from: 'cli/commands/x.ts', to: '../../grading/y.ts' },
    { from: 'site/content.config.ts', to: '../lessons/course.ts' },
    { from: 'site/pages/x.ts', to: '../../sim-core/y.ts' },
  ])('$from may import $to', ({ from, to }) => {
    expect(messages(from, `import { y } from '${to}';`)).toEqual([]);
  });

  it('tells types from code', () => {
    expect(messages('sim-core/client/x.ts', "import type { Server } from '../apiserver/y.ts';")).toEqual([]);
    expect(messages('sim-core/client/x.ts', "import { Server } from '../apiserver/y.ts';")).toHaveLength(1);
  });

  it('reads components and lessons too', () => {
    expect(messages('site/x.svelte', "<script>\n  import { y } from '../cli/y.ts';\n</script>")).toHaveLength(1);
    expect(messages('lessons/start/a/en.mdx', "import X from '../../../cli/x.ts';")).toHaveLength(1);
    expect(messages('lessons/start/a/en.mdx', "import X from '../../../site/x.astro';")).toEqual([]);
  });
});
