import { describe, expect, it } from 'vitest';
import { strings } from './index.ts';

/** Every text with its path; functions are called with a number or a word that must show in the text. */
function texts(value: unknown, at = ''): Map<string, string> {
  const found = new Map<string, string>();
  if (typeof value === 'string') found.set(at, value);
  else if (typeof value === 'function') found.set(`${at}()`, String(value(7, 8, 9)));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      for (const [path, text] of texts(inner, at === '' ? key : `${at}.${key}`)) found.set(path, text);
    }
  }
  return found;
}

const en = texts(strings('en'));
const ko = texts(strings('ko'));

describe('interface strings', () => {
  it('has the same texts in both languages', () => {
    expect([...ko.keys()].sort()).toEqual([...en.keys()].sort());
  });

  it.each([...en.keys()])('%s is written in its own language', (key) => {
    expect(en.get(key)?.trim()).not.toBe('');
    expect(en.get(key)).not.toMatch(/[가-힣]/);
    expect(ko.get(key)).toMatch(/[가-힣]/);
  });

  it('uses each argument in both languages', () => {
    for (const [key, text] of en) {
      if (key.endsWith('()')) expect(ko.get(key)?.match(/\d/g)?.sort()).toEqual(text.match(/\d/g)?.sort());
    }
  });
});
