import { type Coroutine, type Micros, sleep } from '../../../engine/index.ts';
import { type ChildProcess, FileError, SIGNALS, type Signal } from '../../process.ts';
import { signalName } from '../builtins/jobs.ts';
import { durationOf } from './duration.ts';
import { type Tool, ToolError } from './tool.ts';

/** What `timeout` was asked for. */
interface Asked {
  readonly signal: Signal;
  readonly killAfter: Micros | undefined;
  readonly preserve: boolean;
  readonly verbose: boolean;
  readonly time: Micros;
  readonly argv: readonly string[];
}

const HELP = "\nTry 'timeout --help' for more information.";

/**
 * `timeout [-s SIGNAL] [-k DURATION] DURATION COMMAND…`. GNU's answers 124 when the time was up, and 125 when it was asked wrongly; busybox's
 * answers what the signal has made of the command (143).
 */
export function* timeout(tool: Tool): Coroutine<number> {
  const { gnu } = tool;
  const { signal, killAfter, preserve, verbose, time, argv } = askedOf(tool);
  let child: ChildProcess;
  try {
    child = tool.process.spawn({ argv });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const code = gnu && error.code !== 'ENOENT' ? 126 : 127;
    const command = gnu ? `failed to run command ‘${argv[0]}’` : `can't execute '${argv[0]}'`;
    throw new ToolError(`${command}: ${error.code === 'EISDIR' ? 'Permission denied' : error.message}`, code);
  }
  let late = false;
  const send = (what: Signal) => {
    if (gnu && verbose) tool.complain(`sending signal ${what.slice(3)} to command ‘${argv[0]}’`);
    child.kill(what);
  };
  if (time > 0)
    tool.process.spawn({
      argv: ['timeout'],
      program: function* watch() {
        yield* sleep(time);
        if (child.status !== undefined) return 0;
        late = true;
        send(signal);
        if (killAfter === undefined) return 0;
        yield* sleep(killAfter);
        if (child.status === undefined) send('SIGKILL');
        return 0;
      },
    });
  const { code } = yield* child.wait();
  if (!late) return code;
  const killed = 128 + SIGNALS.SIGKILL;
  if (gnu) return preserve || code === killed ? code : 124;
  return signal === 'SIGTERM' ? 128 + SIGNALS.SIGTERM : code;
}

function askedOf(tool: Tool): Asked {
  const { gnu } = tool;
  const words = [...tool.args];
  const bad = (text: string) => new ToolError(gnu ? `${text}${HELP}` : text, gnu ? 125 : 1);
  const timeOf = (text: string) => {
    const time = durationOf(text);
    if (time === undefined) throw bad(gnu ? `invalid time interval ‘${text}’` : `invalid number '${text}'`);
    return time;
  };
  let signal: Signal = 'SIGTERM';
  let killAfter: Micros | undefined;
  let preserve = false;
  let verbose = false;
  for (let word = words[0]; word !== undefined && /^-./.test(word); word = words[0]) {
    words.shift();
    if (word === '--') break;
    const [, short, rest = '', long, given] = /^-(?:([a-z])(.*)|-([\w-]+)(?:=(.*))?)$/s.exec(word) ?? [];
    const value = () => given ?? (rest === '' ? (words.shift() ?? '') : rest);
    if (short === 's' || long === 'signal') {
      const text = value();
      const name = signalName(text);
      if (name === undefined) throw bad(gnu ? `‘${text}’: invalid signal` : `bad signal name '${text}'`);
      signal = `SIG${name}` as Signal;
    } else if (short === 'k' || long === 'kill-after') killAfter = timeOf(value());
    else if (gnu && (short === 'v' || long === 'verbose')) verbose = true;
    else if (gnu && long === 'preserve-status') preserve = true;
    else if (!(gnu && long === 'foreground'))
      throw bad(
        long !== undefined
          ? gnu
            ? `unrecognized option '${word}'`
            : `unrecognized option: ${long}`
          : gnu
            ? `invalid option -- '${short}'`
            : `unrecognized option: ${short}`,
      );
  }
  const [text, ...argv] = words;
  if (text === undefined || argv.length === 0) throw bad('missing operand');
  return { signal, killAfter, preserve, verbose, time: timeOf(text), argv };
}
