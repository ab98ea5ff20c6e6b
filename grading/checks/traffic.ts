import { SECOND } from '../../sim-core/engine/index.ts';
import type { TrafficTest } from '../format/tests.ts';
import { failed, NOT_NOW, notRun, type Outcome, PASSED, type TestContext } from './context.ts';
import { clock, percent } from './history.ts';
import { compare } from './match.ts';

/** How the exercise's visitors, or the load of a scenario, fared over a span that is over. */
export function testTraffic(test: TrafficTest, { cluster, here }: TestContext): Outcome {
  if (here === undefined) return NOT_NOW;
  const { visitor, from = 0, until, answered, visits: wanted } = test;
  const load = here.loads.get(visitor);
  const record = load ?? cluster.visits.get(visitor);
  if (record === undefined) return notRun(`nobody is called "${visitor}"`);
  const start = load === undefined ? (cluster.readySince ?? cluster.engine.epoch) : here.begun;
  const begin = start + Number(from) * SECOND;
  const end = until === undefined ? cluster.engine.now : start + Number(until) * SECOND;
  if (end > cluster.engine.now) return failed('history-not-over', { left: clock(end - cluster.engine.now) });
  const visits = record.filter(({ time }) => time >= begin && time < end);
  const good = visits.filter(({ status }) => status !== undefined && status < 500);
  const tooFew = compare(visits.length, wanted ?? { $atLeast: 1 });
  if (tooFew !== undefined)
    return failed('traffic-visits', { visitor, found: tooFew.found ?? '0', expected: tooFew.expected });
  const share = good.length / visits.length;
  if (answered === undefined || compare(share, answered) === undefined) return PASSED;
  const bad = visits.find(({ status }) => status === undefined || status >= 500);
  return failed('traffic-answered', {
    visitor,
    found: percent(share),
    count: `${good.length}/${visits.length}`,
    expected: compare(share, answered)!.expected,
    when: bad === undefined ? '—' : clock(bad.time - start),
    error: bad?.error ?? String(bad?.status ?? '—'),
  });
}
