import type { GradedFile, TimelineEntry } from '../batch/graded.ts';
import type { CheckResult } from '../evaluate.ts';
import type { Locale } from '../format/exercise.ts';
import { describeProblem } from '../grade.ts';
import { explain } from '../report-text.ts';
import { type Book, sayTime, shareOf, titleOf } from './book.ts';
import { amount, bar, clock, percent, span } from './figures.ts';
import { type Html, h, page } from './html.ts';
import { WORDS } from './words.ts';

const MOST_ENTRIES = 300;
const MARKS = { passed: '✓', failed: '✗', 'not-run': '?' } as const;

/** What a learner is told about one of their submissions, in their language: one page that needs nothing else. */
export function learnerPage(book: Book, file: GradedFile): string {
  const { locale, exercise } = file;
  const t = WORDS[locale];
  const title = titleOf(book, exercise)[locale];
  const { course } = book;
  return page(
    { locale, title: `${t.feedback}: ${title}` },
    h`<p class="kicker">${course === undefined ? t.feedback : `${course.title[locale]} · ${t.feedback}`}</p>
<h1>${title}</h1>
${file.learner && h`<p class="lead">${file.learner.name} <span class="faint">${file.learner.id}</span></p>`}`,
    submissionBody(book, file, locale),
  );
}

/** What there is to say about a submission, without its head. */
function submissionBody(book: Book, file: GradedFile, locale: Locale): Html {
  const t = WORDS[locale];
  if (file.problem !== undefined) {
    return h`<div class="note bad" role="note"><p><strong>${t.problem}</strong>: ${describeProblem(file.problem, locale)}</p><p>${t.problemNext}</p></div>
${file.override !== undefined && h`${score(file, locale)}${notes(file, locale)}`}
${facts(book, file, locale)}`;
  }
  const results = file.report?.results ?? [];
  return h`${score(file, locale)}
${notes(file, locale)}
${facts(book, file, locale)}
<h2>${t.checks}</h2>
<ul class="checks">${results.map((result) => check(result, locale))}</ul>
<h2>${t.timeline}</h2>
${timeline(file, locale)}`;
}

function score(file: GradedFile, locale: Locale): Html {
  const share = shareOf(file);
  const t = WORDS[locale];
  return h`<section class="score" aria-label="${t.points}"><div class="sum">${amount(file.points)}<small> / ${amount(file.of)}</small></div><div><p>${percent(share)}</p>${bar([{ kind: 'ok', share: Math.min(1, share) }])}</div></section>`;
}

function notes(
  { late, receivedAt, override, supersededBy, judgedBy, hidden, broke, report, timeline: entries }: GradedFile,
  locale: Locale,
): Html {
  const t = WORDS[locale];
  const title = report?.results.find(({ id }) => id === broke?.check)?.title[locale];
  const start = entries[0]?.at ?? 0;
  return h`${supersededBy !== undefined && h`<p class="note plain">${t.superseded}</p>`}${judgedBy === 'mended' && h`<p class="note plain">${t.mended}</p>`}${
    late !== undefined &&
    h`<p class="note">${late.factor < 1 ? t.late(span(late.seconds, locale), percent(late.factor)) : t.lateFree(span(late.seconds, locale))} ${receivedAt === undefined ? t.byLearner : t.byReceived}</p>`
  }${
    override !== undefined &&
    h`<div class="note plain"><p>${t.override(amount(override.points))}</p><p>${t.reason}: ${override.reason}</p></div>`
  }${
    broke !== undefined &&
    title !== undefined &&
    h`<p class="note bad">${t.brokeNote(title, broke.text, clock(broke.at - start))}</p>`
  }${
    hidden !== undefined &&
    hidden.results.length > 0 &&
    h`<p class="note plain">${t.hidden(hidden.results.length, `${amount(hidden.points)} / ${amount(hidden.of)}`)}</p>`
  }`;
}

function facts(book: Book, file: GradedFile, locale: Locale): Html {
  const t = WORDS[locale];
  const due = book.course?.exercises.find(({ exercise }) => exercise === file.exercise)?.due;
  const commands = file.timeline.filter(({ kind }) => kind === 'command').length;
  const rows: [string, string][] = [];
  if (file.savedAt !== undefined) rows.push([t.saved, sayTime(book, file.savedAt, locale)]);
  if (file.receivedAt !== undefined) rows.push([t.received, sayTime(book, file.receivedAt, locale)]);
  if (due !== undefined) rows.push([t.due, sayTime(book, due.at, locale)]);
  if (file.problem === undefined) rows.push([t.commands, String(commands)]);
  rows.push([t.file, file.file]);
  return h`<dl class="facts">${rows.map(([name, value]) => h`<div><dt>${name}</dt><dd><small>${value}</small></dd></div>`)}</dl>`;
}

function check(result: CheckResult, locale: Locale): Html {
  const t = WORDS[locale];
  const found = explain(result, locale);
  return h`<li><span class="mark ${result.status}" aria-hidden="true">${MARKS[result.status]}</span><h3>${prose(result.title[locale])} <span class="state">${t[result.status]}</span></h3><span class="points">${amount(result.points)} / ${amount(result.of)}</span>${
    found !== undefined && h`<p class="found">${prose(found)}</p>`
  }</li>`;
}

/** A text in which `code` stands between backticks, as exercises have it. */
function prose(text: string): Html {
  return h`${text
    .split(/(`[^`\n]+`)/)
    .map((part) =>
      part.length > 2 && part.startsWith('`') && part.endsWith('`') ? h`<code>${part.slice(1, -1)}</code>` : part,
    )}`;
}

function timeline({ timeline: entries, broke, report }: GradedFile, locale: Locale): Html {
  const t = WORDS[locale];
  const [first] = entries;
  if (first === undefined) return h`<p class="faint">${t.timelineNone}</p>`;
  const shown = entries.slice(0, MOST_ENTRIES);
  const title = report?.results.find(({ id }) => id === broke?.check)?.title[locale] ?? broke?.check ?? '';
  // The last thing done at that moment or before: it is what the check stopped holding after.
  const cause = broke === undefined ? -1 : entries.findLastIndex(({ at }) => at <= broke.at);
  const items = shown.map((entry, index) => [
    item(entry, first.at, locale),
    index === cause &&
      h`<li class="broke"><time>${clock(broke!.at - first.at)}</time><strong>${t.broke(title)}</strong></li>`,
  ]);
  return h`<p class="faint">${t.timelineNote}</p><ol class="timeline">${items}</ol>${
    entries.length > shown.length && h`<p class="faint">${t.timelineMore(entries.length - shown.length)}</p>`
  }`;
}

function item({ at, kind, text, exit }: TimelineEntry, start: number, locale: Locale): Html {
  const failed = exit !== undefined && exit !== 0;
  return h`<li class="${failed ? 'bad' : kind}"><time>${clock(at - start)}</time>${
    kind === 'clock' ? h`<span class="faint">${text}</span>` : h`<code>${text.slice(0, 2000)}</code>`
  }${failed && h`<span class="exit">${WORDS[locale].exit(exit)}</span>`}</li>`;
}
