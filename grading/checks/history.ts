import { type Micros, SECOND } from '../../sim-core/engine/index.ts';
import type { HistoryTest, PlainTest } from '../format/tests.ts';
import type { Message } from '../messages.ts';
import { failed, NOT_NOW, type Outcome, PASSED, type TestContext } from './context.ts';
import { type AskPlain, firstTime, momentsOf } from './past.ts';

/** What was, between two moments: see `HistoryTest`. */
export function testHistory(test: HistoryTest, context: TestContext, ask: AskPlain): Outcome {
  const { here: copy } = context;
  if (copy === undefined) return NOT_NOW;
  const { now } = context.cluster.engine;
  const first = (wanted: PlainTest, from: Micros) => firstTime(copy, wanted, from, now, ask, context);
  const { since = 0, until, always, never, eventually, inOrder, mostly } = test;
  const from = typeof since === 'object' ? first(since, copy.begun) : copy.begun + Number(since) * SECOND;
  if (from === undefined || from > now) return failed('history-not-begun', {});
  const end =
    typeof until === 'object' ? first(until, from) : until === undefined ? now : from + Number(until) * SECOND;
  if (end === undefined || end > now)
    return failed('history-not-over', {
      left: until !== undefined && end !== undefined ? clock(end - now) : '—',
    });
  const moments = (tests: readonly PlainTest[]) => momentsOf(copy, tests, from, end);
  for (const [wanted, tests] of [
    [true, always],
    [false, never],
  ] as const) {
    if (tests === undefined) continue;
    for (const { time, view } of moments([tests])) {
      const outcome = ask(tests, { ...context, view });
      if (outcome.status === 'not-run') return outcome;
      if ((outcome.status === 'passed') === wanted) continue;
      const when = clock(time - from);
      return outcome.status === 'passed'
        ? failed('history-never', { when })
        : failed('history-always', { when, found: outcome.message });
    }
  }
  if (eventually !== undefined) {
    let last: Message | undefined;
    let held = false;
    for (const { view } of moments([eventually])) {
      const outcome = ask(eventually, { ...context, view });
      if (outcome.status === 'not-run') return outcome;
      held = outcome.status === 'passed';
      if (held) break;
      last = (outcome as { message: Message }).message;
    }
    if (!held) return failed('history-eventually', { found: last ?? '—' });
  }
  let place = from;
  for (const [index, each] of (inOrder ?? []).entries()) {
    const begins = beginning(each, place, end);
    if (begins === undefined)
      return failed('history-order', {
        number: String(index + 1),
        of: String(inOrder!.length),
        when: clock(place - from),
      });
    place = begins;
  }
  if (mostly !== undefined) {
    const share = shareOf(mostly.test);
    if (share < mostly.share)
      return failed('history-share', { found: percent(share), expected: percent(mostly.share) });
  }
  return PASSED;

  /** When a test comes to hold that did not before, from a moment on; one that held when the span began counts from there. */
  function beginning(each: PlainTest, after: Micros, to: Micros): Micros | undefined {
    let before = false;
    for (const { time, view } of momentsOf(copy!, [each], from!, to)) {
      const holds = ask(each, { ...context, view }).status === 'passed';
      if (holds && !before && time >= after && (time > after || after === from)) return time;
      before = holds;
    }
    return undefined;
  }

  function shareOf(each: PlainTest): number {
    let held = 0;
    let holds = false;
    let last = from!;
    for (const { time, view } of moments([each])) {
      if (holds) held += time - last;
      holds = ask(each, { ...context, view }).status === 'passed';
      last = time;
    }
    if (holds) held += end! - last;
    return end === from ? (holds ? 1 : 0) : held / (end! - from!);
  }
}

/** `3:05` after the beginning. */
export function clock(duration: Micros): string {
  const seconds = Math.floor(duration / SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
