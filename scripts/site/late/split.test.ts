import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { divide } from './split.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'split-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);

/** Long enough to be worth moving. */
const LONG = `'${'so long that a call in its place is shorter than it '.repeat(3)}'`;

/** What becomes of modules of which everything has run but functions in whose bodies stands LONG. */
function halves(modules: Record<string, string>) {
  const all = {
    'slots.ts': 'const AWAITED: number = 0;\nexport const lateFunctions = new Array(AWAITED);\n',
    ...modules,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(file(name), text);
  const entry = file(Object.keys(modules)[0]!);
  const texts = new Map(Object.entries(all).map(([name, text]) => [file(name), text]));
  const { modules: divided, functions } = divide(
    entry,
    (where, offset) => !texts.get(where)!.slice(offset).trimStart().startsWith(`return ${LONG}`),
    file('slots.ts'),
  );
  const half = (name: string, which: 'core' | 'late') =>
    (divided.get(file(name))?.[which] ?? '')
      .replaceAll(LONG, 'LONG')
      .replaceAll(`${folder}/`, '')
      .replaceAll(/\s+/g, ' ')
      .trim();
  return { core: (name: string) => half(name, 'core'), late: (name: string) => half(name, 'late'), functions };
}

it('moves the body of a function that has not run, and leaves a call in its place', () => {
  const { core, late, functions } = halves({
    'a.ts': `export const table = { show };\nexport function show(text: string): string { return ${LONG} + text; }\n`,
  });
  expect(core('a.ts')).toContain('function show(){return lateFunctions[0].apply(this,arguments)}');
  expect(core('a.ts')).not.toContain('LONG');
  expect(late('a.ts')).toContain('function show(text ) { return LONG + text; } lateFunctions[0]=show;');
  expect(late('a.ts')).toContain('export { show };');
  expect(functions).toBe(1);
});

it('moves whole what nothing that stays needs, with its imports, and says what it needs of the rest', () => {
  const { core, late } = halves({
    'entry.ts': `import { first } from './c.ts';\nfirst();\n`,
    'c.ts': `import { b, unused } from './b.ts';\nexport const first = () => hidden + b;\nexport function rare() { return ${LONG} + unused + hidden; }\nconst hidden = 1;\n`,
    'b.ts': `export const b = 1;\nexport const unused = 2;\n`,
  });
  expect(core('c.ts')).toBe(
    'import { b } from "./b.ts"; const first = () => hidden + b; const hidden = 1; export { hidden as core$hidden, first };',
  );
  expect(core('b.ts')).toBe('const b = 1; export { b };');
  expect(late('b.ts')).toContain('const unused = 2;');
  expect(late('c.ts')).toContain('import { unused } from "./b.ts";');
  expect(late('c.ts')).toContain('import { core$hidden as hidden } from "c.ts?core";');
  expect(late('c.ts')).toContain('export * from "c.ts?core"; export { rare };');
});

it('moves methods, getters, generators and functions with this', () => {
  const { core, late } = halves({
    'a.ts': `export class A {
  field = 1;
  later = () => { return ${LONG} + this.field; };
  say(a: number) { return ${LONG} + a; }
  get size() { return ${LONG}; }
  set size(to) { return ${LONG}; }
  static *[Symbol.iterator]() { return ${LONG}; }
  own() { return ${LONG} + super.toString(); }
  #hidden = 2;
  secret() { return ${LONG} + this.#hidden; }
}
new A();
`,
  });
  const class_ = core('a.ts');
  expect(class_).toContain('say(){return lateFunctions[1].apply(this,arguments)}');
  expect(class_).toContain('later = ((...$)=>lateFunctions[0].call(this)(...$));');
  expect(class_).toContain('get size(){return lateFunctions[2].apply(this,arguments)}');
  expect(class_).toContain('set size($){return lateFunctions[3].apply(this,arguments)}');
  expect(class_).toContain('static [Symbol.iterator](){return lateFunctions[4].apply(this,arguments)}');
  expect(class_, 'nobody else has its super').toContain('own() { return LONG + super.toString(); }');
  expect(class_).toContain('secret() { return LONG + this.#hidden; }');
  expect(late('a.ts')).toContain('lateFunctions[0]=function(){return () => { return LONG + this.field; }};');
  expect(late('a.ts')).toContain('lateFunctions[4]=function*() { return LONG; };');
});

it('gives a function what it uses of those around it, unless that changes or may not be there yet', () => {
  const { core, late } = halves({
    'a.ts': `export function setUp(context: object) {
  const queue = [context];
  let count = 0;
  const rare = (key: string) => { return ${LONG} + queue + key; };
  function counting() { return ${LONG} + ++count; }
  const early = () => { return ${LONG} + after; };
  const after = 1;
  function helper() { return ${LONG} + rare('') + ((queue) => queue)(1); }
  return { rare, counting, early, helper, count: () => count };
}
setUp({});
`,
  });
  expect(core('a.ts')).toContain('const rare = ((...$)=>lateFunctions[0].call(this,queue)(...$));');
  expect(late('a.ts')).toContain('lateFunctions[0]=function(queue){return (key ) => { return LONG + queue + key; }};');
  expect(core('a.ts')).toContain('function counting() { return LONG + ++count; }');
  expect(core('a.ts')).toContain('const early = () => { return LONG + after; };');
  expect(core('a.ts')).toContain('function helper(){return lateFunctions[1](rare).apply(this,arguments)}');
});

it('keeps a function that writes to what stays, and what that needs', () => {
  const { core, late } = halves({
    'a.ts': `import { help } from './b.ts';\nlet made: unknown;\nexport const look = () => made;\nexport const table = { make };\nfunction make() { return ${LONG} + (made ??= help()); }\nlook();\n`,
    'b.ts': `export const help = () => 1;\n`,
  });
  expect(core('a.ts')).toContain('function make() { return LONG + (made ??= help()); }');
  expect(core('b.ts')).toContain('const help = () => 1;');
  expect(late('a.ts')).not.toContain('LONG');
});

it('follows names through modules that hand them on, and keeps of those only what is used', () => {
  const { core, late } = halves({
    'entry.ts': `import { used } from './index.ts';\nused();\n`,
    'index.ts': `export { unused, used } from './b.ts';\nexport * from './c.ts';\nexport * as all from './c.ts';\n`,
    'b.ts': `export const used = () => 1;\nexport const unused = 2;\n`,
    'c.ts': `export const c = 3;\n`,
  });
  expect(core('index.ts')).toBe('export { used } from "./b.ts"; export * from "./c.ts";');
  expect(late('index.ts')).toContain('export { unused } from "./b.ts";');
  expect(late('index.ts')).toContain('export * as all from "./c.ts";');
  expect(core('c.ts')).toBe('');
  expect(late('b.ts')).toContain('const unused = 2;');
});
