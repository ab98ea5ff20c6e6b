/** Pagefind's search box with queries as Korean needs them. Stands in the place of `@pagefind/default-ui` (astro.config.ts): Starlight makes the box and knows no such option. */
import { PagefindUI as Original } from '@pagefind/default-ui/npm_dist/mjs/ui-core.mjs';
import { stemQuery } from './korean.ts';

/** What the box says in Korean: it has no Korean of its own. */
const KOREAN = {
  placeholder: '검색',
  clear_search: '지우기',
  load_more: '결과 더 보기',
  search_label: '이 사이트에서 검색',
  filters_label: '거르기',
  zero_results: '‘[SEARCH_TERM]’에 대한 결과가 없습니다',
  many_results: '‘[SEARCH_TERM]’에 대한 결과 [COUNT]개',
  one_result: '‘[SEARCH_TERM]’에 대한 결과 [COUNT]개',
  alt_search: '‘[SEARCH_TERM]’에 대한 결과가 없어 ‘[DIFFERENT_TERM]’의 결과를 보여 드립니다',
  search_suggestion: '‘[SEARCH_TERM]’에 대한 결과가 없습니다. 다음 낱말로 찾아 보십시오',
  searching: '‘[SEARCH_TERM]’을(를) 찾고 있습니다 …',
};

export class PagefindUI extends Original {
  constructor(options: Record<string, unknown>) {
    const words =
      document.documentElement.lang === 'ko'
        ? { translations: { ...(options.translations as object), ...KOREAN } }
        : {};
    super({ ...options, ...words, processTerm: stemQuery });
  }
}
