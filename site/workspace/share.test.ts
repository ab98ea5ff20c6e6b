import { describe, expect, it } from 'vitest';
import type { SavedWork } from './persistence.ts';
import { packWork, parseWork, unpackWork } from './share.ts';

const work: SavedWork = {
  engine: 'abc',
  files: { 'app.yaml': 'kind: Pod # 파드\n'.repeat(50) },
  log: {
    cluster: { preset: 'three-workers', seed: 1 },
    entries: [{ time: 1, executed: 2, input: { type: 'note', text: 'kubectl get pods' } }],
    until: { time: 5, executed: 9 },
  },
};

describe('a link that carries a state', () => {
  it('brings back what was put in', () => {
    const link = packWork(work);
    expect(link).toMatch(/^work=[\w-]+$/);
    expect(unpackWork(`#${link}`)).toEqual(work);
  });

  it.each(['', '#top', '#work=', '#work=abc', `#work=${btoa('nonsense')}`, `#${packWork(work).slice(0, -20)}`])(
    'takes %s for no work at all',
    (hash) => {
      expect(unpackWork(hash)).toBeUndefined();
    },
  );

  it.each(['', '[]', '{}', '{"engine":"a","files":{},"log":{}}', JSON.stringify({ ...work, files: { a: 1 } })])(
    'does not take %s for exported work',
    (text) => {
      expect(parseWork(text)).toBeUndefined();
    },
  );
});
