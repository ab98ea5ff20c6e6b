import type { Micros } from '../engine/index.ts';
import { type Change, type Store, StoreError } from '../store/store.ts';
import type { FrameChange } from './door.ts';
import type { LogEntry } from './session.ts';

/** Something worth finding again on a timeline. */
export interface TimelineMark {
  /** The cluster stood at this revision when it happened. */
  readonly revision: number;
  readonly time: Micros;
  readonly type: 'command' | 'incident';
  /** The command line, or what broke: `worker-1 power off`. */
  readonly text: string;
}

/**
 * What leads from the objects at revision `from` to those at `to`, which may be earlier or later: one change for each object that differs.
 * Throws a StoreError `compacted` when one of them is forgotten.
 */
export function changesBetween(store: Store, from: number, to: number): FrameChange[] {
  const forward = from <= to;
  const span = store.history(Math.min(from, to), Math.max(from, to));
  // The first change of an object in the direction of travel tells what it was there; the last one what it becomes.
  const last = new Map<string, Change>();
  for (let index = 0; index < span.length; index++) {
    const change = span[forward ? index : span.length - 1 - index]!;
    last.set(`${change.table}\n${change.key}`, change);
  }
  return [...last.values()].map((change) => {
    const { table, key, revision, time } = change;
    const object = forward ? (change.type === 'DELETED' ? undefined : change.object) : change.previous;
    return object === undefined
      ? { revision, time, type: 'DELETED', table, key, object: change.object }
      : { revision, time, type: 'MODIFIED', table, key, object };
  });
}

/** Virtual time of a past revision; that of the oldest one known when it is older. */
export function timeOf(store: Store, revision: number): Micros {
  const [change] = store.history(Math.max(revision - 1, store.oldestRevision), revision);
  return change?.time ?? store.history(store.oldestRevision, store.oldestRevision + 1)[0]?.time ?? 0;
}

/** Commands and incidents of a session's log, each at the revision at which the cluster stood. */
export function timelineMarks(store: Store, entries: readonly LogEntry[]): TimelineMark[] {
  const history = store.history(store.oldestRevision, store.revision);
  const marks: TimelineMark[] = [];
  let index = 0;
  for (const { time, input } of entries) {
    const text = input.type === 'note' ? input.text : input.type === 'fault' ? faultText(input.fault) : undefined;
    if (text === undefined) continue;
    while (index < history.length && history[index]!.time <= time) index++;
    const revision = index === 0 ? store.oldestRevision : history[index - 1]!.revision;
    marks.push({ revision, time, type: input.type === 'note' ? 'command' : 'incident', text });
  }
  return marks;
}

function faultText(fault: Extract<LogEntry['input'], { type: 'fault' }>['fault']): string {
  const { type, node, ...rest } = fault as { type: string; node: string } & Record<string, unknown>;
  const on = Object.values(rest)[0] === true;
  const what = type === 'node-power' ? 'power' : type === 'node-network' ? 'network' : type;
  return `${node} ${what} ${on ? 'on' : 'off'}`;
}

/** Whether an error says that the past is forgotten. */
export function isForgotten(error: unknown): boolean {
  return error instanceof StoreError;
}
