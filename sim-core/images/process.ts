import type { Coroutine, RandomStream } from '../engine/index.ts';
import type { Recurrence, Room } from './recurrence.ts';
import type { TimedLine } from './timed-line.ts';

/** Signals that the simulated processes know, with their Linux numbers. */
export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGWINCH: 28,
} as const;
export type Signal = keyof typeof SIGNALS;

/** Something a program writes to: stdout, stderr, a pipe, a file. Text; bytes above 0x7f are UTF-16 as in any JS string. */
export interface Output {
  /** Throws `BrokenPipe` when nobody can read it any more; a program lets that end it, as SIGPIPE does. */
  write(text: string): void;
  /** Writes a line as it is now; only where that costs less than writing its text. */
  writeTimed?(line: TimedLine): void;
  /** Has such a line written whenever something recurs, until that ends. Answers what room it needs; `undefined`: it cannot, and does nothing. */
  followTimed?(line: TimedLine, recurrence: Recurrence): Room | undefined;
  /** Waits while the reader is far behind. Programs that write without end call it after each piece. */
  drain?(): Coroutine;
}

/** Written to a pipe whose reader has gone: SIGPIPE. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** Something a program reads from. */
export interface Input {
  /** The next piece of text, waiting for it; `undefined` at the end. */
  read(): Coroutine<string | undefined>;
  /** Puts back what was read too much, for whoever reads next. */
  unread(text: string): void;
  /** Asks whoever reads lines from a terminal what may become of an unfinished one; a terminal alone asks. */
  completer?: (before: string) => Completion;
}

/** What the word at the end of an unfinished line may become; folders end in `/`. */
export interface Completion {
  readonly word: string;
  readonly candidates: readonly string[];
  /** What stands before the line, to write it anew below a list. */
  readonly prompt?: string;
}

export type Headers = Readonly<Record<string, string>>;

export interface HttpRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Headers;
  readonly body: string;
  /** Who asks, as the server sees it. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Whether the asker, a probe, will ask the same again and again: it wants to know of a `standing` answer. */
  readonly recurring?: boolean;
  /** The server name asked for (SNI), when it came over TLS; a server of TLS that finds none was asked in plain HTTP. */
  readonly tls?: { readonly serverName: string };
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The server's certificate, when it came over TLS. */
  readonly certificate?: Certificate;
  /** What the server promises of the answer, to those who will ask again. */
  readonly standing?: StandingAnswer;
}

/** A server's promise that the same request of the same asker would be answered the same, at no more cost than this. */
export interface StandingAnswer {
  /** Whether it still would. */
  holds(): boolean;
  /** Does what answering it once more does beside the answer: counts it, writes it into the log. */
  again(): void;
  /**
   * Has `again` done whenever something recurs, until that ends. Answers what room it needs; `undefined`: it cannot, and whatever it has begun
   * ends with the recurrence.
   */
  follow(recurrence: Recurrence): Room | undefined;
}

/** What a server of TLS shows of itself. Nothing is encrypted in the simulated network; who trusts whom is as in life. */
export interface Certificate {
  /** `CN=shop.example.com,O=Shop`. */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses that it stands for (subject alternative names). */
  readonly names: readonly string[];
  /** Virtual time, microseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What a client of TLS trusts. */
export interface Trust {
  /** Looks at nothing (`curl -k`). */
  readonly insecure: boolean;
  /** Certificates of authorities, in PEM. */
  readonly authorities: string;
}

/** A client's side of a TLS handshake. */
export interface TlsClient {
  readonly serverName: string;
  /** What `verify` goes by, for those who have the handshake made elsewhere. */
  readonly trust?: Trust;
  /** Looks at the server's certificate: an error ends the handshake. */
  verify(certificate: Certificate): NetworkError | undefined;
}

/** Chooses a server's certificate by the name that it is asked for. */
export type TlsServer = (serverName: string) => Certificate;

/** One end of a TCP connection. */
export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The next piece, waiting; `undefined` once the other end has closed. Throws `NetworkError` on a reset. */
  read(): Coroutine<string | undefined>;
  write(text: string): void;
  close(): void;
}

export interface Listener {
  readonly port: number;
  close(): void;
}

/** A failed network operation, with the errno name that libc gives it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code:
    | 'ECONNREFUSED'
    | 'ETIMEDOUT'
    | 'EHOSTUNREACH'
    | 'ENETUNREACH'
    | 'ECONNRESET'
    | 'EACCES'
    | 'EADDRINUSE'
    | 'EADDRNOTAVAIL'
    | 'ENOTFOUND'
    | 'EPERM'
    | 'EPROTO';

  constructor(code: NetworkError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The network as a process sees it: that of its pod's (or node's) network namespace. */
