import type { Command } from './command.ts';
import type { KubectlEnvironment, OutputStream } from './environment.ts';
import type { FlagSpec } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { COMMANDS, GROUPS } from './registry.ts';

function flagLine(spec: FlagSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const value = spec.type === 'string' ? `'${spec.default}'` : spec.default;
  return `    ${short}--${spec.name}=${value}:\n\t${spec.help}\n`;
}

/** `kubectl options` */
export function globalOptionsText(): string {
  const flags = GLOBAL_FLAGS.filter((spec) => spec.hidden !== true).map(flagLine);
  return `The following options can be passed to any command:\n\n${flags.join('\n')}`;
}

function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length), 13);
  return rows.map(([name, text]) => `  ${name.padEnd(width)} ${text}\n`).join('');
}

/** `kubectl` without a command. */
export function printRootHelp(env: KubectlEnvironment, out: OutputStream = env.stdout): void {
  let text = 'kubectl talks to a Kubernetes cluster: it reads objects and writes what you want them to be.\n';
  for (const group of GROUPS) {
    const rows = COMMANDS.filter((entry) => entry.group === group && entry.hidden !== true).map(
      ({ name, short }) => [name, short] as const,
    );
    if (rows.length > 0) text += `\n${group}:\n${twoColumns(rows)}`;
  }
  text += '\nUsage:\n  kubectl [flags] [options]\n';
  text += '\nUse "kubectl <command> --help" for more about a command.\n';
  text += 'Use "kubectl options" for the options that every command takes.\n';
  out.write(text);
}

/** `kubectl <command> --help` */
export function printCommandHelp(env: KubectlEnvironment, command: Command, path: string, to = env.stdout): void {
  let text = `${command.long ?? `${command.short}.`}\n`;
  if (command.aliases !== undefined && command.aliases.length > 0)
    text += `\nAliases:\n${[command.name, ...command.aliases].join(', ')}\n`;
  if (command.examples !== undefined) text += `\nExamples:\n${command.examples.map((line) => `  ${line}\n`).join('')}`;
  const subcommands = (command.subcommands ?? []).filter((sub) => sub.hidden !== true);
  if (subcommands.length > 0)
    text += `\nAvailable Commands:\n${twoColumns(subcommands.map((sub) => [sub.name, sub.short] as const))}`;
  const flags = command.flags.filter((spec) => spec.hidden !== true);
  if (flags.length > 0) {
    const sorted = [...flags].sort((a, b) => (a.name < b.name ? -1 : 1));
    text += `\nOptions:\n${sorted.map(flagLine).join('\n')}`;
  }
  text += `\nUsage:\n  ${command.use.startsWith('kubectl') ? command.use : `kubectl ${command.use}`}${flags.length > 0 ? ' [options]' : ''}\n`;
  if (subcommands.length > 0) text += `\nUse "${path} <command> --help" for more about a command.\n`;
  text += '\nUse "kubectl options" for the options that every command takes.\n';
  to.write(text);
}
