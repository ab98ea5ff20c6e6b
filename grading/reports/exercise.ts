import type { GradedFile } from '../batch/graded.ts';
import { type Check, checksOf, type Locale } from '../format/exercise.ts';
import { explain } from '../report-text.ts';
import { type Book, counted, exerciseName, feedbackName, learnerKey, shareOf, timeSpent, titleOf } from './book.ts';
import { amount, bar, histogram, mean, median, percent, span } from './figures.ts';
import { type Html, h, page } from './html.ts';
import { WORDS } from './words.ts';

const MOST_EXAMPLES = 3;

/** How a class did in one exercise, for its instructor. */
export function exercisePage(book: Book, id: string, locale: Locale): string {
  const t = WORDS[locale];
  const files = counted(book, id);
  const title = titleOf(book, id)[locale];
  const exercise = book.exercises.get(id);
  const shares = files.map(shareOf);
  const other = locale === 'en' ? 'ko' : 'en';
  const facts: [string, string][] = [
    [t.submissions, String(files.length)],
    [t.median, median(shares) === undefined ? '–' : percent(median(shares)!)],
    [t.mean, mean(shares) === undefined ? '–' : percent(mean(shares)!)],
    [t.full, String(shares.filter((share) => share >= 1).length)],
    [t.time, spanOf(files.map(timeSpent), locale)],
    [t.commands, amount(median(files.map(({ timeline }) => timeline.filter(({ kind }) => kind === 'command').length)))],
  ];
  return page(
    {
      locale,
      title,
      trail: [{ title: t.overview, href: '../index.html' }],
      twin: `../../${other}/exercises/${exerciseName(id)}`,
    },
    h`<p class="kicker">${t.exercise} · ${id}</p><h1>${title}</h1>
<dl class="facts">${facts.map(([name, value]) => h`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h2>${t.distribution}</h2>${histogram(shares, locale)}
<h2>${t.passRate}</h2>
<div class="cards">${(exercise === undefined ? [] : checksOf(exercise)).map((check) => checkCard(check, files, locale))}</div>
${hiddenTable(files, locale)}
<h2>${t.submissions}</h2>${submissions(files, locale)}`,
  );
}

function spanOf(seconds: readonly number[], locale: Locale): string {
  const middle = median(seconds);
  return middle === undefined ? '–' : span(middle, locale);
}

/** One check: how often it passed, which mistakes were made, and what it found. */
function checkCard({ id, title, points }: Check, files: readonly GradedFile[], locale: Locale): Html {
  const t = WORDS[locale];
  const results = files.flatMap(({ report }) => report?.results.filter((result) => result.id === id) ?? []);
  const number = (status: string) => results.filter((result) => result.status === status).length;
  const share = (status: string) => (results.length === 0 ? 0 : number(status) / results.length);
  const said = new Map<string, number>();
  for (const result of results) {
    const text = explain(result, locale);
    if (text !== undefined) said.set(text, (said.get(text) ?? 0) + 1);
  }
  const most = [...said].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)).slice(0, MOST_EXAMPLES);
  return h`<section class="card"><h3>${title[locale]}</h3><p class="faint">${id} · ${amount(points)}</p>${bar([
    { kind: 'ok', share: share('passed') },
    { kind: 'bad', share: share('failed') },
    { kind: 'none', share: share('not-run') },
  ])}<p><strong>${percent(share('passed'))}</strong> <span class="faint">${t.passed} ${number('passed')} · ${t.failed} ${number('failed')}${
    number('not-run') > 0 && h` · ${t['not-run']} ${number('not-run')}`
  }</span></p>${
    most.length > 0 &&
    h`<details><summary>${t.examples}</summary>${most.map(([text, count]) => h`<p><span class="tag bad">${count}×</span> ${text}</p>`)}</details>`
  }</section>`;
}

function hiddenTable(files: readonly GradedFile[], locale: Locale): Html {
  const t = WORDS[locale];
  const passed = new Map<string, { title: string; count: number; of: number }>();
  for (const { hidden } of files) {
    for (const { id, title, status } of hidden?.results ?? []) {
      const entry = passed.get(id) ?? { title: title[locale], count: 0, of: 0 };
      entry.of++;
      if (status === 'passed') entry.count++;
      passed.set(id, entry);
    }
  }
  if (passed.size === 0) return h``;
  return h`<h2>${t.hiddenChecks}</h2><p class="faint">${t.hiddenNote}</p><div class="cards">${[...passed.values()].map(
    ({ title, count, of }) =>
      h`<section class="card"><h3>${title}</h3>${bar([{ kind: 'ok', share: count / of }])}<p><strong>${percent(count / of)}</strong> <span class="faint">${count} / ${of}</span></p></section>`,
  )}</div>`;
}

function submissions(files: readonly GradedFile[], locale: Locale): Html {
  const t = WORDS[locale];
  const rows = [...files].sort((left, right) => (learnerKey(left) < learnerKey(right) ? -1 : 1));
  return h`<div class="scroll" tabindex="0" role="region" aria-label="${t.submissions}"><table><thead><tr><th scope="col">${t.learner}</th><th scope="col" class="number">${t.points}</th><th scope="col" class="wide">${t.share}</th><th scope="col" class="number">${t.commands}</th><th scope="col" class="number">${t.time}</th></tr></thead><tbody>${rows.map(
    (file) =>
      h`<tr><th scope="row"><a href="../../../feedback/${feedbackName(file)}">${file.learner?.name}</a> <span class="faint">${learnerKey(file)}</span></th><td class="number">${amount(file.points)} / ${amount(file.of)}</td><td>${bar([{ kind: 'ok', share: Math.min(1, shareOf(file)) }])}</td><td class="number">${file.timeline.filter(({ kind }) => kind === 'command').length}</td><td class="number">${span(timeSpent(file), locale)}</td></tr>`,
  )}</tbody></table></div>`;
}
