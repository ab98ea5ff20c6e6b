import { ConnectionError, type RestResponse } from '../../client/rest.ts';
import { LearnerComputer } from '../../shell/computer.ts';
import type { Frame } from '../door.ts';
import { DoorClient, type Port } from '../door-client.ts';
import { nextTurn } from '../turns.ts';
import { webCrypto } from '../web-crypto.ts';
import { ClusterClock, sleepBy } from './cluster-clock.ts';
import type { Runtime, RuntimeOptions, RuntimeOutput, RuntimeSnapshot } from './runtime.ts';

/** A cluster behind a port, wherever that leads, and the learner's computer on this side of it. */
export class DoorRuntime implements Runtime {
  readonly door: DoorClient;
  private readonly clock = new ClusterClock();
  private readonly files = new Map<string, string>();
  private options: RuntimeOptions | undefined;
  private computer: LearnerComputer | undefined;
  private disposed = false;

  constructor(port: Port) {
    this.door = new DoorClient(port);
    this.door.onFrame((frame) => this.clock.take(frame));
  }

  async boot(options: RuntimeOptions): Promise<Frame> {
    this.options = options;
    this.computer?.close();
    const { cluster, files = {}, log, speed } = options;
    const frame = await this.door.boot({
      cluster,
      ...(log === undefined ? {} : { log }),
      ...(speed === undefined ? {} : { speed }),
    });
    this.clock.take(frame);
    this.files.clear();
    for (const [name, content] of Object.entries(files)) {
      this.files.set(name, content);
      if (log === undefined) this.door.input({ type: 'file', path: name, content });
    }
    const { door, clock } = this;
    this.computer = new LearnerComputer({
      client: () => ({ rest: door, token: door.token }),
      now: () => clock.now() / 1000,
      sleep: (milliseconds, signal) => sleepBy(clock, milliseconds, signal),
      turn: nextTurn,
      crypto: webCrypto,
      files: {
        names: () => [...this.files.keys()].sort(),
        read: (name) => this.files.get(name),
        write: (name, content) => this.write(name, content),
        remove: (name) => this.write(name, null),
      },
      help: '',
    });
    return frame;
  }

  reset(): Promise<Frame> {
    if (this.options === undefined) return Promise.reject(new ConnectionError('the cluster was never booted'));
    const { log: _, ...options } = this.options;
    return this.boot(options);
  }

  async updateFiles(changes: Readonly<Record<string, string | null>>): Promise<void> {
    this.alive();
    for (const [name, content] of Object.entries(changes)) this.write(name, content);
  }

  async exec(line: string, output: RuntimeOutput): Promise<number> {
    const computer = this.alive();
    this.door.input({ type: 'note', text: line });
    const code = await computer.run(line, output);
    if (computer.failure !== undefined) throw computer.failure;
    return code;
  }

  async inspect(path: string): Promise<RestResponse> {
    this.alive();
    return this.door.request({ method: 'GET', path, headers: { authorization: `Bearer ${this.door.token}` } });
  }

  async snapshot(): Promise<RuntimeSnapshot> {
    this.alive();
    return { log: await this.door.log(), files: Object.fromEntries(this.files) };
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    this.computer?.close();
    this.door.close();
  }

  private alive(): LearnerComputer {
    if (this.disposed) throw new ConnectionError('the cluster was closed');
    if (this.computer === undefined) throw new ConnectionError('the cluster is not there yet');
    return this.computer;
  }

  private write(name: string, content: string | null): void {
    if ((this.files.get(name) ?? null) === content) return;
    if (content === null) this.files.delete(name);
    else this.files.set(name, content);
    this.door.input({ type: 'file', path: name, content });
  }
}
