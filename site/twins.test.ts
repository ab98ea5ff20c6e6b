import { describe, expect, it } from 'vitest';
import { MODULES } from './course.ts';
import { fingerprint, readTwins, staleTwin } from './twins.ts';

const lesson = '---\ntitle: Pods\nlastUpdated: 2026-11-21\n---\n\nA pod has one address.\n\n## Two containers\n';

describe('the two languages of a lesson', () => {
  const agreed = { en: fingerprint(lesson), ko: fingerprint('파드') };

  it('are equal until one of them changes: then the other is stale', () => {
    expect(staleTwin(agreed, agreed)).toBe(undefined);
    const inEnglish = fingerprint(lesson.replace('one address', 'one address and one name'));
    expect(staleTwin(agreed, { ...agreed, en: inEnglish })).toBe('ko');
    expect(staleTwin(agreed, { ...agreed, ko: fingerprint('포드') })).toBe('en');
    expect(staleTwin(agreed, { en: inEnglish, ko: fingerprint('파드들') })).toBe(undefined);
  });

  it('do not differ by a date or by where lines break', () => {
    expect(fingerprint(lesson.replace('2026-11-21', '2027-01-01').replace('pod has', 'pod\nhas'))).toBe(agreed.en);
  });

  it('are written down for every lesson', () => {
    const twins = readTwins();
    for (const name of MODULES.flatMap(({ slug, lessons }) => lessons.map((each) => `${slug}/${each}`))) {
      expect(twins[name], `npm run twins -- ${name}`).toEqual({ en: expect.any(String), ko: expect.any(String) });
    }
  });
});
