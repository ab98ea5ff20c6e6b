import { ConnectionError, type RestResponse } from '../../sim-core/client/rest.ts';
import type { Frame, FromHost, ToHost } from '../../sim-core/host/door.ts';
import { DoorClient, type Port } from '../../sim-core/host/door-client.ts';
import { type LineProcess, processPort } from '../../sim-core/host/runtime/process-port.ts';
import type { Runtime, RuntimeOptions, RuntimeOutput, RuntimeSnapshot } from '../../sim-core/host/runtime/runtime.ts';
import { BIN, type Bundle, CLUSTER_PROGRAM, KUBECONFIG, treeOf } from './bundle.ts';
import type { Container, ContainerProcess } from './container.ts';
import { FileSync } from './file-sync.ts';

/** What the container is doing before its cluster can be booted. */
export type PrepareStep = 'container' | 'mount' | 'start';

export interface ContainerRuntimeOptions {
  /** Gives the container: boots it, or answers the one that there is. */
  readonly boot: () => Promise<Container>;
  readonly bundle: () => Promise<Bundle>;
  readonly step?: (step: PrepareStep) => void;
  /** Hears of files that were written in the container; null: deleted. */
  readonly filesChanged?: (changes: Readonly<Record<string, string | null>>) => void;
  /** Hears of messages that are not a door's. */
  readonly other?: (message: { readonly type: string }) => void;
}

/** How long a program's last words are waited for after its end, milliseconds. */
const LAST_WORDS = 500;

/** A cluster as a Node program in a container, with the container's own shell, Node and the learner's files beside it. */
export class ContainerRuntime implements Runtime {
  readonly door: DoorClient;
  private readonly port = new LatePort();
  private readonly options: ContainerRuntimeOptions;
  private container: Container | undefined;
  private sync: FileSync | undefined;
  private preparing: Promise<void> | undefined;
  private booted: RuntimeOptions | undefined;
  private readonly processes = new Set<ContainerProcess>();
  private disposed = false;

  constructor(options: ContainerRuntimeOptions) {
    this.options = options;
    this.door = new DoorClient(this.port);
  }

  /** Boots the container, mounts programs and files and starts the cluster's program, once. `boot` does so, too. */
  prepare(files: Readonly<Record<string, string>> = {}): Promise<void> {
    this.preparing ??= this.doPrepare(files);
    return this.preparing;
  }

  async boot(options: RuntimeOptions): Promise<Frame> {
    const { cluster, files = {}, log, speed } = options;
    await this.prepare(files);
    const sync = this.alive();
    this.booted = options;
    await this.replaceFiles(files);
    const frame = await this.door.boot({
      cluster,
      ...(log === undefined ? {} : { log }),
      ...(speed === undefined ? {} : { speed }),
    });
    if (log === undefined) {
      for (const [path, content] of Object.entries(sync.files)) this.door.input({ type: 'file', path, content });
    }
    return frame;
  }

  reset(): Promise<Frame> {
    if (this.booted === undefined) return Promise.reject(new ConnectionError('the cluster was never booted'));
    const { log: _, ...options } = this.booted;
    return this.boot(options);
  }

  async updateFiles(changes: Readonly<Record<string, string | null>>): Promise<void> {
    const sync = this.alive();
    for (const [path, content] of Object.entries(changes)) this.door.input({ type: 'file', path, content });
    await sync.write(changes);
  }

