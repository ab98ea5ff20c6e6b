import { describe, expect, it } from 'vitest';
import { SmallMap } from './small-map.ts';

describe('a small map', () => {
  it('is as a Map is, with none, one and several entries', () => {
    const small = new SmallMap<string, number>();
    const map = new Map<string, number>();
    const same = () => {
      expect(small.size).toBe(map.size);
      expect([...small]).toEqual([...map]);
      expect([...small.keys()]).toEqual([...map.keys()]);
      expect([...small.values()]).toEqual([...map.values()]);
      for (const key of ['a', 'b', 'c']) {
        expect(small.get(key)).toBe(map.get(key));
        expect(small.has(key)).toBe(map.has(key));
      }
    };
    const set = (key: string, value: number) => {
      small.set(key, value);
      map.set(key, value);
      same();
    };
    const remove = (key: string) => {
      small.delete(key);
      map.delete(key);
      same();
    };
    same();
    remove('a');
    set('b', 0);
    set('b', 2);
    remove('b');
    set('c', 3);
    set('a', 1);
    set('c', 4);
    set('b', 2);
    remove('c');
    set('c', 5);
    remove('a');
    remove('b');
    remove('c');
    set('a', 6);
    small.clear();
    map.clear();
    same();
  });
});
