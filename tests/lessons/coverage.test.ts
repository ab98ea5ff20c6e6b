import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

it('every concept of the curriculum has its section, and docs/coverage.md says which', () => {
  const root = path.join(import.meta.dirname, '../..');
  const { stderr, status } = spawnSync(process.execPath, ['scripts/coverage.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
