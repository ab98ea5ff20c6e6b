import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Space } from '../../images/file-node.ts';
import { Recurrence } from '../../images/recurrence.ts';
import { TimedLine } from '../../images/timed-line.ts';
import { CriLog } from './container-log.ts';

const LIMIT = 3000;
const SHORT = new TimedLine('[', (now) => String(now).padStart(6, '0'), '] probe\n');
const LONG = new TimedLine('', (now) => String(now).padStart(6, '0'), ` ${'á'.repeat(40)}\n`);

type Step =
  | { readonly do: 'recur'; readonly times: number }
  | { readonly do: 'write'; readonly text: string }
  | { readonly do: 'rotate' | 'look' | 'end' | 'begin' };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('recur' as const), times: fc.integer({ min: 1, max: 150 }) }) },
    fc.record({ do: fc.constant('write' as const), text: fc.constantFrom('one\n', 'one\ntwo\n', 'half', 'end\n') }),
    fc.record({ do: fc.constantFrom('rotate' as const, 'look' as const, 'end' as const, 'begin' as const) }),
  ),
  { minLength: 1, maxLength: 12 },
);

/** Lets a log live. One that follows writes what recurs later; another writes it at once. */
function live(
  plan: readonly Step[],
  lines: readonly (readonly ['stdout' | 'stderr', TimedLine])[],
  follows: boolean,
): readonly unknown[] {
  const disk = new Space(60_000);
  const log = new CriLog(LIMIT, disk);
  const seen: unknown[] = [];
  let now = 0;
  let recurrence: Recurrence | undefined;
  const begin = () => {
    if (!follows || (recurrence !== undefined && !recurrence.ended)) return;
    const next = new Recurrence();
    const rooms = lines.map(([stream, line]) => log.followTimed(stream, line, next));
    if (rooms.includes(undefined)) next.end();
    else recurrence = next;
  };
  const bytes = lines.reduce((sum, [, line]) => sum + line.size.bytes + 41, 0);
  begin();
  for (const step of plan) {
    now++;
    if (step.do === 'write') log.write('stdout', step.text, now);
    else if (step.do === 'rotate') log.rotate();
    else if (step.do === 'look') seen.push(log.lines().length);
    else if (step.do === 'end') recurrence?.end();
    else if (step.do === 'begin') begin();
    else if (step.do === 'recur') {
      for (let time = 0; time < step.times; time++) {
        now++;
        if (recurrence !== undefined && !recurrence.ended && disk.fits(bytes)) {
          disk.take(bytes, 0);
          recurrence.recur(now);
        } else {
          recurrence?.end();
          for (const [stream, line] of lines) log.writeTimed(stream, line, now);
        }
      }
    }
    seen.push(log.size, disk.used);
  }
  return [...seen, log.lines()];
}

it('a log that follows what recurs is the log of one who writes each time', () => {
  let forgetful = 0;
  const both = fc.constantFrom(
    [['stdout', SHORT]] as const,
    [
      ['stdout', SHORT],
      ['stdout', SHORT],
    ] as const,
    [
      ['stdout', LONG],
      ['stderr', SHORT],
      ['stdout', SHORT],
    ] as const,
  );
  fc.assert(
    fc.property(steps, both, (plan, lines) => {
      const later = live(plan, lines, true);
      expect(later).toEqual(live(plan, lines, false));
      if ((later.at(-1) as unknown[]).length > 0 && plan.some((step) => step.do === 'recur' && step.times > 100))
        forgetful++;
    }),
    { numRuns: 300 },
  );
  expect(forgetful).toBeGreaterThan(50);
});
