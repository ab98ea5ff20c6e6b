import type { Taint } from 'kubernetes-types/core/v1';
import type { ConfigMap, Node, Pod, Secret, Service } from '../../api/objects.ts';
import { StatusError } from '../../api/status.ts';
import { Client, EventRecorder, Informer, type Transport, Unreachable } from '../../client/index.ts';
import { type Coroutine, type Engine, MINUTE, type Micros, Task, type Timer } from '../../engine/index.ts';
import type { Directory, Space } from '../../images/file-node.ts';
import type { Machine, NetworkStack } from '../../images/process.ts';
import { configMaps } from '../../resources/config-map.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { runtimeClasses } from '../../resources/runtime-class.ts';
import { secrets } from '../../resources/secret.ts';
import { services } from '../../resources/service.ts';
import type { ImageService } from '../cri/image-service.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import type { DNSConfig } from '../cri/sandbox.ts';
import type { NodeStorage } from '../storage.ts';
import type { KubeletConfiguration } from './configuration.ts';
import { CsiRegistration } from './csi-registration.ts';
import type { PodSurroundings } from './downward.ts';
import type { EnvironmentSources } from './environment.ts';
import { nodeSubject } from './event-subject.ts';
import { EvictionManager } from './eviction.ts';
import { ImageCollector } from './image-gc.ts';
import { ImageManager } from './image-manager.ts';
import { NodeLease } from './node-lease.ts';
import { type NodeResources, nodeResources } from './node-resources.ts';
import { endPodsInOrder, SHUTDOWN } from './node-shutdown.ts';
import { NodeReporter, type Pressure } from './node-status.ts';
import { ObjectCache } from './object-cache.ts';
import { Pleg } from './pleg.ts';
import { PodManager, type PodManagerParts } from './pod-manager.ts';
import type { PodWorker } from './pod-worker.ts';
import { ProbeManager, type ProbeShortcut } from './probe-manager.ts';
import { NodeDns } from './sandbox-config.ts';
import { KubeletServer } from './server.ts';
import { ServiceEnvironment } from './service-environment.ts';
import { type ManifestParser, StaticPods } from './static-pods.ts';
import { StatusManager } from './status-manager.ts';
import { syncPod } from './sync-pod.ts';
import { terminatePod } from './terminate-pod.ts';
import './trace.ts';
import { volumeHost } from './volumes/host.ts';
import type { VolumeHost } from './volumes/volume.ts';

export interface KubeletOptions {
  readonly engine: Engine;
  readonly nodeName: string;
  /** Addresses of the node, the primary one first. */
  readonly addresses: readonly string[];
  /** The way to the API server, as `system:node:<name>`. */
  readonly transport: Transport;
  readonly runtime: RuntimeService;
  readonly images: ImageService;
  /** The node's own network, from which probes and hooks go out. */
  readonly network: NetworkStack;
  readonly machine: Machine;
  readonly disk: Space;
  /** The node's own file tree. */
  readonly root: Directory;
  /** Puts the operating system's files there, which take up room only when somebody looks. */
  furnish?(): void;
  /** Bytes of memory in use on the node. */
  memoryInUse(): number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly providerId?: string;
  readonly configuration: KubeletConfiguration;
  /** What the node's own /etc/resolv.conf says. */
  readonly resolver?: DNSConfig;
  readonly osImage?: string;
  /** 32 hexadecimal digits that stay with the machine. */
  readonly machineId: string;
  /** A UUID that is new with each boot. */
  readonly bootId: string;
  readonly probeShortcut?: ProbeShortcut;
  readonly storage?: NodeStorage;
  /** Reads static pods' manifests; without it, there are none. */
  readonly parseManifest?: ManifestParser;
  /** Writes down what went wrong, without klog's head: `file.go:187] "…" err="…"`. */
  logError(message: string): void;
}

/** There is no such RuntimeClass. */
class RuntimeClassError extends Error {
  override readonly name = 'RuntimeClassError';
}

