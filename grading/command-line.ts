import { parse } from 'unbash';

/**
 * The words of one simple command line, quoted as in a shell: `kubectl create deployment web --image=nginx`. Throws for anything that is
 * more than one simple command.
 */
export function wordsOf(line: string): string[] {
  const script = parse(line) as unknown as { commands: { command: Command }[] };
  const [statement, ...more] = script.commands;
  const command = statement?.command;
  if (command === undefined || more.length > 0 || command.type !== 'Command' || command.name === undefined) {
    throw new Error(`"${line}" is not one simple command`);
  }
  return [command.name, ...(command.suffix ?? [])].map((word) => word.value ?? word.text);
}

interface Command {
  type: string;
  name?: Word;
  suffix?: Word[];
}

interface Word {
  text: string;
  value?: string;
}
