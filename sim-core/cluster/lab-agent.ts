import { controllerReference, type Node, type Pod } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import { Client, Informer, type Transport } from '../client/index.ts';
import { type Engine, formatMicroTime, formatTime, MILLISECOND, SECOND, type Timer } from '../engine/index.ts';
import { leases } from '../resources/lease.ts';
import { nodes } from '../resources/node.ts';
import { pods } from '../resources/pod.ts';
import type { NodeSpec } from './presets.ts';
import type { Identity } from './transport.ts';

/** The annotation that stops a laboratory node's kubelet while it is there. */
const STOPPED = 'lab/kubelet';
const START_TIME = 300 * MILLISECOND;
const LONGEST_END = SECOND;
/** As short as the monitoring of nodes in the recording: nodes count as lost after 8 s. */
const LEASE_PERIOD = 2 * SECOND;

const RESOURCES = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' };
/** What every machine of the laboratory is like, also one whose Node a learner makes. */
const MACHINE: Pick<Node['status'], 'capacity' | 'allocatable' | 'nodeInfo'> = {
  capacity: RESOURCES,
  allocatable: RESOURCES,
  nodeInfo: {
    architecture: 'amd64',
    bootID: '',
    containerRuntimeVersion: 'containerd://1.7.13',
    kernelVersion: '6.1.0-lab',
    kubeProxyVersion: 'v1.28.7',
    kubeletVersion: 'v1.28.7',
    machineID: '',
    operatingSystem: 'linux',
    osImage: 'Lab Linux 1.0',
    systemUUID: '',
  },
};

/** What a laboratory pod's container does, read off its command. */
type Fate =
  | { readonly kind: 'runs' }
  | { readonly kind: 'ends'; readonly after: number; readonly code: number }
  | { readonly kind: 'no-image' };

/**
 * The stand-in for kubelets in the cluster on which the golden transcripts were recorded: it runs no containers, but reports pods
 * as running, ready, finished or stuck by the rules written down with the recordings. Only the preset `lab` has it.
 */
export class LabAgent {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly pods: Informer<Pod>;
  private readonly nodes: Informer<Node>;
  private readonly timers = new Map<string, Timer>();
  private addresses = 2;

  constructor(engine: Engine, connect: (identity: Identity) => Transport) {
    this.engine = engine;
    this.client = new Client(connect({ username: 'lab-agent', groups: ['system:masters'], userAgent: 'kubelet' }));
    this.pods = new Informer(engine, this.client, pods);
    this.nodes = new Informer(engine, this.client, nodes);
  }

  /** Registers the machines and begins to look after pods. */
  start(specs: readonly NodeSpec[]): void {
    for (const spec of specs) this.register(spec);
    this.nodes.addHandler({
      added: (node) => this.readyNode(node),
      updated: (node, old) => {
        if (isStopped(old) && !isStopped(node)) {
          this.readyNode(node);
          for (const pod of this.pods.list()) this.consider(pod);
        }
      },
    });
    this.pods.addHandler({ added: (pod) => this.consider(pod), updated: (pod) => this.consider(pod) });
    this.nodes.start();
    this.pods.start();
    this.beat();
  }

  private register(spec: NodeSpec): void {
    const controlPlane = 'node-role.kubernetes.io/control-plane';
    const isControlPlane = spec.role === 'control-plane';
    const labels: Record<string, string> = {
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': spec.name,
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/region': 'lab',
      'topology.kubernetes.io/zone': spec.zone ?? 'zone-a',
      ...(isControlPlane ? { [controlPlane]: '' } : {}),
    };
    this.client.create(nodes, {
      metadata: { name: spec.name, labels },
      spec: isControlPlane ? { taints: [{ key: controlPlane, effect: 'NoSchedule' }] } : {},
      status: {
        ...MACHINE,
        addresses: [
          { type: 'InternalIP', address: spec.address },
          { type: 'Hostname', address: spec.name },
        ],
      },
    });
  }

  private readyNode(node: Node): void {
    if (isStopped(node)) return;
    const time = formatTime(this.engine.now);
    const condition = (type: string, status: string, reason: string, message: string) => ({
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    });
    const conditions = [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ];
    this.attempt(() => {
      const current = this.client.get(nodes, undefined, node.metadata.name);
      this.client.updateStatus(nodes, { ...current, status: { ...machineOf(current), conditions } });
      this.renew(current);
    });
  }

  private beat(): void {
    for (const node of this.nodes.list()) if (!isStopped(node)) this.attempt(() => this.renew(node));
    this.engine.background(LEASE_PERIOD, () => this.beat());
  }

