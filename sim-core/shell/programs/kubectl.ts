import { decodeUtf8, encodeUtf8 } from '../../api/utf8.ts';
import type { RestClient, RestRequest } from '../../client/rest.ts';
import type { Coroutine } from '../../engine/index.ts';
import { absolutePath } from '../../images/absolute-path.ts';
import { BrokenPipe, FileError as DiskError, type Process, type Program } from '../../images/process.ts';
import { FileError, type FileSystem, type KubectlEnvironment, type OutputStream } from '../../kubectl/environment.ts';
import type { ClusterConnection } from '../../kubectl/kubeconfig.ts';
import type { LearnerComputer } from '../computer.ts';
import { Abandoned } from '../pump.ts';
import { HOME } from '../shell-host.ts';
import { editFile } from './editor.ts';
import { KeyReader } from './key-reader.ts';

const SIGPIPE_CODE = 141;
const INTERRUPTED = 130;
const TERMINATED = 143;
/** Editors that a page's own stands for; any other command is run as it is. */
const EDITORS = /^(vi|vim|nvim|nano|emacs|code)(\s|$)/;

/** kubectl on the learner's computer: its code is loaded with its first use. */
export function kubectlProgram(computer: LearnerComputer): Program {
  return function* kubectl(process): Coroutine<number> {
    const { pump } = computer;
    const abort = new AbortController();
    const stop = () => abort.abort(new Abandoned('interrupted'));
    let stopped: number | undefined;
    const stopWith = (code: number) => () => {
      stopped = code;
      stop();
    };
    process.onSignal('SIGINT', stopWith(INTERRUPTED));
    process.onSignal('SIGTERM', stopWith(TERMINATED));
    const output = (target: Process['stdout']): OutputStream => ({
      isTerminal: computer.isTerminal(target),
      write(data) {
        try {
          target.write(typeof data === 'string' ? data : decodeUtf8(data));
        } catch (error) {
          // The reader has gone: `kubectl get pods -w | head -1`.
          if (!(error instanceof BrokenPipe)) throw error;
          stopWith(SIGPIPE_CODE)();
        }
        pump.poke();
      },
    });
    const keys = new KeyReader(computer, process);
    const rest = new Rest(computer);
    const plain = kubectlEnvironment(computer, process);
    const environment: KubectlEnvironment = {
      ...plain,
      connect: (connection) => rest.watch(plain.connect(connection)),
      sleep: (milliseconds, signal) => rest.during(() => plain.sleep(milliseconds, signal)),
      stdin: {
        isTerminal: keys.isTerminal,
        read: () => rest.during(() => keys.read(abort.signal)),
        setRaw: (on) => keys.setRaw(on),
      },
      stdout: output(process.stdout),
      stderr: output(process.stderr),
      signal: abort.signal,
      edit: (path, editor) => edit(computer, process, path, editor, abort.signal),
    };
    try {
      const code = yield* pump.wait(async () => {
        const { runKubectl } = await import('../../kubectl/main.ts');
        return runKubectl(process.argv.slice(1), environment);
      });
      return stopped ?? code;
    } finally {
      rest.end();
      keys.close();
      stop();
    }
  };
}

/** Tells the computer whether a run of kubectl is at work, or waits: for time, for a stream, for input. */
class Rest {
  private readonly computer: LearnerComputer;
  private waits = 0;
  private ended = false;

  constructor(computer: LearnerComputer) {
    this.computer = computer;
    computer.awake++;
  }

  async during<T>(wait: () => Promise<T>): Promise<T> {
    this.change(1);
    try {
      return await wait();
    } finally {
      this.change(-1);
    }
  }

  watch(client: RestClient): RestClient {
    return {
      server: client.server,
      request: (request, signal) => client.request(request, signal),
      stream: (request, handler) => {
        let open = true;
        this.change(1);
        const end = () => {
          if (!open) return;
          open = false;
          this.change(-1);
          handler.end();
        };
        const stream = client.stream(request, {
          head: (response) => handler.head(response),
          chunk: (chunk) => handler.chunk(chunk),
          end,
        });
        return {
          send: (channel, data) => stream.send(channel, data),
          closeInput: () => stream.closeInput(),
          // A log that is followed says nothing of its end when its reader leaves.
          close: () => {
            stream.close();
            end();
          },
        };
      },
    };
  }

