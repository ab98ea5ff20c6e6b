import { NO_INPUT, NO_OUTPUT, Pipe } from '../../images/pipe.ts';
import type { StreamRequest, StreamSession } from '../cri/stream.ts';
import { type RuntimeContainer, signalSession } from './container.ts';
import { Terminal } from './terminal.ts';

/** Runs a command in a container with the client's streams. Throws `CriError` when it cannot be run. */
export function execSession(
  container: Pick<RuntimeContainer, 'namespace' | 'execute'>,
  command: readonly string[],
  request: StreamRequest,
): StreamSession {
  let open = true;
  const whileOpen = (output = NO_OUTPUT) => ({
    write: (text: string) => {
      if (open) output.write(text);
    },
  });
  const stdout = whileOpen(request.stdout);
  const terminal = request.tty
    ? new Terminal(stdout, (signal, self) => signalSession(container.namespace, self, signal))
    : undefined;
  const input = request.stdin && terminal === undefined ? new Pipe() : undefined;
  const process = container.execute(
    command,
    terminal === undefined
      ? { stdin: input ?? NO_INPUT, stdout, stderr: whileOpen(request.stderr) }
      : { stdin: terminal, stdout: terminal, stderr: terminal },
    terminal,
  );
  process.onEnd(({ code }) => {
    if (open) request.onEnd({ exitCode: code });
    open = false;
  });
  return {
    write: (text) => {
      if (!open || !request.stdin) return;
      if (terminal !== undefined) terminal.type(text);
      else if (process.status === undefined) input?.write(text);
    },
    closeInput: () => {
      input?.close();
      terminal?.hangUp();
    },
    resize: (columns, rows) => {
      if (terminal === undefined) return;
      terminal.columns = columns;
      terminal.rows = rows;
      signalSession(container.namespace, terminal, 'SIGWINCH');
    },
    close: () => {
      if (!open) return;
      open = false;
      input?.close();
      if (terminal === undefined) return;
      terminal.hangUp();
      signalSession(container.namespace, terminal, 'SIGHUP');
    },
  };
}

/** Joins a client to the streams of a container's own process. Throws `CriError` when it does not run. */
export function attachSession(container: RuntimeContainer, request: StreamRequest): StreamSession {
  const attached = container.attach(request);
  return {
    write: attached.write,
    closeInput: attached.closeInput,
    resize: (columns, rows) => {
      if (attached.tty === undefined) return;
      attached.tty.columns = columns;
      attached.tty.rows = rows;
      signalSession(container.namespace, attached.tty, 'SIGWINCH');
    },
    close: attached.close,
  };
}
