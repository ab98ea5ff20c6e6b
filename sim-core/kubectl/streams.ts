import { byteString, bytesOfString } from '../api/byte-string.ts';
import type { StreamChunk } from '../client/rest.ts';
import type { Context } from './command.ts';
import { ExitError, KubectlError, type Status, StatusError } from './errors.ts';

export interface RemoteOptions {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly stderr: boolean;
  /** Where output goes; the context's streams without them. */
  readonly onStdout?: (bytes: Uint8Array) => void;
  readonly onStderr?: (bytes: Uint8Array) => void;
  /** Input instead of the environment's. */
  readonly input?: AsyncIterable<Uint8Array>;
}

function exitCodeOf(status: Status): number | undefined {
  if (status.status === 'Success') return 0;
  if (status.reason !== 'NonZeroExitCode') return undefined;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  return cause === undefined ? undefined : Number(cause.message);
}

/** Runs exec or attach over the channels of v5.channel.k8s.io. Throws an ExitError with the command's code. */
export async function remoteCommand(
  context: Context,
  path: string,
  query: Record<string, string | readonly string[] | undefined>,
  options: RemoteOptions,
): Promise<void> {
  const { env } = context;
  const api = await context.api();
  let status: Status | undefined;
  let errorText = '';
  const onChunk = (chunk: StreamChunk): void => {
    if (chunk.kind !== 'data') return;
    const bytes = bytesOfString(chunk.data);
    if (chunk.channel === 1) (options.onStdout ?? ((data) => env.stdout.write(data)))(bytes);
    else if (chunk.channel === 2) (options.onStderr ?? ((data) => env.stderr.write(data)))(bytes);
    else if (chunk.channel === 3) errorText += chunk.data;
  };
  const { stream, opened, ended } = api.open(
    'POST',
    path,
    { query, headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'v5.channel.k8s.io' } },
    onChunk,
  );
  await opened;
  let finished = false;
  if (options.tty && options.stdin) env.stdin.setRaw?.(true);
  const stopResize =
    options.tty && env.terminal !== undefined
      ? env.terminal.onResize(({ columns, rows }) => stream.send(4, JSON.stringify({ Width: columns, Height: rows })))
      : undefined;
  if (options.tty && env.terminal !== undefined) {
    const { columns, rows } = env.terminal.size();
    stream.send(4, JSON.stringify({ Width: columns, Height: rows }));
  }
  if (options.stdin) {
    const pump = async (): Promise<void> => {
      if (options.input !== undefined) for await (const part of options.input) stream.send(0, byteString(part));
      else
        for (;;) {
          const part = await env.stdin.read();
          if (part === undefined || finished) break;
          stream.send(0, byteString(part));
        }
      if (!finished) stream.closeInput();
    };
    pump().catch(() => stream.closeInput());
  }
  await ended;
  finished = true;
  if (options.tty && options.stdin) env.stdin.setRaw?.(false);
  stopResize?.();
  if (env.signal?.aborted === true) throw new ExitError(130);
  if (errorText !== '') status = JSON.parse(errorText) as Status;
  if (status === undefined) return;
  const code = exitCodeOf(status);
  if (code === 0) return;
  if (code !== undefined) throw new ExitError(code, `command terminated with exit code ${code}`);
  throw status.reason === undefined && status.message === undefined
    ? new KubectlError('error executing remote command')
    : status.code === 500 || status.reason === 'InternalError'
      ? new KubectlError(status.message ?? '')
      : new StatusError(status);
}
