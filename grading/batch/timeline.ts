import { DEFAULT_EPOCH } from '../../sim-core/cluster/cluster.ts';
import type { Input } from '../../sim-core/host/session.ts';
import { plainText } from '../report-text.ts';
import type { Submission } from '../submission.ts';
import type { TimelineEntry } from './graded.ts';

const LONGEST = 500;
const MOST = 2000;
/** A pause in the cluster's time that is worth a line of its own, in seconds; it is said as their number. */
const PAUSE = 300;

/** What a learner did, in the cluster's time. Of a very long history, the beginning. */
export function timelineOf({ log }: Pick<Submission, 'log'>): TimelineEntry[] {
  const epoch = log.cluster.epoch ?? DEFAULT_EPOCH;
  const timeline: TimelineEntry[] = [];
  let last: number | undefined;
  for (const { time, input } of log.entries) {
    const at = Math.round((time - epoch) / 1_000_000);
    const said = lineOf(input);
    if (said === undefined) continue;
    if (last !== undefined && at - last >= PAUSE) timeline.push({ at, kind: 'clock', text: String(at - last) });
    last = at;
    timeline.push({ at, kind: said.kind, text: plainText(said.text).slice(0, LONGEST) });
    if (timeline.length >= MOST) break;
  }
  return timeline;
}

function lineOf(input: Input): Pick<TimelineEntry, 'kind' | 'text'> | undefined {
  switch (input.type) {
    case 'note':
      return { kind: 'command', text: input.text };
    case 'file':
      return { kind: 'file', text: input.content === null ? `− ${input.path}` : input.path };
    case 'component':
      return { kind: 'file', text: `${input.file ?? '−'} → ${input.name}` };
    case 'fault':
      return { kind: 'fault', text: JSON.stringify(input.fault) };
    case 'outside':
      return { kind: 'command', text: `${input.request.method} :${input.port}${input.request.path}` };
    default:
      return undefined;
  }
}
