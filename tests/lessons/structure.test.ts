import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { quoteParts, quoteSource } from '../../site/markdown/quote-source.ts';
import { compareParts, components, frontMatter, headings, prose, wordCount } from './lesson-text.ts';
import { FORBIDDEN_ENGLISH, FORBIDDEN_KOREAN } from './words.ts';

const folder = path.join(import.meta.dirname, '../../lessons');
const lessons = globSync('*/*/en.mdx', { cwd: folder }).map((file) => path.dirname(file).replaceAll('\\', '/'));
const read = (lesson: string, language: 'en' | 'ko') =>
  readFileSync(path.join(folder, lesson, `${language}.mdx`), 'utf8');

describe.each(lessons.toSorted())('the lesson %s', (lesson) => {
  const en = read(lesson, 'en');
  const ko = read(lesson, 'ko');

  it('has the same parts in both languages', () => {
    expect(headings(ko).map(({ depth }) => depth)).toEqual(headings(en).map(({ depth }) => depth));
    expect(compareParts(components(en), components(ko))).toEqual([]);
    const [inEnglish, inKorean] = [frontMatter(en), frontMatter(ko)];
    expect(inKorean.module).toBe(inEnglish.module);
    expect(inKorean.minutes).toBe(inEnglish.minutes);
  });

  it('names the pages its facts were checked against', () => {
    for (const text of [en, ko]) {
      const { upstream } = frontMatter(text);
      expect(Array.isArray(upstream) && upstream.length > 0).toBe(true);
      for (const page of upstream as string[]) expect(page).toMatch(/^https:\/\/(?:[a-z0-9-]+\.)*kubernetes\.io\//);
    }
  });

  it('lets the learner try, predict and look inside', () => {
    const names = components(en).map(({ name }) => name);
    const count = (name: string) => names.filter((each) => each === name).length;
    expect(count('Try')).toBeGreaterThanOrEqual(2);
    expect(count('Predict')).toBeGreaterThanOrEqual(2);
    expect(count('Source')).toBeGreaterThanOrEqual(1);
    expect(count('Workspace')).toBeGreaterThanOrEqual(1);
  });

  it('quotes code that is there', () => {
    for (const { name, attributes } of components(en)) {
      if (name === 'Source') {
        const { file: quoted, symbol, part } = attributes;
        const whole = quoteSource(quoted!, symbol!);
        const lines = (part === undefined ? whole : quoteParts(whole, part)).split('\n').length;
        expect(lines, `${symbol}: what is quoted fits on a screen`).toBeLessThanOrEqual(50);
      }
    }
  });

  it('is neither a note nor a chapter', () => {
    // Korean says the same in about three quarters of the words, counted by spaces.
    expect(wordCount(prose(en))).toBeGreaterThanOrEqual(900);
    expect(wordCount(prose(en))).toBeLessThanOrEqual(1900);
    expect(wordCount(prose(ko))).toBeGreaterThanOrEqual(580);
    expect(wordCount(prose(ko))).toBeLessThanOrEqual(1500);
  });

  it('uses the words of the course', () => {
    const found = (text: string, words: readonly { readonly pattern: RegExp; readonly instead: string }[]) =>
      words.flatMap(({ pattern, instead }) => (text.match(pattern) ?? []).map((word) => `${word}: ${instead}`));
    expect(found(prose(en), FORBIDDEN_ENGLISH)).toEqual([]);
    expect(found(prose(ko), FORBIDDEN_KOREAN)).toEqual([]);
  });
});
