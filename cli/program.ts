/**
 * The `jotasu` command line. Each file in `cli/commands/` is one subcommand: it exports `command(program)`, which adds itself
 * to the commander program. Nothing else has to be edited to add one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';

/** What a file in `cli/commands/` exports. */
export interface CommandModule {
  command(program: Command): void;
}

/** Exit code for a command line that cannot be understood, as most Unix tools have it. */
const EXIT_USAGE = 2;

const commandsFolder = new URL('commands/', import.meta.url);

function isCommandModule(module: unknown): module is CommandModule {
  return typeof module === 'object' && module !== null && 'command' in module && typeof module.command === 'function';
}

/** The names of the command files, sorted, so that `--help` lists them alike on every machine. */
function commandFiles(): string[] {
  if (!existsSync(commandsFolder)) return [];
  return readdirSync(commandsFolder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('_'))
    .sort();
}

/** The program with every subcommand registered. */
export async function createProgram(): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('jotasu')
    .description('Jotasu: serve a mini-cluster, check exercises, grade submissions.')
    .version(version)
    .showHelpAfterError("Run 'jotasu --help' to see what there is.")
    .exitOverride();
  for (const name of commandFiles()) {
    const module: unknown = await import(new URL(name, commandsFolder).href);
    if (!isCommandModule(module)) {
      throw new Error(
        `cli/commands/${name} must export a function command(program) that adds its subcommand; it does not`,
      );
    }
    module.command(program);
  }
  // Commands added with .command() inherit exitOverride only if it was set before; make sure of every one of them.
  for (const sub of program.commands) {
    sub.exitOverride();
    sub.showHelpAfterError(`Run 'jotasu ${sub.name()} --help' to see its options.`);
  }
  return program;
}

/** Runs one command line. Answers the exit code: 0 done, 2 not understood, otherwise what the command set or 1. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram();
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT_USAGE;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    const debug = process.env.JOTASU_DEBUG !== undefined && error instanceof Error;
    process.stderr.write(`jotasu: ${debug ? error.stack : error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
