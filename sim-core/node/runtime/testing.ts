import {
  type Coroutine,
  Engine,
  MILLISECOND,
  suspend,
  Task,
  type TaskOutcome,
  type TraceOptions,
} from '../../engine/index.ts';
import { createRegistries } from '../../images/catalog/index.ts';
import { Space } from '../../images/file-node.ts';
import type { ImageRepository } from '../../images/image.ts';
import { Pipe } from '../../images/pipe.ts';
import {
  type Architecture,
  type Connection,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type NetworkStack,
} from '../../images/process.ts';
import type { RegistryHost } from '../../images/registry.ts';
import type { ContainerConfig } from '../cri/container.ts';
import type { NetworkPlugin } from '../cri/network-plugin.ts';
import type { PodSandboxConfig } from '../cri/sandbox.ts';
import { Containerd } from './containerd.ts';
import { ImageStore } from './image-store.ts';
import * as systemFiles from './system-files.ts';
import { provideSystemFiles } from './system-mounts.ts';

provideSystemFiles(() => systemFiles);

/** A network small enough for tests of what runs on it: every sandbox has an address and a name, and half a millisecond lies between two. */
export class FakeNetwork implements NetworkPlugin {
  private readonly engine: Engine;
  private readonly stacks = new Map<string, FakeStack>();
  private count = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  notReady(): string | undefined {
    return undefined;
  }

  // biome-ignore lint/correctness/useYield: addresses are there at once
  *setUp({ sandboxId, hostname }: { sandboxId: string; hostname: string }) {
    const number = ++this.count;
    const address = `10.244.${number >> 8}.${number & 255}`;
    const stack = new FakeStack(this.engine, this, address, hostname);
    this.stacks.set(sandboxId, stack);
    return { stack, ips: [address] };
  }

  tearDown(sandboxId: string): void {
    this.stacks.delete(sandboxId);
  }

  find(host: string): FakeStack | undefined {
    for (const stack of this.stacks.values()) if (stack.address === host || stack.hostname === host) return stack;
    return undefined;
  }
}

type Handler = (connection: Connection) => Coroutine;

class FakeStack implements NetworkStack {
  readonly address: string;
  readonly hostname: string;
  readonly tcp = new Map<number, Handler>();
  readonly servers = new Map<number, (request: HttpRequest) => Coroutine<HttpResponse>>();
  private readonly engine: Engine;
  private readonly net: FakeNetwork;

  constructor(engine: Engine, net: FakeNetwork, address: string, hostname: string) {
    this.engine = engine;
    this.net = net;
    this.address = address;
    this.hostname = hostname;
  }

  listen(port: number, handle: Handler) {
    if (this.tcp.has(port)) throw new NetworkError('EADDRINUSE', 'Address already in use');
    this.tcp.set(port, handle);
    return { port, close: () => this.tcp.delete(port) };
  }

  serveHttp(port: number, handle: (request: HttpRequest) => Coroutine<HttpResponse>) {
    if (this.servers.has(port)) throw new NetworkError('EADDRINUSE', 'Address already in use');
    this.servers.set(port, handle);
    return { port, close: () => this.servers.delete(port) };
  }

  *connect(host: string, port: number): Coroutine<Connection> {
    const target = this.target(host);
    yield* this.hop();
    const handle = target.tcp.get(port);
    if (handle === undefined) throw new NetworkError('ECONNREFUSED', 'Connection refused');
    const [up, down] = [new Pipe(), new Pipe()];
    const end = (read: Pipe, write: Pipe, remoteAddress: string): Connection => ({
      remoteAddress,
      remotePort: port,
      read: () => read.read(),
      write: (text) => write.write(text),
      close: () => write.close(),
    });
    new Task(this.engine, handle(end(up, down, this.address)));
    return end(down, up, target.address);
  }

  *http(host: string, port: number, request: Partial<HttpRequest> & { path: string }): Coroutine<HttpResponse> {
    const target = this.target(host);
    yield* this.hop();
    const handle = target.servers.get(port);
    if (handle === undefined) throw new NetworkError('ECONNREFUSED', 'Connection refused');
    const full = {
      method: 'GET',
      headers: { host },
      body: '',
      ...request,
      remoteAddress: this.address,
      remotePort: 40_000,
    };
    return yield* handle(full);
  }

  *resolve(name: string): Coroutine<string[]> {
    yield* this.hop();
    return [this.target(name).address];
  }

  private target(host: string): FakeStack {
    if (host === 'localhost' || host === '127.0.0.1') return this;
    const found = this.net.find(host);
    if (found === undefined) throw new NetworkError('ENOTFOUND', 'Name does not resolve');
    return found;
  }

  private *hop(): Coroutine {
    yield* suspend<void>((resume, _fail, engine) => {
      const timer = engine.after(MILLISECOND / 2, resume);
      return () => engine.cancel(timer);
    });
  }
}

