/** Gives the Korean pages of a built site the later parts of their compounds, for the search index alone. Runs before Starlight makes that. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { partsIn } from './korean.ts';

/** A page with them, at the end of what is indexed; a page that is not indexed stays as it is. */
export function withParts(html: string): string {
  const begin = html.indexOf('data-pagefind-body');
  const end = html.lastIndexOf('</main>');
  if (begin < 0 || end < begin) return html;
  const text = html
    .slice(html.indexOf('>', begin) + 1, end)
    .replace(/<(script|style|template)\b[\s\S]*?<\/\1>|<[^>]*>/g, ' ');
  const parts = partsIn(text);
  if (parts.length === 0) return html;
  return `${html.slice(0, end)}<div hidden data-pagefind-weight="0.2">${parts.join(' ')}</div>${html.slice(end)}`;
}

export function searchWords(): AstroIntegration {
  return {
    name: 'search-words',
    hooks: {
      'astro:build:done': ({ dir }) => {
        const folder = fileURLToPath(dir);
        for (const file of globSync('ko/**/*.html', { cwd: folder })) {
          const page = path.join(folder, file);
          writeFileSync(page, withParts(readFileSync(page, 'utf8')));
        }
      },
    },
  };
}
