/** Pagefind's search box with queries as Korean needs them. Stands in the place of `@pagefind/default-ui` (astro.config.ts): Starlight makes the box and knows no such option. */
import { PagefindUI as Original } from '@pagefind/default-ui/npm_dist/mjs/ui-core.mjs';
import { stemQuery } from './korean.ts';

export class PagefindUI extends Original {
  constructor(options: Record<string, unknown>) {
    super({ ...options, processTerm: stemQuery });
  }
}
