import type { Micros } from '../engine/index.ts';
import { type Output, runTo, Session, type SessionLog } from './session.ts';

/**
 * The logged cluster as it was at a past moment, as a session of its own: what came in until then has come in, all events until then have
 * run, and from there it may go another way. A moment after the log's end is its end.
 */
export function fork(log: SessionLog, time: Micros, output: (output: Output) => void = () => {}): Session {
  const session = new Session(log.cluster, output);
  for (const entry of log.entries) {
    if (entry.time > time) break;
    runTo(session.cluster, entry);
    session.apply(entry.input, entry.wall);
  }
  session.cluster.engine.runUntil(Math.min(time, log.until.time));
  return session;
}
