import type { Micros } from '../engine/index.ts';
import { type Output, runTo, Session, type SessionLog } from './session.ts';

/**
 * The logged cluster as it was at a past moment, as a session of its own: what came in until then has come in, all events until then have
 * run, and from there it may go another way. A moment after the log's end is its end.
 */
export function fork(log: SessionLog, time: Micros, output: (output: Output) => void = () => {}): Session {
  const session = new Session(log.cluster, output);
  advance(session, log, 0, time);
  return session;
}

/**
 * Takes a fork on to a later moment of the log that it came from, which may have grown since: it stands then where `fork` would have made
 * it. Answers whether it could: a fork that has gone another way, or is further already, is left as it is.
 */
export function goOn(session: Session, log: SessionLog, time: Micros): boolean {
  const { cluster, entries, until } = session.log();
  const next = log.entries[entries.length];
  const isOfLog =
    until.time <= time &&
    (next === undefined || next.executed >= until.executed) &&
    JSON.stringify(cluster) === JSON.stringify(log.cluster) &&
    entries.every((entry, index) => JSON.stringify(entry) === JSON.stringify(log.entries[index]));
  if (isOfLog) advance(session, log, entries.length, time);
  return isOfLog;
}

function advance(session: Session, log: SessionLog, from: number, time: Micros): void {
  for (const entry of log.entries.slice(from)) {
    if (entry.time > time) break;
    runTo(session.cluster, entry);
    session.apply(entry.input, entry.wall);
  }
  session.cluster.engine.runUntil(Math.min(time, log.until.time));
}
