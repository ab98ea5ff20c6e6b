/**
 * The size budgets of the built site, in KiB after gzip. For a page, counts every script that it loads by itself: those its
 * HTML names or holds inline, and what they import at once. Scripts loaded on first use and Workers are budgets of their own.
 * To add a budget, add a line to BUDGETS.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { kubectlSize } from './kubectl-size.ts';
import { closingLine } from './test/count.ts';

const dist = path.join(import.meta.dirname, '../dist');

interface Budget {
  what: string;
  kib: number;
  /** Where it should come to, when it is not there yet: said in every run. */
  target?: number;
  /** A page below dist/ (its folder), or files by pattern. */
  page?: string;
  files?: string;
  /** Of the files: what they import at once counts, too, since nothing else has loaded it. */
  alone?: boolean;
  /** Scripts that a page with room for them asks for besides, by pattern. */
  besides?: string;
}

const BUDGETS: readonly Budget[] = [
  // The home page has a live figure.
  { what: 'JavaScript of the home page, English', page: 'en', kib: 120 },
  { what: 'JavaScript of the home page, Korean', page: 'ko', kib: 120 },
  {
    what: 'JavaScript of a lesson with its workspace',
    page: 'en/start/first-cluster',
    besides: '_astro/Workspace.*.js',
    kib: 200,
  },
  // What comes first: a cluster that comes up, and answers reads (scripts/site/late). Then all the rest, while that one comes up.
  { what: 'the cluster in its Worker', files: '_astro/cluster-worker-*.js', alone: true, kib: 240 },
  { what: 'the rest of the simulator', files: '_astro/programs-*.js', kib: 480 },
  { what: 'the terminal, on first use', files: '_astro/terminal-session*.js', kib: 100 },
  {
    what: 'the shell, on first use (with the syntax of shells)',
    files: '_astro/{computer,completion,syntax}.*.js',
    kib: 150,
  },
  { what: 'the editor, on first use', files: '_astro/editor*.js', kib: 150 },
  { what: 'what the editor knows of manifests, with the first one', files: '_astro/manifest-help*.js', kib: 60 },
  { what: 'JavaScript of a prose page', page: '404.html', kib: 30 },
];

const gzipped = (content: string | Buffer): number => gzipSync(content, { level: 9 }).length;

/** The modules that a script imports at once, as paths below dist/. Dynamic imports are not among them. */
function importsOf(script: string, from: string): string[] {
  const found: string[] = [];
  for (const match of script.matchAll(
    /(?:^|[;}\s])(?:import|export)\s*(?:[\w*{][^'"();]*?from\s*)?["']([^"']+\.js)["']/g,
  )) {
    const specifier = match[1] ?? '';
    found.push(specifier.startsWith('/') ? specifier.slice(1) : path.posix.join(path.posix.dirname(from), specifier));
  }
  return found;
}

/** Bytes after gzip of scripts with all that they import at once. */
function withImports(names: readonly string[]): number {
  const seen = new Set<string>();
  let bytes = 0;
  const load = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const script = readFileSync(path.join(dist, name), 'utf8');
    bytes += gzipped(script);
    for (const imported of importsOf(script, name)) load(imported);
  };
  for (const name of names) load(name);
  return bytes;
}

/** Bytes after gzip of the scripts that a page loads by itself. */
function pageScripts(page: string, besides: readonly string[]): number {
  const file = page.endsWith('.html') ? page : `${page}/index.html`;
  const html = readFileSync(path.join(dist, file), 'utf8');
  const names: string[] = [];
  let bytes = 0;
  for (const [, attributes = '', inline = ''] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    const source = /\bsrc="([^"]+)"/.exec(attributes)?.[1];
    if (source !== undefined) names.push(source.slice(1));
    else {
      bytes += gzipped(inline);
      names.push(...importsOf(inline, file));
    }
  }
  // What is fetched ahead for the terminal counts for the terminal.
  for (const [, ahead = ''] of html.matchAll(/<link\b[^>]*\brel="modulepreload"[^>]*\bhref="([^"]+)"/g))
    if (!ahead.includes('/terminal-session')) names.push(ahead.slice(1));
  // An island's own code is loaded when it hydrates; its budget is that of the page that shows it.
  for (const match of html.matchAll(/\b(?:component-url|renderer-url)="([^"]+)"/g))
    names.push((match[1] ?? '').slice(1));
  return bytes + withImports([...names, ...besides]);
}

function measure({ page, files, besides, alone }: Budget): number {
  if (page !== undefined) {
    const more = besides === undefined ? [] : globSync(besides, { cwd: dist });
    if (besides !== undefined && more.length === 0) throw new Error(`no file in dist/ matches ${besides}`);
    return pageScripts(page, more);
  }
  const found = globSync(files ?? '', { cwd: dist });
  if (found.length === 0) throw new Error(`no file in dist/ matches ${files}`);
  if (alone === true) return withImports(found);
  return found.reduce((total, file) => total + gzipped(readFileSync(path.join(dist, file))), 0);
}

if (!existsSync(path.join(dist, 'index.html')))
  throw new Error('There is no built site in dist/. Run `npm run build` first.');

const counts = { passed: 0, failed: 0, skipped: 0 };
function report(kib: number, { what, kib: most, target }: Budget): void {
  const fits = kib <= most;
  counts[fits ? 'passed' : 'failed']++;
  const aim = target === undefined ? '' : ` (the target is ${target})`;
  console.log(
    `${fits ? 'ok  ' : 'OVER'} ${kib.toFixed(1).padStart(7)} of ${String(most).padStart(4)} KiB  ${what}${aim}`,
  );
}

for (const budget of BUDGETS) report(measure(budget) / 1024, budget);
const kubectl = await kubectlSize();
report(kubectl.commands / 1024, { what: 'kubectl, all of its commands together', kib: 120 });
report(kubectl.libraries / 1024, { what: 'kustomize and the templates of Go, when asked for', kib: 12 });
console.log(closingLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
