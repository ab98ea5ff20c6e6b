/**
 * Names each block of code of a built page. One that is wider than its place becomes a region that keys can scroll, and two regions without a
 * name are told apart by nobody who hears them.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { isLanguage } from '../course.ts';
import { strings } from '../i18n/index.ts';

const BLOCK = /<pre data-language="([^"]*)"(?![^>]*aria-label)/g;

/** A page with its blocks named: what they are in, and which of the page's they are. */
export function nameBlocks(html: string, name: (language: string, number: number) => string): string {
  let number = 0;
  return html.replace(BLOCK, (start, language: string) => {
    number++;
    return `${start} aria-label="${name(language, number)}"`;
  });
}

export function codeRegions(): AstroIntegration {
  return {
    name: 'code-regions',
    hooks: {
      'astro:build:done': ({ dir }) => {
        const folder = fileURLToPath(dir);
        for (const file of globSync('**/index.html', { cwd: folder })) {
          const language = file.split(path.sep)[0]!;
          const { code } = strings(isLanguage(language) ? language : 'en').prose;
          const page = path.join(folder, file);
          const html = readFileSync(page, 'utf8');
          const named = nameBlocks(html, code);
          if (named !== html) writeFileSync(page, named);
        }
      },
    },
  };
}
