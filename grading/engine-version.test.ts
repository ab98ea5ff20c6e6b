import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engineVersion } from './engine-version.ts';

it('is the same however the folder is written', () => {
  const root = join(import.meta.dirname, '..');
  expect(engineVersion(`${root}/`)).toBe(engineVersion(root));
  expect(engineVersion(root)).toMatch(/^[0-9a-f]{16}$/);
});
