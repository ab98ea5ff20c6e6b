import type { Transport } from '../client/index.ts';
import { type Engine, SECOND, type Timer } from '../engine/index.ts';
import { Directory, RegularFile, Space } from '../images/file-node.ts';
import type { Architecture, Machine, NetworkStack } from '../images/process.ts';
import type { Registries } from '../images/registry.ts';
import type { NetworkPlugin } from './cri/network-plugin.ts';
import { Journal, kubeletError, kubeletRemark, PlegLine } from './journal.ts';
import { KUBEADM_CONFIGURATION, type KubeletStartup, type Remark } from './kubelet/configuration.ts';
import { Kubelet, type KubeletOptions } from './kubelet/kubelet.ts';
import type { ProbeShortcut } from './kubelet/probe-manager.ts';
import { serveKubelet } from './kubelet/serve.ts';
import { containerLogs, podLogs } from './log-files.ts';
import { Containerd, ImageStore } from './runtime/index.ts';

/** A node's place in the cluster's network. */
export interface NodeNetwork {
  /** What the node's own processes see. */
  readonly stack: NetworkStack;
  /** Connects its pods. */
  readonly plugin: NetworkPlugin;
  readonly shortcut?: ProbeShortcut;
  /** The machine went down or came up, or its cable was pulled or plugged. */
  setUp?(up: boolean): void;
}

/** The kubelet's way to the API server; `blocked` says why there is none just now. */
export interface KubeletIdentity {
  readonly username: string;
  readonly userAgent: string;
  blocked(): string | undefined;
}

type FromKubelet = Pick<
  KubeletOptions,
  'labels' | 'annotations' | 'taints' | 'providerId' | 'resolver' | 'osImage' | 'storage' | 'parseManifest' | 'furnish'
>;

export interface NodeMachineOptions extends FromKubelet {
  readonly engine: Engine;
  readonly name: string;
  /** On the machines' network, the primary one first. */
  readonly addresses: readonly string[];
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes; default 100 GiB. */
  readonly diskSize?: number;
  readonly architecture?: Architecture;
  readonly registries: Registries;
  readonly network: NodeNetwork;
  connect(identity: KubeletIdentity): Transport & { cut(): void };
  /** What its kubelet reads of the machine's files whenever it starts; without it, it has kubeadm's configuration. */
  startup?(root: Directory, machine: Machine, disk: number): KubeletStartup;
  /** Static pods' manifests by file name. */
  readonly manifests?: Readonly<Record<string, string>>;
  /** RuntimeClass handlers that its runtime knows beside the default one. */
  readonly runtimeHandlers?: readonly string[];
}

/** How the kubelet's event generator calls what the runtime tells. */
const EVENT_TYPES: Readonly<Record<string, string>> = {
  CONTAINER_STARTED_EVENT: 'ContainerStarted',
  CONTAINER_STOPPED_EVENT: 'ContainerDied',
};

const GIB = 1024 ** 3;
const KERNEL = '6.8.0-51-generic';
/** Memory of the node's own processes: operating system, runtime, kubelet. */
const SYSTEM_MEMORY = 400 * 1024 * 1024;
/** What the operating system takes of the disk. */
const SYSTEM_DISK = 4 * GIB;
/** Time from losing power, or being told to restart, to the kubelet's start. */
const BOOT_TIME = 30 * SECOND;
/** systemd brings the kubelet back when it ends without having been told to (RestartSec in kubeadm's kubelet.service). */
const RESTART_AFTER = 10 * SECOND;

/** A machine of the cluster: disk, runtime, kubelet, and all that can befall it. It runs from `start` on. */
export class NodeMachine {
  readonly name: string;
  readonly disk: Space;
  /** Its file tree, as hostPath volumes see it. */
  readonly root = new Directory();
  readonly images: ImageStore;
  readonly runtime: Containerd;
  /** What its services write down. */
  readonly journal = new Journal();
  /** When the kubelet's service was last started or stopped. */
  kubeletSince: number;
  private readonly options: NodeMachineOptions;
  private readonly machine: { -readonly [K in keyof Machine]: Machine[K] };
  private readonly machineId: string;
  private bootId: string;
  private running: Kubelet | undefined;
  /** What holds the kubelet's sockets. */
  kubeletNetwork: ReturnType<typeof serveKubelet>;
  private transport: (Transport & { cut(): void }) | undefined;
  private powered = false;
  private cable = true;
  private booting: Timer | undefined;
  /** systemd is about to bring the kubelet back. */
  private restarting: Timer | undefined;
  /** Whether that is because it found its files wanting. */
  private failed = false;
  /** How often systemd has done so. */
  private restarts = 0;
  /** Bytes that a fault has filled the disk with. */
  private filled = 0;

