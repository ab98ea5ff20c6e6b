/** The course manifest as the site needs it: languages, addresses, sidebar. */
import type { Module } from '../lessons/course.ts';
import { MODULES } from './course-file.ts';

export { MODULES };

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** `ko/start/first-cluster` for `start/first-cluster/ko.mdx`; the address of a lesson is its id between slashes. */
export function lessonId(entry: string): string {
  const match = /^([^/]+)\/([^/]+)\/(en|ko)\.mdx?$/.exec(entry.replaceAll('\\', '/'));
  if (match === null) {
    throw new Error(
      `lessons/${entry} is not where a lesson lies.\n` +
        '  expected: lessons/<module>/<lesson>/en.mdx or ko.mdx\n' +
        '  to mend:  move it, or begin its name with _ if it is not a page',
    );
  }
  const [, module, lesson, language] = match;
  return `${language}/${module}/${lesson}`;
}

/** The address of a lesson. */
export function lessonHref(language: Language, module: string, lesson: string): string {
  return `/${language}/${module}/${lesson}/`;
}

/** Where the course's lessons lie below lessons/, for the collection of pages. */
export const lessonPatterns = MODULES.flatMap(({ slug, lessons }) =>
  lessons.map((lesson) => `${slug}/${lesson}/[^_]*.{md,mdx}`),
);

/** The address of a module's overview. */
export function moduleHref(language: Language, module: string): string {
  return `/${language}/${module}/`;
}

/** The address of the first lesson of the course. */
export function firstLessonHref(language: Language): string {
  const first = MODULES[0];
  const lesson = first?.lessons[0];
  if (first === undefined || lesson === undefined) throw new Error('the course names no lesson');
  return lessonHref(language, first.slug, lesson);
}

export function findModule(slug: string | undefined): Module | undefined {
  return MODULES.find((module) => module.slug === slug);
}

/** Starlight's sidebar: one group a module, lessons by slug, so that each takes its title in the reader's language; then the glossary. */
export const sidebar = [
  ...MODULES.map(({ slug, title, lessons }) => ({
    label: title.en,
    translations: { ko: title.ko },
    items: [
      { label: 'Overview', translations: { ko: '한눈에 보기' }, link: `/${slug}/` },
      ...lessons.map((lesson) => `${slug}/${lesson}`),
    ],
  })),
  { label: 'Glossary', translations: { ko: '용어집' }, link: '/glossary/' },
];
