import type { EventTest } from '../format/tests.ts';
import { failed, type Outcome, PASSED, select, type TestContext } from './context.ts';
import { compare, describe } from './match.ts';

interface CoreEvent {
  readonly involvedObject?: unknown;
  readonly regarding?: unknown;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly note?: string;
  readonly count?: number;
  readonly series?: { readonly count: number };
}

/** Events about something, as `kubectl events` shows them. */
export function testEvent(test: EventTest, context: TestContext): Outcome {
  const { namespace, about, type, reason, message, is = { $atLeast: 1 } } = test;
  const events = select(context, { apiVersion: 'v1', kind: 'Event', namespace }) as unknown as CoreEvent[];
  const there = events
    .map(({ involvedObject, regarding, message: text, note, ...rest }) => ({
      ...rest,
      about: involvedObject ?? regarding,
      message: text ?? note,
    }))
    .filter((event) => about === undefined || compare(event.about, about) === undefined);
  const wanted = Object.entries({ type, reason, message }).filter(([, value]) => value !== undefined);
  const fit = there.filter((event) => compare(event, Object.fromEntries(wanted)) === undefined);
  const count = fit.reduce((sum, event) => sum + (event.series?.count ?? event.count ?? 1), 0);
  const difference = compare(count, is);
  if (difference === undefined) return PASSED;
  const reasons = [...new Set(there.map((event) => event.reason ?? '—'))];
  return failed('event-count', {
    wanted: wanted.map(([, value]) => describe(value)).join(' ') || '—',
    about: about === undefined ? (namespace ?? 'default') : describe(about),
    expected: difference.expected,
    found: String(count),
    reasons: reasons.slice(-6).join(', ') || '—',
  });
}
