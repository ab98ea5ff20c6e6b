/** Puts the programs for containers beside a built site, in one file by the simulator's version. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { type Bundle, bundleAddress } from './bundle.ts';

/** `make` bundles the programs. */
export function containerPrograms(make: () => Promise<Bundle>): AstroIntegration {
  return {
    name: 'container-programs',
    hooks: {
      'astro:build:done': async ({ dir }) => {
        const bundle = await make();
        const file = path.join(fileURLToPath(dir), bundleAddress(bundle.engine));
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, JSON.stringify(bundle));
      },
    },
  };
}
