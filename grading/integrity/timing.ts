import type { Trace } from './trace.ts';

/** Something about a submission's times that does not go together. */
export type TimingFinding =
  | { readonly kind: 'clock-back'; readonly seconds: number }
  | { readonly kind: 'after-saving'; readonly seconds: number }
  | { readonly kind: 'before-open'; readonly seconds: number }
  | { readonly kind: 'stamps-missing'; readonly count: number; readonly of: number }
  | { readonly kind: 'faster-than-typing'; readonly commands: number; readonly seconds: number };

/** Clocks are corrected by a little now and then. */
const TOLERANCE = 5 * 60;
/** So many commands of some length, one upon the other, are more than anybody types or recalls from the history. */
const BURST = 8;
const SHORT = 12;
const SIGNS_PER_SECOND = 30;

/** Looks for times that cannot be, or that nobody's hands have made. Stamps are the learner's own machine's: evidence, no proof. */
export function timing(
  { commands, walls }: Trace,
  savedAt: string | undefined,
  open: string | undefined,
): TimingFinding[] {
  const found: TimingFinding[] = [];
  const stamped = walls.filter((wall) => wall !== null);
  const [first] = stamped;
  const last = stamped.at(-1);
  if (first === undefined || last === undefined) return [];
  if (stamped.length < walls.length)
    found.push({ kind: 'stamps-missing', count: walls.length - stamped.length, of: walls.length });
  let back = 0;
  for (const [index, wall] of stamped.entries()) back = Math.max(back, (stamped[index - 1] ?? wall) - wall);
  if (back / 1000 > TOLERANCE) found.push({ kind: 'clock-back', seconds: Math.round(back / 1000) });
  const saved = Date.parse(savedAt ?? '');
  const beyond = (last - saved) / 1000;
  if (beyond > TOLERANCE) found.push({ kind: 'after-saving', seconds: Math.round(beyond) });
  const early = (Date.parse(open ?? '') - first) / 1000;
  if (early > TOLERANCE) found.push({ kind: 'before-open', seconds: Math.round(early) });
  const burst = fastest(commands.filter(({ text }) => text.length >= SHORT));
  if (burst !== undefined) found.push(burst);
  return found;
}

/** The longest run of commands that came faster than hands are. */
function fastest(commands: Trace['commands']): TimingFinding | undefined {
  let best: { commands: number; seconds: number } | undefined;
  let from = 0;
  for (let at = 1; at <= commands.length; at++) {
    const [before, now] = [commands[at - 1]!, commands[at]];
    const seconds =
      now?.wall === undefined || before.wall === undefined ? Number.POSITIVE_INFINITY : (now.wall - before.wall) / 1000;
    if (seconds >= 0 && now !== undefined && now.text.length / Math.max(seconds, 0.001) > SIGNS_PER_SECOND) continue;
    const length = at - from;
    if (length >= BURST && length > (best?.commands ?? 0))
      best = { commands: length, seconds: Math.round((before.wall! - commands[from]!.wall!) / 100) / 10 };
    from = at;
  }
  return best === undefined ? undefined : { kind: 'faster-than-typing', ...best };
}