const IMAGE_GC_PERIOD = 5 * MINUTE;
/** How often mounted volumes are looked at (syncFrequency). */
const VOLUME_CHECK_PERIOD = MINUTE;
const OS_IMAGE = 'Debian GNU/Linux 12 (bookworm)';
const NODE_RESOLVER: DNSConfig = { servers: ['10.0.0.2'], searches: [], options: [] };

/**
 * The agent of one node: runs the pods that are bound to it, over the CRI, and tells the API server how they and the node
 * are. It goes on running what it runs while no API server answers.
 */
export class Kubelet implements PodManagerParts {
  readonly configuration: KubeletConfiguration;
  readonly engine: Engine;
  readonly actor: string;
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  readonly client: Client;
  readonly events: EventRecorder;
  readonly runtime: RuntimeService;
  readonly images: ImageService;
  readonly network: NetworkStack;
  readonly machine: Machine;
  readonly dns: NodeDns;
  readonly imageManager: ImageManager;
  readonly probes: ProbeManager;
  readonly statuses: StatusManager;
  readonly volumeHost: VolumeHost;
  readonly resources: NodeResources;
  /** What it serves to the API server. */
  readonly server: KubeletServer;
  private readonly options: KubeletOptions;
  readonly podInformer: Informer<Pod>;
  private readonly serviceInformer: Informer<Service>;
  private readonly nodeInformer: Informer<Node>;
  private readonly serviceEnvironment: ServiceEnvironment;
  readonly configMaps: ObjectCache<ConfigMap>;
  readonly secrets: ObjectCache<Secret>;
  private readonly reporter: NodeReporter;
  private readonly lease: NodeLease;
  private readonly csi = new CsiRegistration(this);
  private readonly pleg: Pleg;
  private readonly eviction: EvictionManager;
  private readonly imageCollector: ImageCollector;
  private readonly staticPods: StaticPods | undefined;
  private readonly podManager: PodManager;
  private readonly timers = new Set<{ timer: Timer | undefined }>();
  private podCidr = '';
  shuttingDown = false;
  running = false;

