/**
 * Has a page begin with what its workspace will need, before the page's own scripts ask for one another: the cluster's Worker starts at once, and
 * the modules of the workspace and its terminal are fetched side by side instead of one after the other. They come after what the page's first
 * picture needs: on a slow line that one would wait for them. They are compiled beside the page's own thread while they come, which then does not
 * stop at every function that is called for the first time.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';

/**
 * Where a page begins its workspace before anything else. In a lesson, where it stands beside the prose: narrower, it is loaded when it is turned to.
 * In the playground everywhere but on phones, whose slow lines are for the first picture at first (Playground.svelte).
 */
const BEGUN = { LessonWorkspace: '(min-width: 72rem)', Playground: '(min-width: 40.01rem)' } as const;
const ISLANDS =
  /component-url="\/_astro\/((LessonWorkspace|Playground)\.[^"]+)" component-export="[^"]*" renderer-url="\/_astro\/([^"]+)"/;
const LOADED_LATER = ['Workspace', 'terminal-session'];

/**
 * A browser that knows it compiles every function of such a module in the background, while the module is fetched; to others it is a comment.
 * https://v8.dev/blog/explicit-compile-hints
 */
const COMPILE_AHEAD = '//# allFunctionsCalledOnLoad\n';

/** The modules of a built site: what each asks for at once, and what it asks for later. */
class Modules {
  private readonly folder: string;
  private readonly texts = new Map<string, string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A module with all that it imports, and those of LOADED_LATER that one of them loads, with all that they import. */
  needed(names: readonly string[]): string[] {
    const found = new Set<string>();
    const visit = (name: string): void => {
      if (found.has(name)) return;
      found.add(name);
      const text = this.text(name);
      for (const [, next] of text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) visit(next!);
      for (const [, next] of text.matchAll(/import\(\s*["'`]\.\/([\w.-]+\.js)["'`]\s*\)/g)) {
        if (LOADED_LATER.includes(next!.split('.')[0]!)) visit(next!);
      }
    };
    for (const name of names) visit(name);
    return [...found];
  }

  /** The cluster's Worker, of which one of these modules knows the name. */
  worker(names: readonly string[]): string | undefined {
    return names.map((name) => /\/_astro\/(cluster-worker-[\w-]+\.js)/.exec(this.text(name))?.[1]).find(Boolean);
  }

  /** Has a module compiled ahead of its first call. */
  compileAhead(name: string): void {
    const text = this.text(name);
    if (text.startsWith(COMPILE_AHEAD)) return;
    this.texts.set(name, COMPILE_AHEAD + text);
    writeFileSync(this.file(name), COMPILE_AHEAD + text);
  }

  private text(name: string): string {
    let text = this.texts.get(name);
    if (text === undefined) {
      text = readFileSync(this.file(name), 'utf8');
      this.texts.set(name, text);
    }
    return text;
  }

  private file(name: string): string {
    return path.join(this.folder, '_astro', name);
  }
}

/** A page with its workspace begun ahead; the page itself, where it has none. */
function beginAhead(html: string, modules: Modules): string {
  const [, component, kind, renderer] = ISLANDS.exec(html) ?? [];
  if (component === undefined || renderer === undefined) return html;
  const names = modules.needed([component, renderer]);
  for (const name of names) modules.compileAhead(name);
  const worker = modules.worker(names);
  const media = BEGUN[kind as keyof typeof BEGUN];
  const links = names.map((name) => `<link rel="modulepreload" href="/_astro/${name}" media="${media}">`);
  const start =
    worker === undefined
      ? ''
      : `<script>if(matchMedia('${media}').matches)(globalThis.jotasuWorker=new Worker('/_astro/${worker}',{type:'module',name:'cluster'})).onerror=function(){this.failed=true}</script>`;
  return html
    .replace(/<meta charset="[^"]*"\s*\/?>/i, (charset) => charset + start)
    .replace('</head>', `${links.join('')}</head>`);
}

/** Begins ahead on every page of a built site. Answers on how many. */
export function beginWorkspacesAhead(folder: string): number {
  const modules = new Modules(folder);
  let count = 0;
  for (const file of globSync('**/index.html', { cwd: folder })) {
    const full = path.join(folder, file);
    const html = readFileSync(full, 'utf8');
    const ahead = beginAhead(html, modules);
    if (ahead === html) continue;
    writeFileSync(full, ahead);
    count++;
  }
  return count;
}

export function workspaceAhead(): AstroIntegration {
  return {
    name: 'workspace-ahead',
    hooks: {
      'astro:build:done': ({ dir, logger }) => {
        logger.info(`${beginWorkspacesAhead(fileURLToPath(dir))} pages begin their cluster at once`);
      },
    },
  };
}
