import type { Process, StandingAnswer, TimedLine } from '../../process.ts';
import type { ServerState } from './answers.ts';
import type { Location, Server } from './config.ts';

/**
 * The promise that a request which was answered with 200 would be again: while the configuration is the same and the files are the
 * image's own. Nothing is promised of other servers (proxy_pass), of counters, and of a log that goes anywhere but to the container's.
 */
export function standingAnswer(
  process: Process,
  state: ServerState,
  server: Server,
  location: Location | undefined,
  line: TimedLine | undefined,
): StandingAnswer | undefined {
  if (location?.proxy !== undefined || location?.stub === true || location?.tryFiles !== undefined) return undefined;
  if (line !== undefined && process.stdout.writeTimed === undefined) return undefined;
  const untouched =
    (server.answer ?? location?.answer) === undefined
      ? process.files.untouched(location?.alias ?? location?.root ?? server.root)
      : () => true;
  if (untouched === undefined) return undefined;
  const { config } = state;
  const shared = line === undefined ? undefined : sharedLine(state, line);
  return {
    holds: () => state.config === config && untouched(),
    again() {
      state.connections++;
      if (shared !== undefined) process.stdout.writeTimed!(shared);
    },
  };
}

/** Many probes write the same line: it is kept once. */
function sharedLine(state: ServerState, line: TimedLine): TimedLine {
  const key = line.before + line.after;
  state.lines ??= new Map();
  const known = state.lines.get(key);
  if (known !== undefined) return known;
  state.lines.set(key, line);
  return line;
}
