import type { NodeCondition, NodeStatus, Taint } from 'kubernetes-types/core/v1';
import { deepEqual } from '../../api/equality.ts';
import type { Node } from '../../api/objects.ts';
import { isAlreadyExists, isConflict, isNotFound, StatusError } from '../../api/status.ts';
import { KUBERNETES_VERSION } from '../../api/version.ts';
import { type EventSubject, Unreachable } from '../../client/index.ts';
import { formatTime, MILLISECOND, type Micros, SECOND, type Timer } from '../../engine/index.ts';
import { nodes } from '../../resources/node.ts';
import { nodeSubject } from './event-subject.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import type { NodeResources } from './node-resources.ts';
import { networkProblem } from './sync-pod.ts';

export const KUBELET_VERSION = KUBERNETES_VERSION;
/** Until a node is ready for the first time, it is looked at this often, for this long (fastNodeStatusUpdate). */
const FAST_PERIOD: Micros = 100 * MILLISECOND;
const FAST_LIMIT: Micros = 120 * SECOND;
/** Pause between attempts to register (100 ms doubling to 7 s). */
const FIRST_REGISTER_RETRY: Micros = 200 * MILLISECOND;
const LONGEST_REGISTER_RETRY: Micros = 7 * SECOND;

export interface NodeIdentity {
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly providerId: string | undefined;
  readonly machineId: string;
  readonly bootId: string;
  readonly osImage: string;
}

/** What stands against the node, as the eviction manager sees it. */
export interface Pressure {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pid: boolean;
}

/** The kubelet's own node: registers it, and tells how it is (kubelet_node_status.go). */
export class NodeReporter {
  private readonly kubelet: KubeletParts;
  private readonly identity: NodeIdentity;
  private readonly resources: NodeResources;
  private readonly pressure: () => Pressure;
  private readonly node: () => Node | undefined;
  private readonly startedAt: Micros;
  private registered = false;
  private registerRetry = FIRST_REGISTER_RETRY;
  private wasReady = false;
  private lastReport: Micros = 0;
  private last: NodeStatus | undefined;
  /** The little that changes between two looks, in short. */
  private lastGlance = '';
  private wasUnschedulable = false;
  /** The node's resource version when it was last written. */
  private lastVersion = 0;
  private shuttingDown = false;
  private timer: Timer | undefined;

  /** `node`: as last seen in the API. */
  constructor(
    kubelet: KubeletParts,
    identity: NodeIdentity,
    resources: NodeResources,
    pressure: () => Pressure,
    node: () => Node | undefined,
  ) {
    this.kubelet = kubelet;
    this.identity = identity;
    this.resources = resources;
    this.pressure = pressure;
    this.node = node;
    this.startedAt = kubelet.engine.now;
    // It tells of the node that somebody else has made (or will have).
    this.registered = !kubelet.configuration.registerNode;
  }

  get subject(): EventSubject {
    return nodeSubject(this.kubelet.nodeName);
  }

  start(): void {
    this.tick();
  }

  stop(): void {
    this.kubelet.engine.cancel(this.timer);
  }

  /** The node goes down in good order: it says so before it does. */
  announceShutdown(): void {
    this.shuttingDown = true;
    this.report();
  }

  /** Looks at the node now; what has changed is told. */
  update(): void {
    if (this.registered) this.report();
  }

  private tick(): void {
    const { engine } = this.kubelet;
    if (!this.registered) this.register();
    else {
      this.report();
      this.tellSchedulable();
    }
    const fast = !this.wasReady && engine.now - this.startedAt < FAST_LIMIT;
    let period = fast ? FAST_PERIOD : this.kubelet.configuration.nodeStatusUpdateFrequency;
    if (!this.registered) {
      period = this.registerRetry;
      this.registerRetry = Math.min(2 * period, LONGEST_REGISTER_RETRY);
    }
    this.timer = engine.background(period, () => this.tick());
  }

