import { describe, expect, it } from 'vitest';
import { learnerSeed } from '../seed.ts';
import type { Exercise } from './exercise.ts';
import { draw, fillIn, instantiate, type Variants } from './variants.ts';

const variants: Variants = {
  shop: { oneOf: ['cafe', 'bakery', 'books'] },
  count: { from: 3, to: 6 },
  code: { code: 5 },
  fruit: {
    oneOf: [
      { en: 'apple', ko: '사과' },
      { en: 'pear', ko: '배' },
    ],
  },
};

describe('variants', () => {
  it('are the same for the same seed, and differ between seeds', () => {
    expect(draw('a/b', variants, 7)).toEqual(draw('a/b', variants, 7));
    const all = Array.from({ length: 40 }, (_, seed) => JSON.stringify(draw('a/b', variants, seed)));
    expect(new Set(all).size).toBe(40);
    const counts = new Set(Array.from({ length: 60 }, (_, seed) => draw('a/b', variants, seed).count));
    expect([...counts].sort()).toEqual([3, 4, 5, 6]);
  });

  it('do not change when another one comes beside them', () => {
    const { code, count } = draw('a/b', { ...variants, more: { from: 1, to: 9 } }, 5);
    expect({ code, count }).toMatchObject({
      code: draw('a/b', variants, 5).code,
      count: draw('a/b', variants, 5).count,
    });
  });

  it('make codes that are fit for names', () => {
    for (let seed = 0; seed < 50; seed++) expect(draw('a/b', variants, seed).code).toMatch(/^[a-z][a-z0-9]{4}$/);
  });

  it('are filled in everywhere, and numbers stay numbers', () => {
    const drawn = { shop: 'cafe', count: 4, fruit: { en: 'apple', ko: '사과' } };
    expect(
      fillIn({ '<<shop>>.yaml': 'replicas: <<count>>', list: ['<<count>>', 'a <<fruit.ko>> b'], n: 1 }, drawn),
    ).toEqual({ 'cafe.yaml': 'replicas: 4', list: [4, 'a 사과 b'], n: 1 });
    expect(() => fillIn('<<nothing>>', drawn)).toThrow('<<nothing>> stands for nothing; there are: shop, count, fruit');
    expect(() => fillIn('<<fruit>>', drawn)).toThrow('stands for nothing');
    expect(fillIn('cat <<EOF\n>>x', drawn)).toBe('cat <<EOF\n>>x');
  });

  it('leave nothing to be filled in of an instance', () => {
    const exercise = { id: 'a/b', variants, title: { en: '<<shop>>', ko: '<<fruit.ko>>' } } as unknown as Exercise;
    const instance = instantiate(exercise, 3);
    expect(instance.variants).toBeUndefined();
    expect(JSON.stringify(instance)).not.toContain('<<');
    expect(instantiate(instance, 9)).toBe(instance);
  });
});

describe('learnerSeed', () => {
  it('follows from course, exercise and learner alone', () => {
    expect(learnerSeed('k8s', 'start/deploy-web', ' 20260001 ')).toBe(
      learnerSeed('k8s', 'start/deploy-web', '20260001'),
    );
    const others = [
      learnerSeed('k8s', 'start/deploy-web', '20260001'),
      learnerSeed('k8s', 'start/deploy-web', '20260002'),
      learnerSeed('k8s', 'start/two-teams', '20260001'),
      learnerSeed('k9s', 'start/deploy-web', '20260001'),
    ];
    expect(new Set(others).size).toBe(4);
    for (const seed of others) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
  });
});