  constructor(options: KubeletOptions) {
    const { engine, nodeName, runtime, images, network, machine, disk, configuration } = options;
    this.options = options;
    this.configuration = configuration;
    this.engine = engine;
    this.nodeName = nodeName;
    this.actor = `kubelet/${nodeName}`;
    this.hostIps = options.addresses;
    this.runtime = runtime;
    this.images = images;
    this.network = network;
    this.machine = machine;
    this.client = new Client(options.transport);
    this.events = new EventRecorder(engine, this.client, { component: 'kubelet', host: nodeName });
    this.dns = new NodeDns(configuration.clusterDns, configuration.clusterDomain, options.resolver ?? NODE_RESOLVER);
    this.resources = nodeResources(machine, disk.limit, configuration);
    this.imageManager = new ImageManager(engine, images, this.events, configuration.maxParallelImagePulls);
    this.probes = new ProbeManager({
      engine,
      runtime,
      network,
      events: this.events,
      actor: this.actor,
      shortcut: options.probeShortcut,
    });
    this.statuses = new StatusManager(engine, this.client, this.actor);
    this.podInformer = new Informer(engine, this.client, pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    this.serviceInformer = new Informer(engine, this.client, services);
    this.nodeInformer = new Informer(engine, this.client, nodes, { fieldSelector: `metadata.name=${nodeName}` });
    this.serviceEnvironment = new ServiceEnvironment(this.serviceInformer);
    this.configMaps = new ObjectCache(engine, this.client, configMaps, (namespace, name) =>
      this.podManager.referenceChanged('configMaps', namespace, name),
    );
    this.secrets = new ObjectCache(engine, this.client, secrets, (namespace, name) =>
      this.podManager.referenceChanged('secrets', namespace, name),
    );
    this.podManager = new PodManager(this);
    this.volumeHost = volumeHost(this, {
      root: options.root,
      furnish: () => options.furnish?.(),
      disk,
      storage: options.storage,
      volumesChanged: () => this.reporter.update(),
      node: () => this.node(),
      configMap: (namespace, name) => this.configMaps.get(namespace, name),
      secret: (namespace, name) => this.secrets.get(namespace, name),
      around: (pod) => {
        const worker = this.podManager.workers.get(pod.metadata.uid);
        return this.surroundings((worker?.status.podIPs ?? []).map(({ ip }) => ip!));
      },
    });
    const subject = nodeSubject(nodeName);
    this.imageCollector = new ImageCollector({
      engine,
      images,
      runtime,
      disk,
      events: this.events,
      subject,
      configuration,
    });
    this.eviction = new EvictionManager({
      kubelet: this,
      disk,
      memoryInUse: () => options.memoryInUse(),
      workers: () => this.podManager.workers.values(),
      limited: () => this.podManager.limited,
      reporter: () => this.reporter,
      images: this.imageCollector,
    });
    this.reporter = new NodeReporter(
      this,
      {
        hostname: nodeName,
        labels: options.labels ?? {},
        annotations: options.annotations ?? {},
        taints: [...(options.taints ?? []), ...configuration.registerWithTaints],
        providerId: options.providerId,
        machineId: options.machineId,
        bootId: options.bootId,
        osImage: options.osImage ?? OS_IMAGE,
      },
      this.resources,
      this.eviction.pressure,
      () => this.node(),
    );
    this.server = new KubeletServer(this);
    this.lease = new NodeLease(this);
    this.pleg = new Pleg(engine, runtime, (uid) => this.podManager.workers.get(uid));
    this.staticPods =
      options.parseManifest === undefined || configuration.staticPodPath === ''
        ? undefined
        : new StaticPods({
            engine,
            nodeName,
            root: options.root,
            path: configuration.staticPodPath,
            period: configuration.fileCheckFrequency,
            parse: options.parseManifest,
            logError: (message) => this.logError(message),
            onAdded: (pod) => this.podManager.addStatic(pod),
            onRemoved: (pod) => this.podManager.removeStatic(pod),
          });
  }

  /** Starts the kubelet: it takes up what the runtime still runs, and then does what the API server asks for. */
  start(): void {
    if (this.running) return;
    this.running = true;
    this.podManager.findContainers();
    this.pleg.start();
    this.events.normal(this.reporter.subject, 'Starting', 'Starting kubelet.');
    this.podInformer.addHandler({
      added: (pod) => this.podManager.podAdded(pod),
      updated: (pod, old) => this.podManager.podUpdated(pod, old),
      deleted: (pod) => this.podManager.podDeleted(pod),
    });
    this.serviceInformer.start();
    this.reporter.start();
    this.nodeInformer.addHandler({
      added: (node) => this.takePodCidr(node),
      updated: (node) => this.takePodCidr(node),
    });
    this.nodeInformer.start();
    this.events.normal(this.reporter.subject, 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
    this.lease.start();
    this.staticPods?.start();
    this.podInformer.start();
    this.eviction.start();
    this.every(IMAGE_GC_PERIOD, () => {
      this.imageCollector.collect();
      this.events.forget();
    });
    if (this.options.storage !== undefined) {
      this.csi.start(this.options.storage.drivers);
      this.every(VOLUME_CHECK_PERIOD, () => {
        for (const worker of this.podManager.workers.values()) worker.volumes?.check();
      });
    }
    this.podManager.removeOrphansLater();
  }

  /** Stops the kubelet's process. What runs goes on running, unwatched. A stopped kubelet is not started again: make a new one. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.podInformer.stop();
    this.serviceInformer.stop();
    this.nodeInformer.stop();
    this.configMaps.stop();
    this.secrets.stop();
    this.reporter.stop();
    this.events.stop();
    this.lease.stop();
    this.csi.stop();
    this.pleg.stop();
    this.eviction.stop();
    this.staticPods?.stop();
    this.statuses.stop();
    for (const { timer } of this.timers) this.engine.cancel(timer);
    for (const worker of this.podManager.workers.values()) worker.stop();
    this.probes.stop();
  }

  /** The node goes down in good order (nodeshutdown.Manager): pods end first, and new ones are refused. */
  shutDown(grace: number): void {
    this.shuttingDown = true;
    this.reporter.announceShutdown();
    for (const worker of [...this.podManager.workers.values()]) worker.terminate({ grace, verdict: SHUTDOWN });
  }

  /** The same by its configuration: `done` is called when the machine may go down. */
  shutDownInOrder(done: () => void): void {
    this.shuttingDown = true;
    this.reporter.announceShutdown();
    endPodsInOrder(this.engine, [...this.podManager.workers.values()], this.configuration, done);
  }

  /** Every pod on the node, in the order of their coming. */
  workers(): Iterable<PodWorker> {
    return this.podManager.workers.values();
  }

  /** The pod of that name on this node. */
  find(namespace: string, name: string): PodWorker | undefined {
    for (const worker of this.podManager.workers.values()) {
      const { metadata } = worker.pod;
      if (metadata.name === name && metadata.namespace === namespace && !worker.removed) return worker;
    }
    return undefined;
  }

  logError(message: string): void {
    this.options.logError(message);
  }

  /** Reads the manifests now, as when a file of theirs is written. */
  readManifests(): void {
    this.staticPods?.read();
  }

  get disk(): Space {
    return this.options.disk;
  }

  memoryInUse(): number {
    return this.options.memoryInUse();
  }

  /** Tells the runtime which addresses the node's pods get, once the control plane has said so. */
  private takePodCidr({ spec }: Node): void {
    const { podCIDR } = spec;
    if (podCIDR === undefined || podCIDR === this.podCidr) return;
    this.podCidr = podCIDR;
    this.runtime.updateRuntimeConfig(podCIDR);
  }

  // What workers ask for.

  syncPod(worker: PodWorker): Coroutine {
    return syncPod(this, worker);
  }

  terminatePod(worker: PodWorker): Coroutine {
    return terminatePod(this, worker);
  }

  /** Of a WorkerHost. */
  nextRelist(): Micros {
    return this.pleg.nextRelist();
  }

  podTerminated(worker: PodWorker): void {
    this.podManager.terminated(worker);
  }

  node(): Node | undefined {
    return this.nodeInformer.get(undefined, this.nodeName);
  }

  pressure(): Pressure {
    return this.eviction.pressure();
  }

  removeContainer(id: string): void {
    new Task(this.engine, this.runtime.removeContainer(id));
  }

  runtimeHandler(name: string): string {
    try {
      return this.client.get(runtimeClasses, undefined, name).handler;
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
      throw new RuntimeClassError(`failed to get sandbox runtime: ${error.message}`);
    }
  }

  environmentSources(_pod: Pod, podIps: readonly string[]): EnvironmentSources {
    return {
      configMap: (namespace, name) => this.configMaps.get(namespace, name),
      secret: (namespace, name) => this.secrets.get(namespace, name),
      services: (asking) => {
        const worker = this.podManager.workers.get(asking.metadata.uid);
        if (worker?.isStatic !== true && !this.serviceEnvironment.synced) {
          throw new Error('services have not yet been read at least once, cannot construct envvars');
        }
        return this.serviceEnvironment.variables(asking.metadata.namespace!, asking.spec.enableServiceLinks !== false);
      },
      around: this.surroundings(podIps),
    };
  }

  private surroundings(podIps: readonly string[]): PodSurroundings {
    return { podIps, hostIps: this.hostIps, allocatable: this.resources.allocatable };
  }

  private every(period: number, run: () => void): void {
    const holder: { timer: Timer | undefined } = { timer: undefined };
    this.timers.add(holder);
    const tick = () => {
      holder.timer = this.engine.background(period, tick);
      run();
    };
    holder.timer = this.engine.background(period, tick);
  }
}
