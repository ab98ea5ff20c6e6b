import type { Output, Process, StandingAnswer, Untouched } from '../../process.ts';
import type { Recurrence, Room } from '../../recurrence.ts';
import type { TimedLine } from '../../timed-line.ts';
import type { Location, NginxConfig, Server } from './config.ts';
import type { ServerState } from './server-state.ts';

const ALWAYS: Untouched = { holds: () => true };

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
  const folder = text ? undefined : (location?.alias ?? location?.root ?? server.root);
  // The probes of a pod mostly ask for the same.
  const { standing } = state;
  if (standing?.folder === folder && standing?.line === line && standing?.holds() === true) return standing;
  const untouched = folder === undefined ? ALWAYS : process.files.untouched(folder);
  if (untouched === undefined) return undefined;
  state.standing = new StandingPage(state, folder, untouched, process.stdout, line);
  return state.standing;
}

export class StandingPage implements StandingAnswer {
  /** Where its files are; `undefined`: it has none. */
  readonly folder: string | undefined;
  readonly line: TimedLine | undefined;
  private readonly state: ServerState;
  private readonly config: NginxConfig;
  private readonly untouched: Untouched;
  private readonly log: Output;

  constructor(
    state: ServerState,
    folder: string | undefined,
    untouched: Untouched,
    log: Output,
    line: TimedLine | undefined,
  ) {
    this.state = state;
    this.folder = folder;
    this.config = state.config;
    this.untouched = untouched;
    this.log = log;
    this.line = line;
  }

  holds(): boolean {
    return this.state.config === this.config && this.untouched.holds();
  }

  again(): void {
    this.state.connected();
    if (this.line !== undefined) this.log.writeTimed!(this.line);
  }

  follow(recurrence: Recurrence): Room | undefined {
    if (!this.state.follow(recurrence)) return undefined;
    if (this.line === undefined) return { disk: undefined, bytes: 0 };
    return this.log.followTimed?.(this.line, recurrence);
  }
}
