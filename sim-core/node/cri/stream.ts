import type { Output } from '../../images/process.ts';
import type { CriError } from './error.ts';

export interface ExecSyncResponse {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A streaming exec or attach. */
export interface StreamRequest {
  readonly tty: boolean;
  /** Whether the client will send input. */
  readonly stdin: boolean;
  /** Not called when absent. With a terminal, everything comes on stdout. */
  readonly stdout?: Output;
  readonly stderr?: Output;
  /** The process has ended (exec, attach), or the container has gone away under it. Called once, never after `close`. */
  onEnd(end: StreamEnd): void;
}

export type StreamEnd = { readonly exitCode: number } | { readonly error: CriError };

/** The client's hold on a streaming exec or attach. */
export interface StreamSession {
  /** Sends text to stdin. */
  write(text: string): void;
  closeInput(): void;
  /** The client's terminal changed its size. */
  resize(columns: number, rows: number): void;
  /** The client went away. An exec'ed process loses its input and output and gets SIGHUP if it has a terminal. */
  close(): void;
}