  end(): void {
    if (this.waits === 0 && !this.ended) this.computer.awake--;
    this.ended = true;
  }

  private change(by: 1 | -1): void {
    const before = this.waits;
    this.waits += by;
    if (this.ended) return;
    if (before === 0) this.computer.awake--;
    else if (this.waits === 0) this.computer.awake++;
  }
}

const SILENT: OutputStream = { isTerminal: false, write() {} };

/** What kubectl takes from the computer, where nobody types and nobody reads. */
export function kubectlEnvironment(
  computer: LearnerComputer,
  process: Pick<Process, 'env' | 'cwd'> | undefined = computer.session?.process,
): KubectlEnvironment {
  return {
    connect: (connection) => connect(computer, connection),
    files: filesOf(computer),
    stdin: { isTerminal: false, read: async () => undefined },
    stdout: SILENT,
    stderr: SILENT,
    variables: process?.env ?? {},
    cwd: process?.cwd ?? HOME,
    now: () => Math.floor(computer.host.now()),
    sleep: (milliseconds, signal) => computer.host.sleep(milliseconds, signal),
    terminal: { size: () => computer.terminalSize(), onResize: (listener) => computer.onResize(listener) },
    hostPorts: computer.network,
    random: () => computer.random.below(1_000_000) / 1_000_000,
    cache: computer.caches,
  };
}

/** The cluster's API with the credentials that the kubeconfig or the command line names. */
function connect(computer: LearnerComputer, connection: ClusterConnection): RestClient {
  const found = computer.host.client();
  if (found === undefined) throw new Error('the cluster is not running');
  const { rest, token } = found;
  const named = connection.token ?? (connection.clientCertificate === undefined ? token : undefined);
  const headers: Record<string, string> = named === undefined ? {} : { authorization: `Bearer ${named}` };
  const authorized = (request: RestRequest): RestRequest => ({
    ...request,
    headers: { ...headers, ...request.headers },
    ...(connection.clientCertificate === undefined ? {} : { clientCertificate: connection.clientCertificate }),
  });
  return {
    server: rest.server,
    request: (request, signal) => rest.request(authorized(request), signal),
    stream: (request, handler) => rest.stream(authorized(request), handler),
  };
}

async function edit(
  computer: LearnerComputer,
  process: Process,
  path: string,
  editor: string,
  signal: AbortSignal,
): Promise<number> {
  if (EDITORS.test(editor)) return editFile(computer, path, signal);
  const child = computer.pump.drive(
    (function* () {
      const started = process.spawn({ argv: ['sh', '-c', `${editor} "$0"`, path] });
      return (yield* started.wait()).code;
    })(),
    signal,
  );
  return child;
}

const CODES: ReadonlySet<string> = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES', 'EEXIST']);

/** The computer's files as kubectl asks for them. */
function filesOf(computer: LearnerComputer): FileSystem {
  const { files } = computer;
  const attempt = async <T>(path: string, run: () => T): Promise<T> => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      throw new FileError(CODES.has(error.code) ? (error.code as FileError['code']) : 'EIO', path);
    }
  };
  return {
    read: (path) => attempt(path, () => encodeUtf8(files.read(path))),
    write: (path, data) =>
      attempt(path, () => {
        const parent = absolutePath(path, '..');
        if (files.stat(parent) === undefined) files.makeDirectory(parent, { parents: true });
        files.write(path, typeof data === 'string' ? data : decodeUtf8(data));
      }),
    list: (path) => attempt(path, () => files.list(path)),
    stat: (path) =>
      attempt(path, () => {
        const stat = files.stat(path);
        if (stat === undefined) throw new DiskError('ENOENT', path);
        return { kind: stat.kind === 'directory' ? 'directory' : 'file', size: stat.size };
      }),
    remove: (path) => attempt(path, () => files.remove(path, { recursive: true })),
    mkdtemp: (prefix) =>
      attempt(prefix, () => {
        const path = `/tmp/${prefix}${computer.random.hex(8)}`;
        files.makeDirectory(path);
        return path;
      }),
  };
}