export interface NetworkStack {
  /** The namespace's own address, as other pods see it. */
  readonly address: string;
  readonly hostname: string;
  /** Serves TCP; each connection is handled in a task of its own. Throws EADDRINUSE; EACCES for a port that only root may have. */
  listen(port: number, handle: (connection: Connection) => Coroutine): Listener;
  /** Serves HTTP/1.1, over TLS if `tls` is given, on 127.0.0.1 alone if `local`; `handle` may wait before it answers. Throws EADDRINUSE. */
  serveHttp(
    port: number,
    handle: (request: HttpRequest) => Coroutine<HttpResponse>,
    tls?: TlsServer,
    local?: boolean,
  ): Listener;
  /** Opens a TCP connection to a name or an address. `timeout` in microseconds, default 2 minutes as Linux. */
  connect(host: string, port: number, timeout?: number): Coroutine<Connection>;
  /** One HTTP exchange with a name or an address. Throws EPROTO when the TLS handshake fails. */
  http(
    host: string,
    port: number,
    request: { method?: string; path: string; headers?: Headers; body?: string; tls?: TlsClient },
    timeout?: number,
  ): Coroutine<HttpResponse>;
  /** A and AAAA lookup through the resolver of the namespace: IPv4 addresses. Throws ENOTFOUND. */
  resolve(name: string): Coroutine<string[]>;
  /** The same network for one process of a user: what it opens ends with `release`, as a kernel closes a dead process's files. */
  forProcess?(user?: number): NetworkStack & { release(): void };
}

/** What a file is; directories list names. */
export type FileKind = 'file' | 'directory' | 'symlink' | 'device' | 'block' | 'socket';

export interface FileStat {
  readonly kind: FileKind;
  /** Bytes (UTF-8) of a file. */
  readonly size: number;
  /** Permission bits, as 0o644. */
  readonly mode: number;
  /** Virtual time of the last change, microseconds. */
  readonly modified: number;
  readonly user: number;
  readonly group: number;
}

/** A file operation that failed, with its errno name: `cat: /x: No such file or directory`. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code:
    | 'ENOENT'
    | 'EEXIST'
    | 'ENOTDIR'
    | 'EISDIR'
    | 'EROFS'
    | 'EACCES'
    | 'ENOTEMPTY'
    | 'ENOSPC'
    | 'ELOOP'
    | 'EBUSY'
    | 'EINVAL'
    | 'EIO';

  constructor(code: FileError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether files are still as an image brought them. */
export interface Untouched {
  holds(): boolean;
}

/**
 * A container's file tree: read-only image layers, a writable layer above them, and volumes mounted into it.
 * Paths are absolute.
 */
export interface FileSystem {
  read(path: string): string;
  write(path: string, content: string, options?: { append?: boolean; mode?: number }): void;
  /** Makes a file of so many zero bytes, or empties one and fills it so. They take up space, not memory. Throws ENOSPC, and leaves it empty. */
  fill(path: string, bytes: number): void;
  /** `undefined` when there is nothing. Follows symbolic links, unless told not to. */
  stat(path: string, options?: { follow?: boolean }): FileStat | undefined;
  /** Names in a directory, sorted. */
  list(path: string): string[];
  makeDirectory(path: string, options?: { parents?: boolean; mode?: number }): void;
  remove(path: string, options?: { recursive?: boolean }): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): void;
  readLink(path: string): string;
  /** What lies at and below a path is the image's, untouched: tells from now on whether it still is. `undefined`: it is not. */
  untouched(path: string): Untouched | undefined;
  /** Copies a file with its mode (and what it does when run). */
  copy(from: string, to: string): void;
  setMode(path: string, mode: number): void;
  /** Gives a file away; root only. */
  setOwner(path: string, user: number | undefined, group: number | undefined): void;
  /** Sets the time of the last change to now. */
  touch(path: string): void;
  /** Throws what creating or changing a file there would throw (EROFS, EACCES, ENOENT), changing nothing. */
  checkWritable(path: string): void;
  /** The path without symbolic links, `.` and `..`. */
  realPath(path: string): string;
  /** The file that runs when this path is executed. Throws ENOENT, EACCES, EISDIR. */
  executable(path: string): Executable;
  /** The files below a directory as a tree of their own. Throws ENOENT, ENOTDIR. */
  rooted(path: string): FileSystem;
  /** What is mounted and has a size: the root first. */
  volumes(): readonly MountedVolume[];
}

/** A file system as `df` shows it; sizes in bytes, those without a limit as large as the memory (tmpfs) or disk they are on. */
export interface MountedVolume {
  readonly path: string;
  readonly kind: 'root' | 'disk' | 'memory';
  readonly used: number;
  /** Infinite: as much as there is memory. */
  readonly size: number;
}

/** What running a file does: a program of the image, or the interpreter that its first line names. */
export type Executable =
  | { readonly kind: 'program'; readonly program: Program }
  | { readonly kind: 'script'; readonly interpreter: readonly string[] }
  /** Neither (ENOEXEC): a shell would read it as its own script. */
  | { readonly kind: 'text' };