  private renew(node: Node): void {
    const { name } = node.metadata;
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(this.engine.now) };
    try {
      const lease = this.client.get(leases, 'kube-node-lease', name);
      this.client.update(leases, { ...lease, spec });
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
      const { controller: _, blockOwnerDeletion: __, ...owner } = controllerReference(node);
      this.client.create(leases, { metadata: { name, namespace: 'kube-node-lease', ownerReferences: [owner] }, spec });
    }
  }

  private consider(pod: Pod): void {
    const node = this.nodes.get(undefined, pod.spec.nodeName ?? '');
    if (node === undefined || isStopped(node) || this.timers.get(pod.metadata.uid)?.run !== undefined) return;
    const { phase = 'Pending' } = pod.status;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * SECOND;
      this.later(pod, Math.min(grace, LONGEST_END), () => this.end(pod));
    } else if (phase === 'Pending' && pod.status.containerStatuses === undefined) {
      this.later(pod, START_TIME / 2, () => this.begin(pod));
    }
  }

  private later(pod: Pod, delay: number, run: () => void): void {
    const { uid } = pod.metadata;
    const timer = this.engine.after(
      delay,
      () => {
        this.timers.delete(uid);
        this.attempt(run);
        if (this.isGoing(pod)) this.consider(this.pods.getByKey(`${pod.metadata.namespace}/${pod.metadata.name}`)!);
      },
      'work',
    );
    this.timers.set(uid, timer);
  }

  private end({ metadata }: Pod): void {
    this.client.delete(pods, metadata.namespace, metadata.name, { gracePeriodSeconds: 0, uid: metadata.uid });
  }

  private begin(pod: Pod): void {
    if (this.isGoing(pod)) return;
    const fate = fateOf(pod);
    if (fate.kind === 'no-image') {
      this.report(pod, 'Pending', { waiting: { reason: 'ErrImagePull', message: 'image not found' } }, false);
      this.later(pod, 2 * SECOND, () =>
        this.report(pod, 'Pending', { waiting: { reason: 'ImagePullBackOff', message: 'image not found' } }, false),
      );
      return;
    }
    const startedAt = formatTime(this.engine.now);
    this.report(pod, 'Running', { running: { startedAt } }, !neverReady(pod));
    if (fate.kind === 'ends') this.later(pod, fate.after, () => this.finish(pod, fate.code, startedAt));
  }

  /** Whether a pod is being deleted: nothing more is started for it. */
  private isGoing({ metadata }: Pod): boolean {
    const now = this.pods.getByKey(`${metadata.namespace}/${metadata.name}`);
    return now?.metadata.uid === metadata.uid && now.metadata.deletionTimestamp !== undefined;
  }

  private finish(pod: Pod, code: number, startedAt: string): void {
    if (this.isGoing(pod)) return;
    const { restartPolicy } = pod.spec;
    const finishedAt = formatTime(this.engine.now);
    const terminated = { exitCode: code, reason: code === 0 ? 'Completed' : 'Error', startedAt, finishedAt };
    if (restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && code === 0)) {
      this.report(pod, code === 0 ? 'Succeeded' : 'Failed', { terminated }, false);
      return;
    }
    this.report(pod, 'Running', { waiting: { reason: 'CrashLoopBackOff' } }, false, 1);
    this.later(pod, SECOND, () => this.begin(pod));
  }

  private report(pod: Pod, phase: string, state: Record<string, unknown>, ready: boolean, restarts = 0): void {
    const current = this.client.get(pods, pod.metadata.namespace, pod.metadata.name);
    if (current.metadata.uid !== pod.metadata.uid) return;
    const time = formatTime(this.engine.now);
    const before = new Map((current.status.conditions ?? []).map((condition) => [condition.type, condition]));
    const condition = (type: string, yes: boolean, reason?: string) => {
      const status = yes ? 'True' : 'False';
      const old = before.get(type);
      const lastTransitionTime = old?.status === status ? old.lastTransitionTime : time;
      return {
        type,
        status,
        lastProbeTime: null as unknown as string,
        lastTransitionTime,
        ...(reason === undefined ? {} : { reason }),
      };
    };
    const done = phase === 'Succeeded';
    const why = ready ? undefined : done ? 'PodCompleted' : 'ContainersNotReady';
    const statuses = pod.spec.containers.map((container) => {
      const had = current.status.containerStatuses?.find(({ name }) => name === container.name);
      return {
        name: container.name,
        image: container.image ?? '',
        imageID: '',
        ready,
        started: 'running' in state,
        restartCount: (had?.restartCount ?? 0) + restarts,
        state,
        lastState: {},
      };
    });
    const host = this.nodes.get(undefined, pod.spec.nodeName!)?.status.addresses?.[0]?.address ?? '';
    const podIP = current.status.podIP ?? `10.244.${this.addresses >> 8}.${this.addresses++ & 255}`;
    this.client.updateStatus(pods, {
      ...current,
      status: {
        ...current.status,
        phase,
        conditions: [
          condition('Initialized', true, done ? 'PodCompleted' : undefined),
          before.get('PodScheduled') ?? condition('PodScheduled', true),
          condition('Ready', ready, why),
          condition('ContainersReady', ready, why),
        ],
        containerStatuses: statuses as NonNullable<Pod['status']['containerStatuses']>,
        hostIP: host,
        podIP,
        podIPs: [{ ip: podIP }],
        startTime: current.status.startTime ?? time,
      },
    });
  }

  /** Objects come and go under the agent's hands; what is refused is left. */
  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
}

/** A node's status with what its machine is, where it does not say so itself. */
function machineOf({ status }: Node): Node['status'] {
  const { nodeInfo } = status;
  return { ...MACHINE, ...status, nodeInfo: (nodeInfo?.kubeletVersion ?? '') === '' ? MACHINE.nodeInfo : nodeInfo };
}

function isStopped(node: Node): boolean {
  return node.metadata.annotations?.[STOPPED] === 'stopped';
}

function neverReady(pod: Pod): boolean {
  return pod.spec.containers.some(
    ({ readinessProbe }) => readinessProbe?.exec?.command?.some((word) => word.includes('false')) === true,
  );
}

function fateOf(pod: Pod): Fate {
  for (const { image = '', command = [], args = [] } of pod.spec.containers) {
    if (image.includes('nosuch')) return { kind: 'no-image' };
    const line = [...command, ...args].join(' ');
    const code = Number(/\bexit (\d+)/.exec(line)?.[1] ?? (/\bfalse\b/.test(line) ? 1 : 0));
    const seconds = Number(/\bsleep (\d+)/.exec(line)?.[1] ?? Number.NaN);
    if (seconds > 10) continue;
    if (seconds <= 10) return { kind: 'ends', after: seconds * SECOND, code };
    if (/\bexit \d+|\btrue\b|\bfalse\b/.test(line)) return { kind: 'ends', after: 400 * MILLISECOND, code };
  }
  return { kind: 'runs' };
}