export const EPOCH = 1_767_225_600_000_000;

/** One node for tests: engine, runtime, images and a fake network. */
export class TestNode {
  readonly engine: Engine;
  readonly network: FakeNetwork;
  readonly disk: Space;
  readonly images: ImageStore;
  readonly runtime: Containerd;
  private count = 0;

  constructor(
    options: {
      images?: readonly ImageRepository[];
      hosts?: readonly RegistryHost[];
      architecture?: Architecture;
      disk?: number;
      trace?: TraceOptions;
      uplink?: () => string | undefined;
    } = {},
  ) {
    const { architecture = 'amd64' } = options;
    this.engine = new Engine({ seed: 1, epoch: EPOCH, trace: options.trace ?? { level: 'full' } });
    const { engine } = this;
    this.network = new FakeNetwork(engine);
    this.disk = new Space(options.disk);
    const { disk, network } = this;
    this.images = new ImageStore({
      engine,
      actor: 'containerd/node-1',
      registries: createRegistries(options.images, options.hosts),
      architecture,
      disk,
      ...(options.uplink === undefined ? {} : { uplink: options.uplink }),
    });
    const machine = { architecture, cpus: 4, memory: 8 * 1024 ** 3, kernel: '6.8.0', bootedAt: EPOCH };
    this.runtime = new Containerd({ engine, nodeName: 'node-1', images: this.images, network, machine, disk });
  }

  /** Runs a coroutine until it ends, at most `limit` microseconds of virtual time; throws what it throws. */
  run<T>(body: Coroutine<T>, limit = 3600_000_000): T {
    let outcome: TaskOutcome<T> | undefined;
    new Task(this.engine, body, (end) => {
      outcome = end;
    });
    const end = this.engine.now + limit;
    while (outcome === undefined && (this.engine.nextTime() ?? Number.POSITIVE_INFINITY) <= end) this.engine.step();
    if (outcome === undefined) throw new Error('it did not end in time');
    if (outcome.status === 'threw') throw outcome.error;
    if (outcome.status === 'cancelled') throw new Error('it was cancelled');
    return outcome.value;
  }

  /** Makes and starts a container in a sandbox of its own; the image is pulled if need be. Answers the container's ID. */
  start(image: string, config: Partial<ContainerConfig> = {}, sandbox: Partial<PodSandboxConfig> = {}): string {
    const node = this;
    return this.run(
      (function* () {
        const number = ++node.count;
        if (node.images.imageStatus({ image }) === undefined) yield* node.images.pullImage({ image });
        const name = sandbox.metadata?.name ?? `pod-${number}`;
        const podSandbox = {
          metadata: { name, namespace: 'default', uid: `uid-${number}`, attempt: 0 },
          hostname: name,
          ...sandbox,
        };
        const sandboxId = yield* node.runtime.runPodSandbox(podSandbox);
        const container = { metadata: { name: 'main', attempt: 0 }, image: { image }, ...config };
        const id = yield* node.runtime.createContainer(sandboxId, container);
        yield* node.runtime.startContainer(id);
        return id;
      })(),
    );
  }

  /** What a container has written, line by line. */
  logs(id: string, stream?: 'stdout' | 'stderr'): string[] {
    const lines = this.runtime.containerLog(id).lines();
    return lines.filter((line) => stream === undefined || line.stream === stream).map((line) => line.text);
  }

  /** Lets virtual time pass, microseconds. */
  pass(time: number): void {
    this.engine.runUntil(this.engine.now + time);
  }

  /** Runs a shell script in a busybox container of its own, to its end. */
  sh(script: string, options: { limit?: number; env?: Record<string, string> } = {}): ShellResult {
    const started = this.engine.now;
    const envs = Object.entries(options.env ?? {}).map(([key, value]) => ({ key, value }));
    const id = this.start('busybox', { command: ['sh', '-c', script], envs });
    const end = this.engine.now + (options.limit ?? 3600_000_000);
    while (
      this.runtime.containerStatus(id).state === 'CONTAINER_RUNNING' &&
      (this.engine.nextTime() ?? Number.POSITIVE_INFINITY) <= end
    )
      this.engine.step();
    const status = this.runtime.containerStatus(id);
    const text = (stream: 'stdout' | 'stderr') =>
      this.runtime
        .containerLog(id)
        .lines()
        .filter((line) => line.stream === stream)
        .map((line) => line.text + (line.tag === 'F' ? '\n' : ''))
        .join('');
    return {
      stdout: text('stdout'),
      stderr: text('stderr'),
      code: status.state === 'CONTAINER_EXITED' ? status.exitCode : undefined,
      time: (status.finishedAt === 0 ? this.engine.now : status.finishedAt) - status.startedAt,
      started,
    };
  }
}

export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  /** `undefined` while it runs. */
  readonly code: number | undefined;
  /** Virtual microseconds from start to end. */
  readonly time: number;
  readonly started: number;
}
