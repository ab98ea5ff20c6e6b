import type { Container, ContainerStatus, PodStatus, Probe } from 'kubernetes-types/core/v1';
import type { EventRecorder } from '../../client/index.ts';
import { type Engine, type Micros, parseTime, SECOND, Task, type Timer } from '../../engine/index.ts';
import type { NetworkStack } from '../../images/process.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import { resolvePort } from './container-port.ts';
import { containerSubject } from './event-subject.ts';
import type { ProbeVerdict } from './pod-actions.ts';
import type { PodWorker } from './pod-worker.ts';
import { type ProbeOutcome, runProbe } from './prober.ts';

export type ProbeType = 'Liveness' | 'Readiness' | 'Startup';

/**
 * Answers a probe without letting time pass, where the network and the server behind it can: what makes millions of probes
 * affordable. Both answer `undefined` when the probe has to be done in full.
 */
export interface ProbeShortcut {
  /** A plain GET, as the server answers it at once. */
  http(ip: string, port: number, path: string): ProbeAnswer | undefined;
  /** Whether something listens. */
  tcp(ip: string, port: number): boolean | undefined;
  /** What does these, answers to probes of one kubelet, all at once, in this order; `undefined` where they must be done one by one. */
  together(standing: readonly Repeatable[]): Round | undefined;
}

/** Something that was done and can be done once more. */
export interface Repeatable {
  /** Does it once more. Answers false, having done nothing, when it must be done in full. */
  again(): boolean;
}

/** Many that are done at once. */
export interface Round extends Repeatable {
  /** From now on each is done by itself. */
  end(): void;
}

export interface ProbeAnswer {
  readonly status: number;
  /** Where asking the same once more need not be asking in full. */
  readonly standing?: Repeatable | undefined;
}

const DEFAULT_PERIOD = 10;
const DEFAULT_FAILURES = 3;

/** One probe of one container, and what it has found so far (prober.worker). */
export class ContainerProbe {
  readonly worker: PodWorker;
  readonly container: Container;
  readonly spec: Probe;
  readonly type: ProbeType;
  /** The container it has been asking, as in its status: `containerd://…`. */
  containerId = '';
  /** What is held to be true of that container. */
  result: ProbeVerdict;
  /** The last answer, and how often in a row it came until it was held to be true. */
  last: ProbeVerdict;
  run = 0;
  /** When that container started. */
  startedAt: Micros = 0;
  /** Asks no more until there is a new container. */
  onHold = false;
  stopped = false;
  /** The status that said that the container runs and is to be asked: while it is the pod's, nothing else need be looked at. */
  steady: PodStatus | undefined;
  /** What succeeded the last time. */
  standing: Repeatable | undefined;
  task: Task | undefined;
  group: ProbeGroup | undefined;
  /** Port of an httpGet or tcpSocket probe without anything special, which the shortcut may answer; 0: never. */
  readonly plainPort: number;
  /** Its path, for httpGet; `undefined`: tcpSocket. */
  readonly plainPath: string | undefined;

  constructor(worker: PodWorker, container: Container, spec: Probe, type: ProbeType) {
    this.worker = worker;
    this.container = container;
    this.spec = spec;
    this.type = type;
    this.plainPort = plainPort(spec, container);
    this.plainPath = spec.httpGet === undefined ? undefined : (spec.httpGet.path ?? '/');
  }

  /** The pod's status is another: what there is to do at the next tick is to be found out anew. */
  disturbed(): void {
    this.group?.disband();
  }
}

function plainPort({ httpGet, tcpSocket }: Probe, container: Container): number {
  const action = httpGet ?? tcpSocket;
  if (action === undefined || (action.host ?? '') !== '') return 0;
  if (httpGet !== undefined && ((httpGet.httpHeaders?.length ?? 0) > 0 || (httpGet.scheme ?? 'HTTP') !== 'HTTP'))
    return 0;
  try {
    return resolvePort(action.port, container);
  } catch {
    // The full probe tells what is wrong with it.
    return 0;
  }
}

/** Times that a group lets pass at most before it tries again to be asked at once. */
const MOST_PATIENCE = 64;

