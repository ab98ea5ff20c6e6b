import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['sim-core/**/*.test.ts', 'grading/**/*.test.ts', 'cli/**/*.test.ts', 'site/**/*.test.ts', 'scripts/**/*.test.ts'],
    environment: 'node',
  },
});
