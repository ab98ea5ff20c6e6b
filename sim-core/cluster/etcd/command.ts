import type { Coroutine } from '../../engine/index.ts';
import { FileError, type Program } from '../../images/process.ts';
import { applet, type Tool } from '../../images/shell/applets/tool.ts';
import { type EtcdDatabase, EtcdError, type KeyRange } from './database.ts';

/** Flags that take a value; all others are switches. */
const VALUED =
  /^(endpoints|cacert|cert|key|user|password|command-timeout|dial-timeout|limit|rev|order|sort-by|write-out|lease|data-dir|name|initial-cluster|initial-cluster-token|initial-advertise-peer-urls|wal-dir|bump-revision|peer-urls|cluster-ttl)$/;

/** A wrong command line, or one that failed: `Error: …`. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: number;

  /** `code` 128 is for bad arguments, as in etcdctl. */
  constructor(message: string, code = 128) {
    super(message);
    this.code = code;
  }
}

/** A command line of etcdctl, taken apart. */
export class Invocation {
  readonly tool: Tool;
  readonly database: EtcdDatabase;
  /** What is no flag, without the command's own words. */
  words: readonly string[];
  private readonly flags = new Map<string, string>();

  constructor(tool: Tool, database: EtcdDatabase) {
    this.tool = tool;
    this.database = database;
    const words: string[] = [];
    const { args } = tool;
    for (let index = 0; index < args.length; index++) {
      const arg = args[index]!;
      if (arg === '--') {
        words.push(...args.slice(index + 1));
        break;
      }
      if (!arg.startsWith('-') || arg === '-') {
        words.push(arg);
        continue;
      }
      const [, short, long, , given] = /^-(?:(\w)|-([\w-]+))(=?(.*))$/s.exec(arg) ?? [];
      if (short === undefined && long === undefined) throw new CommandError(`bad flag syntax: ${arg}`);
      const name = long ?? (short === 'w' ? 'write-out' : short === 'i' ? 'interactive' : short!);
      const takes = VALUED.test(name);
      const value = arg.includes('=') || (short !== undefined && given !== '') ? given! : takes ? args[++index] : '';
      if (value === undefined) throw new CommandError(`flag needs an argument: ${arg}`);
      this.flags.set(name, value);
    }
    this.words = words;
  }

  has(flag: string): boolean {
    return this.flags.has(flag) && this.flags.get(flag) !== 'false';
  }

  flag(name: string, otherwise: string): string {
    return this.flags.get(name) ?? otherwise;
  }

  number(name: string): number {
    const text = this.flag(name, '0');
    const value = Number(text);
    if (!Number.isInteger(value))
      throw new CommandError(
        `invalid argument ${JSON.stringify(text)} for "--${name}" flag: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
      );
    return value;
  }

  get format(): string {
    const format = this.flag('write-out', 'simple');
    if (!/^(simple|json|fields|table)$/.test(format)) throw new CommandError(`unsupported output format: ${format}`);
    return format;
  }

  /** As it was asked for, which is how etcdctl names it in answers. */
  get endpoint(): string {
    const env = this.tool.process.env.ETCDCTL_ENDPOINTS;
    return this.flag('endpoints', env ?? '127.0.0.1:2379').split(',')[0]!;
  }

  /** The keys that a command's words and flags mean. */
  range(words = this.words): KeyRange {
    const [start = '', end] = words;
    if (this.has('prefix')) {
      if (end !== undefined) throw new CommandError('`--prefix` and an end of a range exclude each other');
      return { start, end: start === '' ? '\uffff' : nextPrefix(start) };
    }
    if (this.has('from-key')) return { start, end: '\uffff' };
    return end === undefined ? { start } : { start, end };
  }
}

/** The first key that does not begin with `prefix`. */
function nextPrefix(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}

export type Command = (call: Invocation) => Coroutine<void> | void;

/** etcdctl or etcdutl: the commands by their words; the beginning of a word will do, if it is no other's. */
export function commandLine(
  name: string,
  database: EtcdDatabase,
  commands: Readonly<Record<string, Command>>,
): Program {
  return applet(function* run(tool) {
    try {
      const call = new Invocation(tool, database);
      const known = Object.keys(commands).map((command) => command.split(' '));
      let rest = known;
      let depth = 0;
      for (; rest.length > 1 || rest[0]?.length !== depth; depth++) {
        const word = call.words[depth];
        const same = rest.filter((words) => words[depth] === word);
        const alike =
          word === undefined || word === '' ? [] : rest.filter((words) => words[depth]?.startsWith(word) === true);
        const next = same.length > 0 ? same : new Set(alike.map((words) => words[depth])).size === 1 ? alike : [];
        if (next.length === 0) {
          if (word === undefined)
            throw new CommandError(
              `${name} ${call.words.join(' ')}: one of ${[...new Set(rest.map((words) => words[depth]))].join(', ')} must follow`,
            );
          const before = [name, ...rest[0]!.slice(0, depth)].join(' ');
          throw new CommandError(`unknown command ${JSON.stringify(word)} for ${JSON.stringify(before)}`, 1);
        }
        rest = next;
      }
      call.words = call.words.slice(depth);
      const result = commands[rest[0]!.join(' ')]!(call);
      if (result !== undefined) yield* result;
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof EtcdError || error instanceof FileError)) throw error;
      const message = error instanceof EtcdError ? `etcdserver: ${error.message}` : error.message;
      tool.process.stderr.write(`Error: ${message}\n`);
      return error instanceof CommandError ? error.code : 1;
    }
  });
}

/** Whether etcd answers at the endpoint. */
export function answers({ database, endpoint }: Invocation): boolean {
  const port = /^(?:https?:\/\/)?[^:/]*:(\d+)\/?$/.exec(endpoint)?.[1] ?? '2379';
  return database.etcd.running && port === '2379';
}

/** Nobody answers at the endpoint: the client waits, then gives up. */
export function mustAnswer(call: Invocation): void {
  if (!answers(call)) throw new CommandError('context deadline exceeded', 1);
}
