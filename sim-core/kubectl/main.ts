import { bytesOfBase64 } from '../api/base64.ts';
import { decodeUtf8 } from '../api/utf8.ts';
import { Api } from './api.ts';
import type { Command, Context } from './command.ts';
import { Discovery } from './discovery.ts';
import type { KubectlEnvironment } from './environment.ts';
import { describeError, ExitError, KubectlError } from './errors.ts';
import { type FlagSpec, parseFlags, takesNextWord } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { printCommandHelp, printRootHelp } from './help.ts';
import { kubeconfigFiles, type ResolvedConfig, resolveConfig } from './kubeconfig.ts';
import { RECORD, RECORDING } from './record.ts';
import { COMMANDS } from './registry.ts';
import { suggestionsFor } from './suggestions.ts';

/** What --profile of every command may be; the commands here measure nothing. */
const PROFILES = ['none', 'cpu', 'heap', 'goroutine', 'threadcreate', 'block', 'mutex'];

export type { KubectlEnvironment } from './environment.ts';

/** Runs one kubectl command line (without the word `kubectl`); answers the exit code and never throws. */
export async function runKubectl(argv: readonly string[], env: KubectlEnvironment): Promise<number> {
  try {
    return await dispatch(argv, env);
  } catch (error) {
    if (env.signal?.aborted === true) return 130;
    const { text, exitCode } = describeError(error);
    if (text !== '') env.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
    return exitCode;
  }
}

/** The command that the words name, the words before and after it kept, as cobra finds it. */
function findWord(argv: readonly string[], specs: readonly FlagSpec[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') return -1;
    if (word.startsWith('-') && word !== '-') {
      if (takesNextWord(specs, word)) i++;
      continue;
    }
    if (word !== '') return i;
  }
  return -1;
}

function without(argv: readonly string[], index: number): string[] {
  return [...argv.slice(0, index), ...argv.slice(index + 1)];
}

async function dispatch(argv: readonly string[], env: KubectlEnvironment): Promise<number> {
  const at = findWord(argv, GLOBAL_FLAGS);
  if (at < 0) {
    try {
      parseFlags(GLOBAL_FLAGS, argv);
    } catch (error) {
      throw new KubectlError(`${(error as Error).message}\nSee 'kubectl --help' for usage.`);
    }
    printRootHelp(env);
    return 0;
  }
  const word = argv[at]!;
  if (word === 'help')
    return help(
      argv.slice(at + 1).filter((part) => !part.startsWith('-')),
      env,
    );
  const entry = COMMANDS.find((candidate) => candidate.name === word);
  if (entry === undefined && argv.slice(0, at).some((flagged) => flagged === '-h' || flagged === '--help')) {
    printRootHelp(env);
    return 0;
  }
  if (entry === undefined) {
    const suggestions = suggestionsFor(
      word,
      COMMANDS.map(({ name }) => name),
    );
    const hint =
      suggestions.length === 0 ? '' : `\n\nDid you mean this?\n${suggestions.map((name) => `\t${name}\n`).join('')}`;
    throw new KubectlError(`unknown command "${word}" for "kubectl"${hint}`);
  }
  let command = await entry.load();
  let path = `kubectl ${command.name}`;
  let rest = without(argv, at);
  for (;;) {
    const next = findWord(rest, [...GLOBAL_FLAGS, ...command.flags]);
    const sub =
      next < 0
        ? undefined
        : command.subcommands?.find((item) => item.name === rest[next] || item.aliases?.includes(rest[next]!));
    if (sub === undefined) break;
    command = sub;
    path += ` ${sub.name}`;
    rest = without(rest, next);
  }
  return run(command, path, rest, env);
}

async function help(words: readonly string[], env: KubectlEnvironment): Promise<number> {
  const [first, ...rest] = words;
  const entry = COMMANDS.find((candidate) => candidate.name === first);
  if (entry === undefined) {
    const out = first === undefined ? env.stdout : env.stderr;
    if (first !== undefined) out.write(`Unknown help topic [\`${words.join(' ')}\`]\n\n`);
    printRootHelp(env, out);
    return 0;
  }
  let command = await entry.load();
  let path = `kubectl ${command.name}`;
  for (const word of rest) {
    const sub = command.subcommands?.find((item) => item.name === word || item.aliases?.includes(word));
    if (sub === undefined) break;
    command = sub;
    path += ` ${sub.name}`;
  }
  printCommandHelp(env, command, path);
  return 0;
}

