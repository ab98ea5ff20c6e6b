import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstLessonHref, lessonId, MODULES } from './course.ts';

const lessons = path.join(import.meta.dirname, '../lessons');

describe('the course manifest', () => {
  it.each(MODULES.flatMap(({ slug, lessons: names }) => names.map((name) => `${slug}/${name}`)))(
    '%s exists in both languages',
    (lesson) => {
      expect(existsSync(path.join(lessons, lesson, 'en.mdx'))).toBe(true);
      expect(existsSync(path.join(lessons, lesson, 'ko.mdx'))).toBe(true);
    },
  );

  it('names every lesson that lies in lessons/', () => {
    const named = MODULES.flatMap(({ slug, lessons: names }) => names.map((name) => `${slug}/${name}`));
    const found = globSync('*/*/en.mdx', { cwd: lessons }).map((file) => path.dirname(file).replaceAll('\\', '/'));
    expect(found.toSorted()).toEqual(named.toSorted());
  });

  it('gives addresses', () => {
    expect(lessonId('start/first-cluster/ko.mdx')).toBe('ko/start/first-cluster');
    expect(firstLessonHref('ko')).toMatch(/^\/ko\/[a-z-]+\/[a-z-]+\/$/);
    expect(() => lessonId('start/ko.mdx')).toThrow('lessons/<module>/<lesson>/en.mdx');
    expect(() => lessonId('start/first-cluster/fr.mdx')).toThrow('is not where a lesson lies');
  });
});
