import type { FromHost, ToHost } from './door.ts';
import type { Platform } from './door-host.ts';
import { LineReader, toLine } from './json-lines.ts';

/** Whatever takes messages behind a door. */
export interface MessageTaker<In> {
  receive(message: In): void;
}

/**
 * Lets a host made by `make` speak over this process's input and output, and ends the process with its input. Messages of other types than
 * a door's may go either way.
 */
export function serveStdio<Host extends MessageTaker<In>, In extends object = ToHost, Out extends object = FromHost>(
  make: (platform: Platform & { post(message: Out | FromHost): void }) => Host,
): Host {
  const { stdin, stdout } = process;
  const host = make({
    post: (message) => void stdout.write(toLine(message)),
    wall: () => Math.floor(performance.now() * 1000),
    date: () => Date.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    report: (error) => console.error(error),
  });
  const reader = new LineReader<In>((message) => host.receive(message));
  stdin.setEncoding('utf8');
  stdin.on('data', (chunk: string) => reader.push(chunk));
  stdin.on('end', () => process.exit(0));
  return host;
}
