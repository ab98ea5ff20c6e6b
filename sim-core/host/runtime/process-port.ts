import type { FromHost } from '../door.ts';
import type { Port } from '../door-client.ts';
import { LineReader, toLine } from '../json-lines.ts';

/** A running program, as far as its lines go: a child process, or a process in a container. */
export interface LineProcess {
  write(text: string): void;
  onOutput(listener: (text: string) => void): void;
  onExit(listener: (code: number | string) => void): void;
  kill(): void;
}

/** How much of what a program says besides its messages is kept to tell why it ended, characters. */
const LAST_WORDS = 2000;

/**
 * A program that speaks a door's messages as lines, as a port. `other` hears of messages that are not a door's. When the program ends by
 * itself, the door's client is told, with the last that it said.
 */
export function processPort(
  program: LineProcess,
  other: (message: { readonly type: string }) => void = () => {},
): Port {
  let listener: (message: FromHost) => void = () => {};
  let closed = false;
  let words = '';
  const reader = new LineReader<FromHost | { readonly type: 'live-report' }>(
    (message) => (message.type === 'live-report' ? other(message) : listener(message)),
    (line) => {
      words = `${words}\n${line}`.slice(-LAST_WORDS);
    },
  );
  program.onOutput((text) => reader.push(text));
  program.onExit((code) => {
    if (!closed) listener({ type: 'failed', message: `its program ended (${code})${words}` });
  });
  return {
    postMessage: (message) => program.write(toLine(message)),
    onMessage(next) {
      listener = next;
    },
    close() {
      closed = true;
      program.kill();
    },
  };
}