  async exec(line: string, output: RuntimeOutput): Promise<number> {
    const sync = this.alive();
    const process = await this.spawn('jsh', ['-c', line]);
    const drained = drain(process, (text) => output.stdout(text));
    const code = await process.exit;
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, LAST_WORDS))]);
    await sync.look();
    return code;
  }

  async inspect(path: string): Promise<RestResponse> {
    this.alive();
    return this.door.request({ method: 'GET', path, headers: { authorization: `Bearer ${this.door.token}` } });
  }

  async snapshot(): Promise<RuntimeSnapshot> {
    const sync = this.alive();
    await sync.look();
    return { log: await this.door.log(), files: sync.files };
  }

  /** Ends the cluster and everything that was started here. The container itself stays: a page has one. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    this.sync?.close();
    this.door.close();
    for (const process of this.processes) process.kill();
  }

  /** The learner's shell, on a screen. */
  shell(size: { cols: number; rows: number }): Promise<ContainerProcess> {
    this.alive();
    return this.spawn('jsh', [], size);
  }

  /** Sends the cluster's program a message that is not a door's. */
  send(message: { readonly type: string }): void {
    this.port.postMessage(message as ToHost);
  }

  private async doPrepare(files: Readonly<Record<string, string>>): Promise<void> {
    const { step = () => {}, boot, bundle, filesChanged, other } = this.options;
    step('container');
    // Both come over the network: together.
    const loading = bundle();
    loading.catch(() => {});
    const container = await boot();
    step('mount');
    await container.mount(treeOf(await loading, files));
    if (this.disposed) throw new ConnectionError('the cluster was closed');
    this.container = container;
    // A mounted file may be without the right to be run, and where that means nothing this fails.
    await (await this.spawn('chmod', ['+x', `${BIN}/kubectl`])).exit.catch(() => 1);
    step('start');
    const program = await this.spawn('node', [CLUSTER_PROGRAM]);
    this.port.open(processPort(lineProcess(program), other));
    const { door } = this;
    this.sync = new FileSync(container, (changes) => {
      for (const [path, content] of Object.entries(changes)) door.input({ type: 'file', path, content });
      filesChanged?.(changes);
    });
    this.sync.begin(files);
  }

  /** Makes the container's files those and no others. */
  private async replaceFiles(files: Readonly<Record<string, string>>): Promise<void> {
    const sync = this.alive();
    const changes: Record<string, string | null> = {};
    for (const name of Object.keys(sync.files)) changes[name] = null;
    await sync.write({ ...changes, ...files });
  }

  private async spawn(command: string, args: string[], terminal?: { cols: number; rows: number }) {
    const container = this.container!;
    const { workdir, path } = container;
    const env = { PATH: `${workdir}/${BIN}:${path}`, KUBECONFIG: `${workdir}/${KUBECONFIG}` };
    const process = await container.spawn(command, args, { env, ...(terminal === undefined ? {} : { terminal }) });
    if (this.disposed) process.kill();
    this.processes.add(process);
    const gone = () => this.processes.delete(process);
    process.exit.then(gone, gone);
    return process;
  }

  private alive(): FileSync {
    if (this.disposed) throw new ConnectionError('the cluster was closed');
    if (this.sync === undefined) throw new ConnectionError('the cluster is not there yet');
    return this.sync;
  }
}

/** Reads a process's output to its end. */
function drain(process: ContainerProcess, take: (text: string) => void): Promise<void> {
  return process.output.pipeTo(new WritableStream({ write: (text) => take(text) })).catch(() => {});
}

function lineProcess(process: ContainerProcess): LineProcess {
  const writer = process.input.getWriter();
  return {
    write: (text) => void writer.write(text).catch(() => {}),
    onOutput: (listener) => void drain(process, listener),
    onExit: (listener) => void process.exit.then(listener, (error: unknown) => listener(String(error))),
    kill: () => process.kill(),
  };
}

/** A port whose other side comes later: what is sent meanwhile waits. */
class LatePort implements Port {
  private port: Port | undefined;
  private readonly waiting: ToHost[] = [];
  private listener: (message: FromHost) => void = () => {};
  private closed = false;

  open(port: Port): void {
    this.port = port;
    port.onMessage(this.listener);
    if (this.closed) port.close();
    for (const message of this.waiting.splice(0)) port.postMessage(message);
  }

  postMessage(message: ToHost): void {
    if (this.port === undefined) this.waiting.push(message);
    else this.port.postMessage(message);
  }

  onMessage(listener: (message: FromHost) => void): void {
    this.listener = listener;
    this.port?.onMessage(listener);
  }

  close(): void {
    this.closed = true;
    this.port?.close();
  }
}