  constructor(options: NodeMachineOptions) {
    const { engine, name, cpus, memory, architecture = 'amd64', diskSize = 100 * GIB, registries, network } = options;
    this.options = options;
    this.name = name;
    this.disk = new Space(diskSize);
    this.disk.take(SYSTEM_DISK, 0);
    const identity = engine.random(`machine/${name}`);
    this.machineId = identity.hex(32);
    this.bootId = identity.uuid();
    this.machine = { architecture, cpus, memory, kernel: KERNEL, bootedAt: engine.now };
    this.kubeletSince = engine.now;
    const actor = `containerd/${name}`;
    this.images = new ImageStore({
      engine,
      actor,
      registries,
      architecture,
      disk: this.disk,
      uplink: () => (this.cable ? undefined : 'network is unreachable'),
    });
    this.runtime = new Containerd({
      engine,
      nodeName: name,
      images: this.images,
      network: network.plugin,
      machine: this.machine,
      disk: this.disk,
      hasFile: (path) => this.root.find(path) !== undefined,
      ...(options.runtimeHandlers === undefined ? {} : { runtimeHandlers: options.runtimeHandlers }),
    });
    this.runtime.getContainerEvents((event) => {
      if (this.running === undefined) return;
      const sandbox = this.runtime.listPodSandbox({ id: event.podSandboxId })[0];
      const type = EVENT_TYPES[event.type];
      if (sandbox === undefined || type === undefined) return;
      this.journal.write(new PlegLine(engine.now, sandbox.metadata, type, event.containerId));
    });
    // Where agents look for what containers say.
    this.root.put('var/log/pods', podLogs(this));
    this.root.put('var/log/containers', containerLogs(this));
    for (const [file, text] of Object.entries(options.manifests ?? {})) {
      this.root.put(`/etc/kubernetes/manifests/${file}`, new RegularFile(text, { modified: engine.now }));
    }
  }

  /** The running kubelet; `undefined` while it is stopped. */
  get kubelet(): Kubelet | undefined {
    return this.running;
  }

  /** Its primary address on the machines' network. */
  get address(): string {
    return this.options.addresses[0] ?? '';
  }

  /** Shows the files of its network on its disk; answers what is to hear of changed paths. */
  showNetworkFiles(): (path: string) => void {
    return this.options.network.plugin.onDisk?.(this.root) ?? (() => {});
  }

  /** What its own processes see of the network. */
  get stack(): NetworkStack {
    return this.options.network.stack;
  }

  /** When it was last switched on. */
  get bootedAt(): number {
    return this.machine.bootedAt;
  }

  get isPowered(): boolean {
    return this.powered;
  }

  get isConnected(): boolean {
    return this.powered && this.cable;
  }

  /** Switches the machine on for the first time. */
  start(): void {
    this.powered = true;
    this.startKubelet();
  }

  /** It loses its power: everything on it is gone at once, and nobody is told. */
  powerOff(): void {
    if (!this.powered) return;
    this.told('power off');
    this.powered = false;
    this.options.engine.cancel(this.booting);
    this.cancelRestart();
    this.haltKubelet();
    this.runtime.powerOff();
    for (const process of [...this.runtime.nodeNamespace.processes]) process.signal('SIGKILL', 'outside');
    this.options.network.setUp?.(false);
  }

  /** Its power is back: it boots. What was on its disk is there, its containers have ended. */
  powerOn(): void {
    if (this.powered) return;
    this.told('power on');
    this.boot();
  }

  /** The system shuts down: with shutdownGracePeriod its kubelet holds it up until the pods have ended, then `then` is called. */
  shutDown(then: () => void): void {
    const { running } = this;
    if (running === undefined || running.configuration.shutdownGracePeriod === 0) then();
    else running.shutDownInOrder(() => this.powered && then());
  }

  /** Restarts it. With `grace`, its pods are told first and have so many seconds to end. */
  reboot(grace = 0): void {
    const { engine } = this.options;
    if (!this.powered) return;
    this.told('reboot');
    // Without a grace period (shutdownGracePeriod) the kubelet does not take part.
    if (grace > 0) this.running?.shutDown(grace);
    engine.after(grace * SECOND, () => {
      this.powerOff();
      this.boot();
    });
  }

  /** Pulls its network cable, or plugs it in. */
  setConnected(connected: boolean): void {
    if (this.cable === connected) return;
    this.told(connected ? 'network back' : 'network partition');
    this.cable = connected;
    if (!connected) this.transport?.cut();
    if (this.powered) this.options.network.setUp?.(connected);
  }

  /** Whether the kubelet's process has ended with an error of its own, and not by somebody's signal. */
  get hasKubeletFailed(): boolean {
    return this.failed && this.restarting !== undefined;
  }

  /** Whether the kubelet's process has ended and systemd will bring it back. */
  get isRestartingKubelet(): boolean {
    return this.restarting !== undefined;
  }

  /** Ends the kubelet's process behind systemd's back, which starts it again (Restart=always). */
  killKubelet(signal: 'SIGKILL' | 'SIGTERM'): void {
    if (this.running === undefined) return;
    this.told('kubelet killed');
    if (signal === 'SIGKILL') {
      this.note('kubelet.service: Main process exited, code=killed, status=9/KILL');
      this.note("kubelet.service: Failed with result 'signal'.");
    } else this.note('kubelet.service: Deactivated successfully.');
    this.haltKubelet();
    this.restarting = this.options.engine.after(RESTART_AFTER, () => this.restartKubelet());
  }

