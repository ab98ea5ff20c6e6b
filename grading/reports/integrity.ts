import type { Flag, GradedFile } from '../batch/graded.ts';
import type { Locale } from '../format/exercise.ts';
import { sayFlag, titleOfFlag } from '../integrity/say.ts';
import { type Book, feedbackName, learnerKey, titleOf } from './book.ts';
import { type Html, h, page } from './html.ts';
import { WORDS } from './words.ts';

const TEXT = {
  en: {
    lead: 'Each entry below is something that was found, with where to look. None of it says that anybody did anything wrong: people learn together, share a room and a teacher, and paste from notes. Look at both submissions and speak with the people before you conclude anything.',
    none: 'Nothing was found.',
    with: 'With',
    shared: 'What they share, with names and numbers of the variants replaced',
    both: (count: number) => `${count} submissions`,
  },
  ko: {
    lead: '아래에는 발견한 내용과 살펴볼 곳을 적었습니다. 어느 것도 누군가 잘못했다는 뜻은 아닙니다. 함께 공부하거나 같은 수업을 듣고, 메모에서 붙여 넣는 경우도 있습니다. 결론을 내리기 전에 두 제출물을 직접 살펴보고 당사자의 이야기를 들어 보십시오.',
    none: '발견한 내용이 없습니다.',
    with: '함께 볼 제출물',
    shared: '공통된 부분(변형 실습의 이름과 숫자는 자리표시로 바꾸었습니다)',
    both: (count: number) => `제출물 ${count}개`,
  },
} as const;

/** The addresses of the two pages of evidence, in the output folder. */
export const INTEGRITY_PAGES: Readonly<Record<Locale, string>> = { en: 'integrity.html', ko: 'integrity.ko.html' };

/** Evidence about a class, by exercise. */
export function integrityPage(book: Book, locale: Locale): string {
  const t = WORDS[locale];
  const flagged = book.files.filter(({ flags }) => flags.length > 0);
  const exercises = [...new Set(flagged.map(({ exercise }) => exercise ?? '?'))].sort();
  const byFile = new Map(book.files.map((file) => [file.file, file]));
  return page(
    {
      locale,
      title: t.integrity,
      twin: INTEGRITY_PAGES[locale === 'en' ? 'ko' : 'en'],
      trail: [{ title: t.overview, href: `reports/${locale}/index.html` }],
    },
    h`<p class="kicker">${TEXT[locale].both(flagged.length)}</p><h1>${t.integrity}</h1><p class="lead">${TEXT[locale].lead}</p>
${flagged.length === 0 && h`<p class="note plain">${TEXT[locale].none}</p>`}
${exercises.map(
  (id) =>
    h`<h2>${titleOf(book, id)[locale]}</h2><div class="cards">${flagged
      .filter(({ exercise }) => (exercise ?? '?') === id)
      .map((file) => card(file, byFile, locale))}</div>`,
)}`,
  );
}

function card(file: GradedFile, byFile: ReadonlyMap<string, GradedFile>, locale: Locale): Html {
  return h`<section class="card"><h3>${link(file)}</h3><p class="faint">${file.file}</p>${file.flags.map((flag) => entry(flag, byFile, locale))}</section>`;
}

function entry(flag: Flag, byFile: ReadonlyMap<string, GradedFile>, locale: Locale): Html {
  const others = (flag.with ?? []).flatMap((name) => byFile.get(name) ?? []);
  const { shared } = flag.values;
  return h`<p><span class="tag warn">${titleOfFlag(flag, locale)}</span> ${sayFlag(flag, locale)}</p>${
    others.length > 0 &&
    h`<p class="faint">${TEXT[locale].with}: ${others.map((other, index) => [index > 0 && ', ', link(other)])}</p>`
  }${typeof shared === 'string' && h`<details><summary>${TEXT[locale].shared}</summary><pre tabindex="0">${shared}</pre></details>`}`;
}

function link(file: GradedFile): Html {
  return h`<a href="feedback/${feedbackName(file)}">${file.learner?.name ?? file.file}</a> <span class="faint">${learnerKey(file)}</span>`;
}
