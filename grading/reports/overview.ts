import type { GradedFile } from '../batch/graded.ts';
import type { Locale, Text } from '../format/exercise.ts';
import { scoresOf, totalsOf } from '../formats/scores.ts';
import { describeProblem, detailIn } from '../grade.ts';
import { type Book, counted, exerciseName, exercisesOf, feedbackName, learnerKey, shareOf } from './book.ts';
import { amount, bar, histogram, mean, median, percent } from './figures.ts';
import { type Html, h, page } from './html.ts';
import { INTEGRITY_PAGES } from './integrity.ts';
import { WORDS } from './words.ts';

/** A class at a glance: how the points are spread, how each exercise went, who has what, and what could not be graded. */
export function overviewPage(book: Book, locale: Locale): string {
  const t = WORDS[locale];
  const files = counted(book);
  const exercises = exercisesOf(book);
  const titles = new Map<string, Text>(exercises.map(({ exercise, title }) => [exercise, title]));
  const totals = totalsOf(scoresOf(files, titles), exercises);
  const problems = book.files.filter(({ problem }) => problem !== undefined);
  const flagged = book.files.filter(({ flags }) => flags.length > 0).length;
  const shares = totals.map(({ points }) => points / 100);
  const facts: [string, string | Html][] = [
    [t.learners, String(new Set(files.map(learnerKey)).size)],
    [t.submissions, h`${book.files.length} <small>${t.gradedCount(book.files.length - problems.length)}</small>`],
    [t.notGraded, String(problems.length)],
    [t.lateCount, String(files.filter(({ late }) => late !== undefined).length)],
    [t.median, shares.length === 0 ? '–' : percent(median(shares)!)],
    [t.flagged, h`<a href="../../${INTEGRITY_PAGES[locale]}">${flagged}</a>`],
  ];
  return page(
    { locale, title: t.overview, twin: `../${locale === 'en' ? 'ko' : 'en'}/index.html` },
    h`<p class="kicker">${book.course?.title[locale] ?? 'Jotasu'}</p><h1>${t.overview}</h1>
<dl class="facts">${facts.map(([name, value]) => h`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h2>${t.distribution}</h2>${histogram(shares, locale)}
<h2>${t.exercises}</h2>
${exerciseCards(book, locale)}
${problems.length > 0 && h`<h2>${t.notGradedTitle}</h2>${problemTable(problems, locale)}`}
<h2>${t.learners}</h2>${learnerTable(book, locale)}`,
  );
}

/** A card for each exercise, and one line for those that nobody has handed in. */
function exerciseCards(book: Book, locale: Locale): Html {
  const all = exercisesOf(book).map((each) => ({ ...each, files: counted(book, each.exercise) }));
  const none = all.filter(({ files }) => files.length === 0).map(({ title }) => title[locale]);
  return h`<div class="cards">${all
    .filter(({ files }) => files.length > 0)
    .map(({ exercise, title, files }) => exerciseCard(exercise, title[locale], files, locale))}</div>${
    none.length > 0 && h`<p class="faint">${WORDS[locale].nothingYet(none.join(' · '))}</p>`
  }`;
}

function exerciseCard(id: string, title: string, files: readonly GradedFile[], locale: Locale): Html {
  const t = WORDS[locale];
  const shares = files.map(shareOf);
  const results = files.flatMap(({ report }) => report?.results ?? []);
  const rate = results.length === 0 ? 0 : results.filter(({ status }) => status === 'passed').length / results.length;
  return h`<section class="card"><h3><a href="exercises/${exerciseName(id)}">${title}</a></h3><p class="faint">${id} · ${t.submissions} ${files.length}</p>${bar(
    [{ kind: 'ok', share: mean(shares) ?? 0 }],
  )}<p><strong>${shares.length === 0 ? '–' : percent(mean(shares)!)}</strong> <span class="faint">${t.mean} · ${t.full} ${shares.filter((share) => share >= 1).length} · ${t.checksPassed} ${percent(rate)}</span></p></section>`;
}

function problemTable(problems: readonly GradedFile[], locale: Locale): Html {
  const t = WORDS[locale];
  return h`<div class="scroll" tabindex="0" role="region" aria-label="${t.notGradedTitle}"><table class="prose"><thead><tr><th scope="col">${t.file}</th><th scope="col">${t.learner}</th><th scope="col">${t.why}</th></tr></thead><tbody>${problems.map(
    (file) =>
      h`<tr><td><a href="../../feedback/${feedbackName(file)}">${file.file}</a></td><td>${file.learner?.name} <span class="faint">${file.learner?.id}</span></td><td>${describeProblem(file.problem!, locale)}${file.detail !== undefined && h` <span class="faint">${detailIn(file.detail, locale)}</span>`}</td></tr>`,
  )}</tbody></table></div>`;
}

/** Everybody and every exercise, coloured by the share of the points; the points stand in each cell. */
function learnerTable(book: Book, locale: Locale): Html {
  const t = WORDS[locale];
  const files = counted(book);
  const all = exercisesOf(book);
  const exercises = all.filter(({ exercise }) => files.some((file) => file.exercise === exercise));
  const learners = [...new Set(files.map(learnerKey))].sort();
  const totals = new Map(
    totalsOf(scoresOf(files, new Map()), all).map((score) => [score.rosterId ?? score.learner.id, score.points]),
  );
  const byLearner = new Map(learners.map((key) => [key, files.filter((file) => learnerKey(file) === key)]));
  const rows = learners.map((key) => {
    const own = byLearner.get(key)!;
    return h`<tr><th scope="row">${own[0]?.learner?.name} <span class="faint">${key}</span></th>${exercises.map(
      ({ exercise }) =>
        cell(
          own.find((file) => file.exercise === exercise),
          locale,
        ),
    )}<td class="number"><strong>${amount(totals.get(key))}</strong></td></tr>`;
  });
  return h`<div class="scroll" tabindex="0" role="region" aria-label="${t.learners}"><table><thead><tr><th scope="col">${t.learner}</th>${exercises.map(
    ({ exercise, title }) =>
      h`<th scope="col" class="number" title="${title[locale]}">${exercise.split('/').at(-1)}</th>`,
  )}<th scope="col" class="number">${t.total}</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function cell(file: GradedFile | undefined, locale: Locale): Html {
  if (file === undefined) return h`<td class="number wash-none">${WORDS[locale].noSubmission}</td>`;
  const share = shareOf(file);
  const wash = share >= 0.8 ? 'ok' : share >= 0.4 ? 'mid' : 'bad';
  return h`<td class="number wash-${wash}"><a href="../../feedback/${feedbackName(file)}">${amount(file.points)}</a></td>`;
}
