import { type Engine, RandomStream } from '../../engine/index.ts';
import type { Directory, Space } from '../../images/file-node.ts';
import { LayeredFileSystem } from '../../images/file-system.ts';
import type { FileMount } from '../../images/file-tree.ts';
import {
  FileError,
  type Input,
  type Machine,
  type NetworkStack,
  type Output,
  type Program,
} from '../../images/process.ts';
import { classNetDirectory } from '../../network/tools/class-net.ts';
import { sysctlDirectory } from '../../network/tools/sysctl.ts';
import type { StreamEnd, StreamRequest, StreamSession } from '../cri/stream.ts';
import { containerLogs, podLogs } from '../log-files.ts';
import type { NodeMachine } from '../node.ts';
import { Cgroup } from '../runtime/cgroup.ts';
import { LiveDirectory } from '../runtime/live-directory.ts';
import { ContainerProcess, type PidNamespace, type ProcessHost, resolveProgram } from '../runtime/process-table.ts';
import { execSession } from '../runtime/streams.ts';
import { machineDevices, procDirectory } from '../runtime/system-files.ts';
import type { SystemView } from '../runtime/system-mounts.ts';
import type { Terminal } from '../runtime/terminal.ts';
import { cgroupDirectory, furnish } from './node-files.ts';
import { daemonsOf } from './services.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HOME = '/root';

/** A machine's own file system. */
class MachineFileSystem extends LayeredFileSystem {
  /** Hears of changed paths. */
  changed: (path: string) => void = () => {};

  override write(path: string, content: string, options: { append?: boolean; mode?: number } = {}): void {
    super.write(path, content, options);
    this.changed(path);
  }

  override remove(path: string, options: { recursive?: boolean } = {}): void {
    super.remove(path, options);
    this.changed(path);
  }

  override rename(from: string, to: string): void {
    super.rename(from, to);
    this.changed(from);
    this.changed(to);
  }
}

export interface LoginOptions {
  readonly engine: Engine;
  readonly name: string;
  readonly machine: Machine;
  readonly network: NetworkStack;
  readonly namespace: PidNamespace;
  readonly root: Directory;
  /** The machine's disk. */
  readonly disk?: Space;
  /** What is mounted beside /proc and /dev. */
  readonly mounts?: readonly FileMount[];
  /** Hears of changed paths. */
  changed?(path: string): void;
  /** Whether it has power. A machine that is not said always has. */
  readonly isUp?: () => boolean;
}

/** The administrator's shell on a machine, as ssh opens it: the machine's own files, network and services. */
export class MachineLogin implements ProcessHost, SystemView {
  readonly files: LayeredFileSystem;
  readonly cgroup: Cgroup;
  readonly random: RandomStream;
  readonly user = 0;
  readonly group = 0;
  readonly security = { privileged: true };
  readonly engine: Engine;
  readonly machine: Machine;
  readonly network: NetworkStack;
  readonly namespace: PidNamespace;
  private readonly name: string;
  private readonly isUp: () => boolean;

  constructor(options: LoginOptions) {
    const { engine, name, machine, network, namespace, root, disk, mounts = [] } = options;
    this.engine = engine;
    this.name = name;
    this.isUp = options.isUp ?? (() => true);
    this.machine = machine;
    this.network = network;
    this.namespace = namespace;
    this.random = new RandomStream(engine.seed, `login/${name}`);
    this.cgroup = new Cgroup(engine, machine.cpus, {});
    const files = new MachineFileSystem(root, engine, {
      space: disk,
      mounts: [
        { path: '/proc', source: () => procDirectory(this), readonly: true },
        { path: '/proc/sys', source: () => sysctlDirectory(this, true), readonly: false },
        { path: '/dev', source: () => machineDevices(), readonly: false },
        {
          path: '/sys/class/net',
          source: () => new LiveDirectory(() => classNetDirectory(network).entries),
          readonly: true,
        },
        ...mounts,
      ],
    });
    if (options.changed !== undefined) files.changed = (path) => options.changed!(path);
    this.files = files;
  }

  now(): number {
    return this.engine.now;
  }

  writeLog(): void {}

  /** Runs a command (none: a login shell) with a client's streams. */
  run(command: readonly string[], request: StreamRequest): StreamSession {
    const onEnd = (end: StreamEnd) => {
      if (this.isUp()) {
        request.onEnd(end);
        return;
      }
      const shown = request.tty ? request.stdout : request.stderr;
      shown?.write(`Connection to ${this.name} closed by remote host.${request.tty ? '\r' : ''}\n`);
      request.onEnd({ exitCode: 255 });
    };
    return execSession(this, command.length === 0 ? ['bash'] : command, { ...request, onEnd });
  }

  execute(
    command: readonly string[],
    streams: { stdin: Input; stdout: Output; stderr: Output },
    terminal?: Terminal,
  ): ContainerProcess {
    let resolved: { program: Program; argv: readonly string[] };
    try {
      resolved = resolveProgram(this.files, command, PATH, HOME);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      resolved = { argv: command, program: missing };
    }
    const env = {
      PATH,
      HOME,
      USER: 'root',
      LOGNAME: 'root',
      SHELL: '/bin/bash',
      HOSTNAME: this.name,
      PS1: '\\u@\\h:\\w\\$ ',
      ...(terminal === undefined ? {} : { TERM: 'xterm' }),
    };
    return new ContainerProcess(this, { ...resolved, env, cwd: HOME, ...streams, parent: 1, terminal });
  }
}

const missing: Program = function* notFound(process) {
  yield* [];
  process.stderr.write(`bash: ${process.argv[0] ?? ''}: command not found\n`);
  return 127;
};

/** The shell on a node. `programs` are those of its disk, by name. */
export function nodeLogin(node: NodeMachine, programs: Readonly<Record<string, Program>>): MachineLogin {
  const { runtime, root } = node;
  furnish(node, programs, runtime.engine.now);
  const networkFileChanged = node.showNetworkFiles();
  runtime.nodeNamespace.daemons = () => daemonsOf(node);
  const view = {
    cgroup: new Cgroup(runtime.engine, runtime.machine.cpus, {}),
    namespace: runtime.nodeNamespace,
  };
  return new MachineLogin({
    engine: runtime.engine,
    name: node.name,
    machine: runtime.machine,
    network: node.stack,
    namespace: runtime.nodeNamespace,
    root,
    disk: node.disk,
    mounts: [
      { path: '/sys/fs/cgroup', source: () => cgroupDirectory(node, view), readonly: true },
      { path: '/var/log/pods', source: () => podLogs(node), readonly: true },
      { path: '/var/log/containers', source: () => containerLogs(node), readonly: true },
    ],
    isUp: () => node.isPowered,
    changed: (path) => {
      const { kubelet } = node;
      if (kubelet !== undefined && path.startsWith(kubelet.configuration.staticPodPath)) kubelet.readManifests();
      networkFileChanged(path);
    },
  });
}
