import type { Output, Process, StandingAnswer, TimedLine } from '../../process.ts';
import type { ServerState } from './answers.ts';
import type { Location, NginxConfig, Server } from './config.ts';

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
  const text = (server.answer ?? location?.answer) !== undefined;
  const untouched = text ? () => true : process.files.untouched(location?.alias ?? location?.root ?? server.root);
  if (untouched === undefined) return undefined;
  return new StandingPage(state, untouched, process.stdout, line === undefined ? undefined : sharedLine(state, line));
}

class StandingPage implements StandingAnswer {
  private readonly state: ServerState;
  private readonly config: NginxConfig;
  private readonly untouched: () => boolean;
  private readonly log: Output;
  private readonly line: TimedLine | undefined;

  constructor(state: ServerState, untouched: () => boolean, log: Output, line: TimedLine | undefined) {
    this.state = state;
    this.config = state.config;
    this.untouched = untouched;
    this.log = log;
    this.line = line;
  }

  holds(): boolean {
    return this.state.config === this.config && this.untouched();
  }

  again(): void {
    this.state.connections++;
    if (this.line !== undefined) this.log.writeTimed!(this.line);
  }
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
