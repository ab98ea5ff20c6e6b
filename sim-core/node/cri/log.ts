import type { Micros } from '../../engine/index.ts';

/** One line of a container's log, as the CRI log format writes it. */
export interface LogLine {
  readonly time: Micros;
  readonly stream: 'stdout' | 'stderr';
  /** `P` when the line goes on in the next entry of the same stream, else `F`. */
  readonly tag: 'P' | 'F';
  /** Without the newline. */
  readonly text: string;
}

/** A container's current log file. It can be read until the container is removed. */
export interface ContainerLog {
  /** Lines of the current file, oldest first. Rotation starts it anew. */
  lines(): readonly LogLine[];
  /** Bytes of the file on the node's disk, rotated files included. */
  readonly size: number;
  /** Tells of each line as it is written, from now on; returns what stops that. */
  subscribe(listener: (line: LogLine) => void): () => void;
}
