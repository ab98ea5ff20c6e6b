import { defineConfig } from 'vitest/config';

/**
 * Three projects, so that `npm test` can count and skip them apart. `npx vitest run <path>` runs one file of any of them.
 * `unit` needs nothing but Node; `kubectl` starts the real binary; `golden` replays transcripts of a real control plane.
 */
export default defineConfig({
  test: {
    environment: 'node',
    // Nothing is judged by the clock: these limits only end what hangs.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{sim-core,grading,cli,site,scripts,bench}/**/*.test.ts', 'tests/*/**/*.test.ts'],
          exclude: ['tests/{browser,kubectl,golden}/**'],
        },
      },
      {
        extends: true,
        test: { name: 'kubectl', include: ['tests/kubectl/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'golden', include: ['tests/golden/**/*.test.ts'] } },
    ],
  },
});
