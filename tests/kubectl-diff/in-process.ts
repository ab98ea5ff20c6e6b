import { runKubectl } from '../../sim-core/kubectl/main.ts';
import type { Outcome } from '../golden/compare.ts';
import type { CommandLine } from '../golden/play.ts';
import type { HttpClient } from './http-client.ts';
import { nodeEnvironment } from './node-environment.ts';

/** The words of a command line of kubectl alone; undefined where a shell has to look at it. */
export function plainWords(text: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*((?:'[^']*'|"(?:[^"\\$`]|\\["\\])*"|[^\s'"\\$`|&;<>()*?[\]{}~#!]+)+)/y;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    words.push(
      match[1]!.replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
        (_, single?: string, double?: string) => single ?? double!.replace(/\\(.)/g, '$1'),
      ),
    );
  }
  return words[0] === 'kubectl' ? words.slice(1) : undefined;
}

/** Runs a command line of our kubectl in this process, which is quicker than starting it; undefined for the shell's. */
export function runInProcess(line: CommandLine): Promise<Outcome> | undefined {
  const words = plainWords(line.text);
  return words === undefined ? undefined : runWords(words, line);
}

/** Discovery by home folder, where the real one keeps it on disk. */
const caches = new Map<string, Map<string, unknown>>();

/** Milliseconds after which a command counts as hanging. */
const LIMIT = 80_000;

async function runWords(words: readonly string[], { stdin, cwd, variables }: CommandLine): Promise<Outcome> {
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const output = (parts: Buffer[]) => ({
    isTerminal: false,
    write: (data: string | Uint8Array) =>
      void parts.push(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)),
  });
  const clients: HttpClient[] = [];
  const cache = caches.get(variables.HOME!) ?? new Map<string, unknown>();
  caches.set(variables.HOME!, cache);
  let input: Uint8Array | undefined = new Uint8Array(Buffer.from(stdin));
  const exit = await runKubectl(
    words,
    nodeEnvironment({
      stdin: {
        isTerminal: false,
        async read() {
          const bytes = input;
          input = undefined;
          return bytes === undefined || bytes.length === 0 ? undefined : bytes;
        },
      },
      stdout: output(written.stdout),
      stderr: output(written.stderr),
      variables,
      cwd,
      cache,
      signal: AbortSignal.timeout(LIMIT),
      opened: (client) => clients.push(client),
    }),
  );
  for (const client of clients) client.close();
  const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
  return { stdout: text(written.stdout), stderr: text(written.stderr), exit };
}