/** Probes that are due at the same time: one timer serves them all, and where nothing changes they are asked all at once. */
class ProbeGroup {
  readonly key: string;
  readonly period: Micros;
  readonly probes = new Set<ContainerProbe>();
  timer: Timer | undefined;
  private round: Round | undefined;
  /** How many times to let pass before it is tried again to make a round, and how many when that fails. */
  private waits = 0;
  private patience = 1;

  constructor(key: string, period: Micros) {
    this.key = key;
    this.period = period;
  }

  /** Asks all of them at once; false when nothing was asked. */
  askTogether(): boolean {
    if (this.round === undefined) return false;
    if (this.round.again()) return true;
    this.round = undefined;
    return false;
  }

  /** Each of them has just succeeded by what stands: perhaps they can be asked at once from now on. */
  gather(shortcut: ProbeShortcut): void {
    if (this.waits > 0) {
      this.waits--;
      return;
    }
    const standing = [...this.probes].map((probe) => probe.standing!);
    this.round = shortcut.together(standing);
    if (this.round !== undefined) {
      this.patience = 1;
      return;
    }
    this.waits = this.patience;
    this.patience = Math.min(2 * this.patience, MOST_PATIENCE);
  }

  /** They need not be what they were any more. */
  disband(): void {
    this.round?.end();
    this.round = undefined;
  }
}

/**
 * Asks the containers of a node how they are, at the times their probes ask for (prober.Manager). A probe that keeps
 * succeeding leaves no trace and allocates nothing.
 *
 * Ticks fall on whole seconds of the kubelet's own clock, so that the probes of many pods share timers.
 */
export class ProbeManager {
  private readonly engine: Engine;
  private readonly runtime: RuntimeService;
  private readonly network: NetworkStack;
  private readonly events: EventRecorder;
  private readonly actor: string;
  private readonly shortcut: ProbeShortcut | undefined;
  private readonly startedAt: Micros;
  private readonly groups = new Map<string, ProbeGroup>();

  constructor(options: {
    engine: Engine;
    runtime: RuntimeService;
    network: NetworkStack;
    events: EventRecorder;
    actor: string;
    shortcut: ProbeShortcut | undefined;
  }) {
    this.engine = options.engine;
    this.runtime = options.runtime;
    this.network = options.network;
    this.events = options.events;
    this.actor = options.actor;
    this.shortcut = options.shortcut;
    this.startedAt = options.engine.now;
  }

  /** Starts the probes of a pod's containers, sidecars included; nothing happens when they run. */
  add(worker: PodWorker): void {
    if (worker.probes !== undefined) return;
    const { containers, initContainers } = worker.pod.spec;
    for (const container of containers) this.addContainer(worker, container);
    for (const container of initContainers ?? []) {
      if (container.restartPolicy === 'Always') this.addContainer(worker, container);
    }
  }

  /** Ends liveness and startup probes: the pod is on its way out, and only its readiness matters still. */
  stopLiveness(worker: PodWorker): void {
    for (const probe of worker.probes ?? []) if (probe.type !== 'Readiness') this.stopProbe(probe);
  }

  /** Ends all probes of a pod. */
  remove(worker: PodWorker): void {
    for (const probe of worker.probes ?? []) this.stopProbe(probe);
    worker.probes = undefined;
  }

  /** What the probe of that type says of a container; `undefined` when it has no such probe, or it has not said anything yet. */
  verdict(worker: PodWorker, type: ProbeType, name: string, id: string): ProbeVerdict {
    const { probes } = worker;
    if (probes === undefined) return undefined;
    for (const probe of probes) {
      if (probe.type !== type || probe.container.name !== name) continue;
      return probe.containerId.endsWith(id) && probe.containerId !== '' ? probe.result : undefined;
    }
    return undefined;
  }