  /** Stops the kubelet's service; containers go on. */
  stopKubelet(): void {
    if (this.running === undefined && this.restarting === undefined) return;
    this.cancelRestart();
    this.told('kubelet stop');
    this.restarts = 0;
    this.note('Stopped kubelet.service - kubelet: The Kubernetes Node Agent.');
    this.haltKubelet();
  }

  /** Starts the kubelet's service, if the machine has power and it does not run. */
  startKubelet(): void {
    this.cancelRestart();
    if (!this.powered || this.running !== undefined) return;
    const { options } = this;
    const { engine, name } = options;
    const {
      configuration,
      connect,
      remarks = [],
    } = options.startup?.(this.root, this.machine, this.disk.limit) ?? {
      configuration: KUBEADM_CONFIGURATION,
    };
    this.note('Started kubelet.service - kubelet: The Kubernetes Node Agent.');
    const write = ([severity, text]: Remark) => this.journal.write(kubeletRemark(engine.now, severity, text));
    for (const remark of remarks) write(remark);
    if (configuration === undefined) {
      this.kubeletFailed();
      return;
    }
    this.failed = false;
    this.transport =
      connect?.(write) ??
      options.connect({
        username: `system:node:${name}`,
        userAgent: `kubelet/${name}`,
        blocked: () => (this.cable ? undefined : 'dial tcp: connect: network is unreachable'),
      });
    this.running = new Kubelet({
      ...options,
      configuration,
      engine,
      nodeName: name,
      transport: this.transport,
      runtime: this.runtime,
      images: this.images,
      network: options.network.stack,
      machine: this.machine,
      disk: this.disk,
      root: this.root,
      memoryInUse: () => SYSTEM_MEMORY + this.runtime.memoryInUse,
      machineId: this.machineId,
      bootId: this.bootId,
      logError: (message) => this.journal.write(kubeletError(engine.now, message)),
      ...(options.network.shortcut === undefined ? {} : { probeShortcut: options.network.shortcut }),
    });
    this.running.start();
    this.kubeletNetwork = serveKubelet(options.network.stack, name, configuration);
  }

  /** Fills the disk until so many bytes are free, or frees what it filled when `undefined`. */
  fillDisk(free: number | undefined): void {
    this.told(free === undefined ? 'disk freed' : 'disk full');
    this.disk.take(-this.filled, 0);
    this.filled = free === undefined ? 0 : Math.max(0, this.disk.limit - this.disk.used - free);
    this.disk.take(this.filled, 0);
  }

  /** Writes a static pod's manifest, or removes it: the kubelet sees it at once. */
  writeManifest(file: string, text: string | undefined): void {
    const directory = this.root.ensure('/etc/kubernetes/manifests');
    if (text === undefined) directory.entries.delete(file);
    else directory.entries.set(file, new RegularFile(text, { modified: this.options.engine.now }));
    this.running?.readManifests();
  }

  private boot(): void {
    const { engine, network } = this.options;
    this.booting = engine.after(BOOT_TIME, () => {
      this.bootId = engine.random(`machine/${this.name}`).uuid();
      this.machine.bootedAt = engine.now;
      this.restarts = 0;
      this.powered = true;
      this.runtime.powerOn();
      if (this.cable) network.setUp?.(true);
      this.startKubelet();
    });
  }

  /** The kubelet's process has ended by itself, for what it found in its files: systemd tries again, and again. */
  private kubeletFailed(): void {
    this.note('kubelet.service: Main process exited, code=exited, status=1/FAILURE');
    this.note("kubelet.service: Failed with result 'exit-code'.");
    // Nobody waits for that: it goes on until somebody mends the files.
    this.failed = true;
    this.restarting = this.options.engine.background(RESTART_AFTER, () => this.restartKubelet());
  }

  private restartKubelet(): void {
    this.restarts++;
    this.note(`kubelet.service: Scheduled restart job, restart counter is at ${this.restarts}.`);
    this.startKubelet();
  }

  private cancelRestart(): void {
    this.options.engine.cancel(this.restarting);
    this.restarting = undefined;
  }

  private haltKubelet(): void {
    this.kubeletNetwork?.release();
    this.running?.stop();
    this.running = undefined;
    this.transport?.cut();
    this.transport = undefined;
  }

  /** systemd writes down what became of the kubelet's service. */
  private note(text: string): void {
    const { now } = this.options.engine;
    this.kubeletSince = now;
    this.journal.write({ time: now, unit: 'systemd', text });
  }

  private told(fault: string): void {
    const { engine } = this.options;
    if (engine.trace.enabled) engine.cause = engine.emit('nodeFault', `node/${this.name}`, { node: this.name, fault });
  }
}