/** How a process came to its end. */
export interface ExitStatus {
  /** 0–255; 128 + signal number when a signal ended it. */
  readonly code: number;
  readonly signal?: Signal;
}

/** A process started by another, as `fork` and `exec` do. */
export interface ChildProcess {
  readonly pid: number;
  /** How it ended; `undefined` while it runs. */
  readonly status: ExitStatus | undefined;
  /** Waits for its end. */
  wait(): Coroutine<ExitStatus>;
  /** Tells once how it ended (at once if it has). */
  onEnd(listener: (status: ExitStatus) => void): void;
  kill(signal: Signal): void;
}

export interface SpawnOptions {
  argv: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  stdin?: Input;
  stdout?: Output;
  stderr?: Output;
  /** Away from the terminal: keys and their signals do not reach it. */
  background?: boolean;
  /** With `exec`: the directory that is the root from then on (chroot). */
  root?: string;
  /** What it does, instead of what the file `argv[0]` does: a fork that goes on in the same program. */
  program?: Program;
}

/** A process of the same PID namespace, as `ps` shows it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly user: number;
  readonly argv: readonly string[];
  readonly startedAt: number;
  /** Bytes. */
  readonly memory: number;
  /** What holds its sockets, if it ever had any. */
  readonly network?: NetworkStack;
}

/**
 * A process inside a container, as its program sees it. Its end is the end of its program's coroutine (the value is the
 * exit code), `exit`, or a signal.
 *
 * As on Linux, process 1 of a container ignores signals it has no handler for, save SIGKILL; other processes are ended by them.
 */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** `argv[0]` is the program's name as typed. A program may call itself something else. */
  argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  cwd: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly files: FileSystem;
  readonly network: NetworkStack;
  /** A random stream of this container's own. */
  readonly random: RandomStream;
  /** Whether stdin and stdout are a terminal. */
  readonly terminal: boolean;
  /** Current virtual time, microseconds. */
  now(): number;
  /** Handles a signal from now on; `'ignore'`, or `'default'` to stop handling it. */
  onSignal(signal: Signal, handler: ((signal: Signal) => void) | 'ignore' | 'default'): void;
  /** Size of the terminal, when there is one. */
  readonly terminalSize: { readonly columns: number; readonly rows: number };
  /** Numeric user and group it runs as. */
  readonly user: number;
  readonly group: number;
  /** Other groups that it belongs to. */
  readonly groups?: readonly number[];
  /** Starts another program of the container. Throws `FileError` (ENOENT, EACCES) when `argv[0]` cannot be run. */
  spawn(options: SpawnOptions): ChildProcess;
  /**
   * Goes on as another program, as execve: same PID, handlers reset, what is given replaced. The caller returns what this
   * returns. Throws `FileError` when `argv[0]` cannot be run.
   */
  exec(options: SpawnOptions): Coroutine<number>;
  /** All processes that it can see, by PID. */
  processes(): ProcessInfo[];
  /** Sends a signal to a process that it can see. Answers whether there is one. */
  kill(pid: number, signal: Signal): boolean;
  /** Works for so long on one core; it takes longer while the container is throttled. */
  compute(micros: number): Coroutine;
  /** What the node is like: for `nproc`, `free`, `uname`. */
  readonly machine: Machine;
  /** Ends this process now. */
  exit(code: number): void;
  /** Resources in use, which the node's statistics and its memory limit see. Bytes; CPU in thousandths of a core. */
  use(resources: { memory?: number; milliCpu?: number }): void;
}

/** The machine below the containers. */
export interface Machine {
  readonly architecture: Architecture;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly kernel: string;
  /** Virtual time of its boot. */
  readonly bootedAt: number;
}

/** What an executable does, from the first step of the coroutine on. The value it returns is the exit code. */
export type Program = (process: Process) => Coroutine<number>;

/** A layer of an image: what pulling it costs, and the files it brings. */
export interface ImageLayer {
  readonly digest: string;
  /** Compressed bytes, which the pull moves. */
  readonly size: number;
  /** Text by absolute path; a path that ends in `/` is an empty directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links: target by absolute path. */
  readonly links?: Readonly<Record<string, string>>;
}

export type Architecture = 'amd64' | 'arm64';

/** An image as a registry serves it for one architecture: OCI image config, as far as a kubelet cares. */
export interface Image {
  /** `sha256:…` of the manifest, or of the index it was found in: what repository digests name. */
  readonly digest: string;
  /** `sha256:…` of its config: the image's ID on a node. */
  readonly id: string;
  readonly architecture: Architecture;
  readonly layers: readonly ImageLayer[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** `EXPOSE`d ports, for documentation only, as in life. */
  readonly exposedPorts: readonly number[];
  readonly stopSignal?: Signal;
  /** Numeric user the image runs as; 0 is root. */
  readonly user: number;
  /** Executables by the path (`/usr/sbin/nginx`) or name under which they are found. */
  readonly programs: Readonly<Record<string, Program>>;
}
