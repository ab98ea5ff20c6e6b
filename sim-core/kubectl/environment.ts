import type { RestClient } from '../client/rest.ts';
import type { ClusterConnection } from './kubeconfig.ts';

/** A failed file operation. `code` is the errno name; kubectl words the message as Go does. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: 'ENOENT' | 'EISDIR' | 'ENOTDIR' | 'EACCES' | 'EEXIST' | 'EIO';
  constructor(code: FileError['code'], path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

export interface FileStat {
  readonly kind: 'file' | 'directory';
  readonly size: number;
}

/** The files that kubectl sees. Paths are absolute. Every method rejects with a `FileError`. */
export interface FileSystem {
  read(path: string): Promise<Uint8Array>;
  /** Creates the file and its folders where they are missing. */
  write(path: string, data: Uint8Array | string): Promise<void>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileStat>;
  remove(path: string): Promise<void>;
  /** Makes a fresh folder below /tmp whose name starts with `prefix`; answers its path. */
  mkdtemp(prefix: string): Promise<string>;
}

export interface InputStream {
  /** Has each key come as it is pressed, ^C among them (a remote terminal). Absent where there is no keyboard. */
  setRaw?(on: boolean): void;
  readonly isTerminal: boolean;
  /** The next bytes; undefined at the end. Rejects or ends when the command is interrupted. */
  read(): Promise<Uint8Array | undefined>;
}

export interface OutputStream {
  readonly isTerminal: boolean;
  write(data: string | Uint8Array): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A local port that forwards connections; how `port-forward` and `proxy` reach the machine they run on. */
export interface HostPorts {
  /** Listens on address:port (0 picks one); answers the port. Each connection is handed over as a pair of byte streams. */
  listen(
    address: string,
    port: number,
    accept: (connection: HostConnection) => void,
    signal: AbortSignal | undefined,
  ): Promise<number>;
}

export interface HostConnection {
  onData(listener: (bytes: Uint8Array) => void): void;
  onEnd(listener: () => void): void;
  write(bytes: Uint8Array): void;
  end(): void;
}

/** Everything kubectl takes from the machine it runs on. */
export interface KubectlEnvironment {
  /** Opens a client for the cluster and user which the kubeconfig and the flags name. */
  connect(connection: ClusterConnection): RestClient;
  readonly files: FileSystem;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Environment variables: HOME, KUBECONFIG, KUBE_EDITOR … */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The working folder, absolute. */
  readonly cwd: string;
  /** Milliseconds since 1970, the clock that ages are told by. */
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Opens an editor on a file and waits until it is closed; answers the editor's exit code. */
  edit?(path: string, editor: string): Promise<number>;
  readonly terminal?: { size(): TerminalSize; onResize(listener: (size: TerminalSize) => void): () => void };
  readonly hostPorts?: HostPorts;
  /** Random bytes for names of temporary files and debug containers; numbers in [0, 1). */
  random?(): number;
  /** Kept between runs by the host, as the real kubectl keeps its discovery cache on disk. */
  readonly cache?: Map<string, unknown>;
}
