import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Book, exerciseName, exercisesOf, feedbackName } from './book.ts';
import { exercisePage } from './exercise.ts';
import { INTEGRITY_PAGES, integrityPage } from './integrity.ts';
import { learnerPage } from './learner.ts';
import { overviewPage } from './overview.ts';

/** Every page of a class, by its path in the output folder. The same book makes the same bytes. */
export function reportPages(book: Book): Map<string, string> {
  const pages = new Map<string, string>();
  for (const locale of ['en', 'ko'] as const) {
    pages.set(`reports/${locale}/index.html`, overviewPage(book, locale));
    pages.set(INTEGRITY_PAGES[locale], integrityPage(book, locale));
    for (const { exercise } of exercisesOf(book))
      pages.set(`reports/${locale}/exercises/${exerciseName(exercise)}`, exercisePage(book, exercise, locale));
  }
  for (const file of book.files) pages.set(`feedback/${feedbackName(file)}`, learnerPage(book, file));
  return pages;
}

/** Writes files into the output folder, by their paths in it. */
export function writeAll(out: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  for (const [path, content] of files) {
    const full = join(out, ...path.split('/'));
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, content);
  }
}