async function run(command: Command, path: string, words: readonly string[], env: KubectlEnvironment): Promise<number> {
  const own = new Set(command.flags.map(({ name }) => name));
  const ownShort = new Set(command.flags.map(({ short }) => short));
  const globals = GLOBAL_FLAGS.filter(({ name }) => !own.has(name)).map((spec) =>
    spec.short !== undefined && ownShort.has(spec.short) ? { ...spec, short: undefined } : spec,
  );
  const specs = [...command.flags, ...globals];
  if (RECORDING.includes(path.split(' ')[1]!)) specs.push(RECORD);
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(specs, words);
  } catch (error) {
    // 1 says that there is a difference: what goes wrong is one more.
    if (path === 'kubectl diff')
      throw new ExitError(2, `error: ${(error as Error).message}\nSee 'kubectl diff -h' for help and examples`);
    throw new KubectlError(`${(error as Error).message}\nSee '${path} --help' for usage.`);
  }
  const { flags, args, argsBeforeDash } = parsed;
  if (parsed.help) {
    printCommandHelp(env, command, path);
    return 0;
  }
  for (const { name, deprecated } of specs)
    if (deprecated !== undefined && flags.changed(name))
      env.stderr.write(`Flag --${name} has been deprecated, ${deprecated}\n`);
  if (!PROFILES.includes(flags.string('profile')) && !own.has('profile'))
    throw new KubectlError(`unknown profile '${flags.string('profile')}'`);
  const missing = command.flags.filter((spec) => spec.required === true && !flags.changed(spec.name));
  if (missing.length > 0)
    throw new KubectlError(
      `required flag(s) ${missing
        .map(({ name }) => `"${name}"`)
        .sort()
        .join(', ')} not set`,
    );
  if (command.run === undefined) {
    if (args.length > 0)
      throw new KubectlError(`unknown command "${args.join(' ')}"\nSee '${path} -h' for help and examples`);
    const { bareHelp = { output: 'stderr', exitCode: 1 } } = command;
    printCommandHelp(env, command, path, env[bareHelp.output]);
    return bareHelp.exitCode;
  }
  const context = createContext(command, path, parsed.flags, args, argsBeforeDash, env);
  const code = (await command.run(context)) ?? 0;
  if (flags.bool('warnings-as-errors') && code === 0) {
    const { warnings } = context.opened() ?? { warnings: 0 };
    if (warnings > 0) throw new KubectlError(`${warnings} warning${warnings === 1 ? '' : 's'} received`);
  }
  return code;
}

function decodePem(base64: string): string {
  const bytes = bytesOfBase64(base64);
  if (bytes === undefined) throw new KubectlError('illegal base64 data at input byte 0');
  return decodeUtf8(bytes);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

function createContext(
  command: Command,
  path: string,
  flags: Context['flags'],
  args: readonly string[],
  argsBeforeDash: number,
  env: KubectlEnvironment,
): Context & { opened(): Api | undefined } {
  let opened: Api | undefined;
  // `create rolebinding --user` is no user of the kubeconfig: a command's own flag hides the one for every command.
  const general = flags.forgetting(GLOBAL_FLAGS, new Set(command.flags.map(({ name }) => name)));
  const config = once<ResolvedConfig>(() => resolveConfig(env, general, decodePem));
  const api = once(async () => {
    const { connection } = await config();
    let rest = env.connect(connection);
    const level = general.number('v');
    if (level >= 6)
      rest = (await import('./http-log.ts')).logged(rest, env, level, kubeconfigFiles(env, general).files[0]!);
    opened = new Api(env, rest, connection);
    return opened;
  });
  const cacheKey = async () => {
    const { connection } = await config();
    return `discovery ${connection.server}`;
  };
  const load = async () => {
    const discovery = await Discovery.load(await api());
    env.cache?.set(await cacheKey(), discovery);
    return discovery;
  };
  let known: Discovery | undefined;
  let fresh = false;
  const context: Context & { opened(): Api | undefined } = {
    env,
    path,
    command,
    flags,
    args,
    argsBeforeDash,
    out: (text) => env.stdout.write(text),
    err: (text) => env.stderr.write(text),
    config,
    api,
    opened: () => opened,
    async discovery() {
      const cached = env.cache?.get(await cacheKey());
      if (known === undefined && cached instanceof Discovery) known = cached;
      if (known === undefined) {
        known = await load();
        fresh = true;
      }
      return known;
    },
    async refreshDiscovery() {
      if (fresh && known !== undefined) return known;
      known = await load();
      fresh = true;
      return known;
    },
  };
  return context;
}