  private register(): void {
    const { client, nodeName, engine } = this.kubelet;
    const { labels, annotations, taints, providerId } = this.identity;
    engine.asWork(() => {
      try {
        const status = this.status(undefined);
        // Every attempt begins with a node of its own, of which nothing was told yet (initialNode).
        this.last = undefined;
        this.tellTransitions(status);
        this.last = status;
        const spec = {
          ...(providerId === undefined ? {} : { providerID: providerId }),
          ...(taints.length === 0 ? {} : { taints: [...taints] }),
        };
        const metadata = {
          name: nodeName,
          labels: this.labels(labels),
          annotations: { ...annotations, 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
        };
        try {
          this.accept(client.create(nodes, { metadata, spec, status }));
        } catch (error) {
          if (!isAlreadyExists(error)) throw error;
          // It was here before: the node keeps its uid, its taints and what others wrote.
          const known = client.get(nodes, undefined, nodeName);
          const merged = { ...known.metadata.labels, ...metadata.labels };
          if (!deepEqual(known.metadata.labels, merged)) {
            client.update(nodes, { ...known, metadata: { ...known.metadata, labels: merged } });
          }
          this.last = known.status;
          this.tellReboot(known);
        }
        this.registered = true;
        this.report();
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    });
  }

  /** The machine was switched off and on again since the node was last heard of. */
  private tellReboot({ status }: Node): void {
    const { events, nodeName } = this.kubelet;
    const { bootId } = this.identity;
    if ((status.nodeInfo?.bootID ?? bootId) === bootId) return;
    events.warning(this.subject, 'Rebooted', `Node ${nodeName} has been rebooted, boot id: ${bootId}`);
  }

  /** Someone cordoned the node or took it back (recordNodeSchedulableEvent). */
  private tellSchedulable(): void {
    const unschedulable = this.node()?.spec.unschedulable === true;
    if (unschedulable === this.wasUnschedulable) return;
    this.wasUnschedulable = unschedulable;
    this.tellStatus(unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable');
  }

  private tellStatus(reason: string): void {
    const { engine, events, nodeName } = this.kubelet;
    engine.asWork(() => events.normal(this.subject, reason, `Node ${nodeName} status is now: ${reason}`));
  }

  private labels(own: Readonly<Record<string, string>>): Record<string, string> {
    const { architecture } = this.kubelet.machine;
    return {
      'beta.kubernetes.io/arch': architecture,
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': architecture,
      'kubernetes.io/hostname': this.identity.hostname,
      'kubernetes.io/os': 'linux',
      ...own,
    };
  }

  /** Writes the status when it differs from the last, or the last is five minutes old. */
  private report(): void {
    const { engine } = this.kubelet;
    const { nodeStatusReportFrequency } = this.kubelet.configuration;
    this.heedOthers();
    const glance = this.glance();
    if (
      this.last !== undefined &&
      glance === this.lastGlance &&
      engine.now - this.lastReport < nodeStatusReportFrequency
    )
      return;
    this.lastGlance = glance;
    const status = this.status(this.last);
    const changed = this.last === undefined || !sameButHeartbeats(this.last, status);
    if (!changed && engine.now - this.lastReport < nodeStatusReportFrequency) return;
    if (changed) engine.asWork(() => this.write(status));
    else this.write(status);
  }

  /** Others wrote conditions since, as the node controller does when it hears nothing: what is told next is told to them (tryUpdateNodeStatus). */
  private heedOthers(): void {
    const seen = this.node();
    if (seen === undefined || this.last === undefined) return;
    if (Number(seen.metadata.resourceVersion) <= this.lastVersion) return;
    const theirs = seen.status.conditions ?? [];
    const own = this.last.conditions ?? [];
    if (own.every(({ type, status }) => theirs.find((one) => one.type === type)?.status === status)) return;
    this.last = seen.status;
    this.lastGlance = '';
  }

  private glance(): string {
    const { memory, disk, pid } = this.pressure();
    const network = networkProblem(this.kubelet) ?? '';
    const { names } = this.kubelet.volumeHost.inUse;
    const extended = Object.entries(this.extended()).flat().join(' ');
    return `${memory} ${disk} ${pid} ${this.shuttingDown} ${this.kubelet.images.listImages().length} ${network} ${names.join(' ')} ${extended}`;
  }

  /** Resources that somebody else says the node has (extended resources): their capacity stays, and all of it can be had. */
  private extended(): Record<string, string> {
    const { capacity } = this.resources;
    const found: Record<string, string> = {};
    const all = this.node()?.status.capacity;
    for (const name in all) if (!Object.hasOwn(capacity, name)) found[name] = all[name]!;
    return found;
  }

  private write(status: NodeStatus): void {
    const { client, nodeName } = this.kubelet;
    try {
      const known = client.get(nodes, undefined, nodeName);
      const { volumesAttached } = known.status;
      const next = volumesAttached === undefined ? status : { ...status, volumesAttached };
      this.accept(client.updateStatus(nodes, { ...known, status: next }));
    } catch (error) {
      // Deleted by someone: the node comes back as a new one.
      this.lastGlance = '';
      if (isNotFound(error)) this.registered = !this.kubelet.configuration.registerNode;
      else if (!isRefusal(error) && !isConflict(error)) throw error;
    }
  }

  private accept(node: Node): void {
    const { metadata, status } = node;
    this.tellTransitions(status);
    this.lastVersion = Number(metadata.resourceVersion);
    this.last = status;
    this.lastReport = this.kubelet.engine.now;
  }

  /** Events for what has become of the node: `Node worker-1 status is now: NodeReady`. */
  private tellTransitions({ conditions = [] }: NodeStatus): void {
    for (const { type, status } of conditions) {
      const before = this.last?.conditions?.find((condition) => condition.type === type);
      if (before?.status === status) continue;
      const reason = EVENT_REASONS[type]?.[status === 'True' ? 0 : 1];
      if (reason === undefined || (before === undefined && type === 'Ready')) continue;
      this.tellStatus(reason);
    }
    if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) this.wasReady = true;
  }

  private status(before: NodeStatus | undefined): NodeStatus {
    const { hostIps, machine, runtime, engine } = this.kubelet;
    const { hostname, machineId, bootId, osImage } = this.identity;
    const { runtimeName, runtimeVersion } = runtime.version();
    const { capacity, allocatable } = this.resources;
    const handlers = runtime.status().runtimeHandlers;
    const extended = this.extended();
    const status = {
      addresses: [
        ...hostIps.map((address) => ({ address, type: 'InternalIP' })),
        { address: hostname, type: 'Hostname' },
      ],
      allocatable: { ...allocatable, ...extended },
      capacity: { ...capacity, ...extended },
      conditions: this.conditions(before, formatTime(engine.now)),
      daemonEndpoints: { kubeletEndpoint: { Port: this.kubelet.configuration.port } },
      features: { supplementalGroupsPolicy: true },
      images: this.images(),
      nodeInfo: {
        architecture: machine.architecture,
        bootID: bootId,
        containerRuntimeVersion: `${runtimeName}://${runtimeVersion.replace(/^v/, '')}`,
        kernelVersion: machine.kernel,
        kubeProxyVersion: '',
        kubeletVersion: KUBELET_VERSION,
        machineID: machineId,
        operatingSystem: 'linux',
        osImage,
        systemUUID: machineId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      },
      runtimeHandlers: handlers.map((name) => ({
        features: { recursiveReadOnlyMounts: true, userNamespaces: false },
        name,
      })),
    };
    const { names } = this.kubelet.volumeHost.inUse;
    return (names.length === 0 ? status : { ...status, volumesInUse: names }) as NodeStatus;
  }

  private images(): { names: string[]; sizeBytes: number }[] {
    const list = this.kubelet.images.listImages();
    const { nodeStatusMaxImages } = this.kubelet.configuration;
    return [...list]
      .sort((a, b) => b.size - a.size)
      .slice(0, nodeStatusMaxImages < 0 ? undefined : nodeStatusMaxImages)
      .map(({ repoDigests, repoTags, size }) => ({
        names: [...repoDigests, ...repoTags].slice(0, 5),
        sizeBytes: size,
      }));
  }

  private conditions(before: NodeStatus | undefined, now: string): NodeCondition[] {
    const { memory, disk, pid } = this.pressure();
    const network = this.shuttingDown ? 'node is shutting down' : networkProblem(this.kubelet);
    const fresh: [string, boolean, string, string][] = [
      memory
        ? ['MemoryPressure', true, 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']
        : ['MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
      disk
        ? ['DiskPressure', true, 'KubeletHasDiskPressure', 'kubelet has disk pressure']
        : ['DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      pid
        ? ['PIDPressure', true, 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available']
        : ['PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
      network === undefined
        ? ['Ready', true, 'KubeletReady', 'kubelet is posting ready status']
        : ['Ready', false, 'KubeletNotReady', network],
    ];
    const others = (before?.conditions ?? []).filter(({ type }) => !fresh.some(([own]) => own === type));
    return [
      ...others,
      ...fresh.map(([type, value, reason, message]) => {
        const status = value ? 'True' : 'False';
        const old = before?.conditions?.find((condition) => condition.type === type);
        const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
        return { lastHeartbeatTime: now, lastTransitionTime, message, reason, status, type };
      }),
    ];
  }
}

/** Event reasons of conditions that have become True, and False. */
const EVENT_REASONS: Readonly<Partial<Record<string, readonly [string, string]>>> = {
  MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
  DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'],
  PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'],
  Ready: ['NodeReady', 'NodeNotReady'],
};

function isRefusal(error: unknown): boolean {
  return error instanceof StatusError || error instanceof Unreachable;
}

/** nodeStatusHasChanged */
function sameButHeartbeats(left: NodeStatus, right: NodeStatus): boolean {
  const plain = ({ volumesAttached: _, ...status }: NodeStatus) => ({
    ...status,
    conditions: status.conditions?.map(({ lastHeartbeatTime: _heartbeat, ...condition }) => condition),
  });
  return deepEqual(plain(left), plain(right));
}