  /** A pod's status was written: containers that have started and are not ready yet are asked without waiting for the next tick. */
  statusChanged(worker: PodWorker): void {
    for (const probe of worker.probes ?? []) {
      if (probe.type === 'Liveness' || probe.stopped || probe.last !== undefined) continue;
      const status = statusOf(probe);
      if (status?.state?.running === undefined) continue;
      if (probe.type === 'Readiness' && status.started !== true) continue;
      if ((probe.spec.initialDelaySeconds ?? 0) > 0) continue;
      this.engine.after(0, () => this.tick(probe));
    }
  }

  stop(): void {
    for (const group of this.groups.values()) {
      this.engine.cancel(group.timer);
      group.disband();
      for (const probe of group.probes) {
        probe.stopped = true;
        probe.task?.cancel();
      }
    }
    this.groups.clear();
  }

  private addContainer(worker: PodWorker, container: Container): void {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    if (startupProbe !== undefined) this.start(new ContainerProbe(worker, container, startupProbe, 'Startup'));
    if (readinessProbe !== undefined) this.start(new ContainerProbe(worker, container, readinessProbe, 'Readiness'));
    if (livenessProbe !== undefined) this.start(new ContainerProbe(worker, container, livenessProbe, 'Liveness'));
  }

  private start(probe: ContainerProbe): void {
    const { engine } = this;
    worker(probe).push(probe);
    const seconds = probe.spec.periodSeconds ?? DEFAULT_PERIOD;
    const passed = Math.ceil((engine.now - this.startedAt) / SECOND);
    const key = `${seconds}/${passed % seconds}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new ProbeGroup(key, seconds * SECOND);
      this.groups.set(key, group);
      const first = this.startedAt + (passed + seconds) * SECOND;
      this.schedule(group, first - engine.now);
    }
    group.disband();
    group.probes.add(probe);
    probe.group = group;
  }

  private schedule(group: ProbeGroup, delay: Micros): void {
    const run = () => {
      group.timer = this.engine.background(group.period, run);
      this.tickAll(group);
    };
    group.timer = this.engine.background(delay, run);
  }

  private tickAll(group: ProbeGroup): void {
    if (group.askTogether()) return;
    let stands = this.shortcut !== undefined;
    for (const probe of group.probes) if (!this.tick(probe)) stands = false;
    if (stands) group.gather(this.shortcut!);
  }

  private stopProbe(probe: ContainerProbe): void {
    probe.stopped = true;
    probe.task?.cancel();
    probe.task = undefined;
    const { group } = probe;
    if (group === undefined) return;
    probe.group = undefined;
    group.disband();
    group.probes.delete(probe);
    if (group.probes.size > 0) return;
    this.engine.cancel(group.timer);
    this.groups.delete(group.key);
  }

  /** One turn of a probe (prober.worker.doProbe). Answers whether it has succeeded by what stands. */
  private tick(probe: ContainerProbe): boolean {
    if (probe.stopped || probe.task !== undefined) return false;
    if (probe.steady === probe.worker.status) return !probe.onHold && this.ask(probe);
    probe.steady = undefined;
    const status = statusOf(probe);
    const id = status?.containerID;
    if (status === undefined || id === undefined || id === '') return false;
    const { state } = status;
    if (probe.containerId !== id) {
      probe.containerId = id;
      probe.result = probe.type === 'Liveness' ? 'success' : probe.type === 'Readiness' ? 'failure' : undefined;
      probe.last = undefined;
      probe.run = 0;
      probe.standing = undefined;
      probe.onHold = false;
      probe.startedAt = parseTime(state?.running?.startedAt ?? '') ?? this.engine.now;
    }
    if (probe.onHold) return false;
    if (state?.running === undefined) {
      probe.result = 'failure';
      return false;
    }
    const delay = probe.spec.initialDelaySeconds;
    if (delay !== undefined && delay > 0 && this.engine.now - probe.startedAt < delay * SECOND) return false;
    // Startup probes end, and others begin, with the container's having started.
    if ((status.started === true) === (probe.type === 'Startup')) return false;
    probe.steady = probe.worker.status;
    return this.ask(probe);
  }

  /** Answers whether it has succeeded by what stands. */
  private ask(probe: ContainerProbe): boolean {
    if (probe.standing?.again() === true) return true;
    probe.standing = undefined;
    if (this.shortcut !== undefined && probe.plainPort > 0) {
      const ip = probe.worker.status.podIP ?? '';
      const { plainPath } = probe;
      if (plainPath === undefined) {
        if (this.shortcut.tcp(ip, probe.plainPort) === true) {
          this.succeeded(probe);
          return false;
        }
      } else {
        const answer = this.shortcut.http(ip, probe.plainPort, plainPath);
        if (answer !== undefined && answer.status >= 200 && answer.status < 300) {
          this.succeeded(probe);
          if (probe.result === 'success' && answer.standing !== undefined) promise(probe, answer.standing);
          return false;
        }
      }
    }
    const { worker, container, spec } = probe;
    const body = runProbe(this.runtime, this.network, spec, {
      container,
      containerId: probe.containerId.slice('containerd://'.length),
      podIp: worker.status.podIP ?? '',
    });
    const asked = probe.containerId;
    probe.task = new Task(this.engine, body, (outcome) => {
      probe.task = undefined;
      if (probe.stopped || probe.containerId !== asked) return;
      if (outcome.status === 'threw') this.engine.fault(this.actor, outcome.error);
      else if (outcome.status === 'returned') this.answered(probe, outcome.value);
    }) as Task<unknown> as Task;
    return false;
  }

  /** The common case, kept short. */
  private succeeded(probe: ContainerProbe): void {
    if (probe.last === 'success' && probe.result === 'success') return;
    this.count(probe, 'success', '');
  }

  private answered(probe: ContainerProbe, { result, output }: ProbeOutcome): void {
    const { type, container, worker } = probe;
    if (result === 'success') {
      this.succeeded(probe);
      return;
    }
    const subject = containerSubject(worker.pod, container.name);
    if (result === 'warning') {
      this.events.warning(subject, 'ProbeWarning', `${type} probe warning: ${output}`);
      this.succeeded(probe);
    } else if (result === 'unknown') {
      const text = `${type} probe errored and resulted in unknown state: ${output}`;
      this.events.warning(subject, 'Unhealthy', text);
    } else {
      this.events.warning(subject, 'Unhealthy', `${type} probe failed: ${output}`);
      this.count(probe, 'failure', output);
    }
  }

  /** Counts an answer; at the threshold it becomes what is held to be true. */
  private count(probe: ContainerProbe, result: 'success' | 'failure', output: string): void {
    const { spec, type, worker, container } = probe;
    if (probe.last === result) probe.run++;
    else {
      probe.last = result;
      probe.run = 1;
      if (this.engine.trace.enabled) {
        this.engine.cause = this.engine.emit('probe', this.actor, {
          pod: worker.key,
          uid: worker.pod.metadata.uid,
          container: container.name,
          type,
          result,
          message: output,
        });
      }
    }
    const threshold = result === 'failure' ? (spec.failureThreshold ?? DEFAULT_FAILURES) : (spec.successThreshold ?? 1);
    if (probe.run < threshold) return;
    const changed = probe.result !== result;
    probe.result = result;
    if (result === 'failure' && type !== 'Readiness') {
      // It will be restarted: nothing more to ask until then.
      probe.onHold = true;
      probe.run = 0;
    }
    if (changed) this.engine.asWork(() => worker.sync());
  }
}

/** What has just succeeded stands for all probes of the pod that ask the same. */
function promise(probe: ContainerProbe, standing: Repeatable): void {
  probe.standing = standing;
  for (const other of probe.worker.probes ?? []) {
    const same = other.plainPort === probe.plainPort && other.plainPath === probe.plainPath;
    if (same && other.standing !== undefined) other.standing = standing;
  }
}

function worker(probe: ContainerProbe): ContainerProbe[] {
  const { worker } = probe;
  worker.probes ??= [];
  return worker.probes;
}

function statusOf({ worker, container }: ContainerProbe): ContainerStatus | undefined {
  const { status } = worker;
  const { name } = container;
  for (const one of status.containerStatuses ?? []) if (one.name === name) return one;
  for (const one of status.initContainerStatuses ?? []) if (one.name === name) return one;
  return undefined;
}
