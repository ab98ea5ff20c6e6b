import type { PodStatus } from 'kubernetes-types/core/v1';
import { objectKey, type Pod } from '../../api/objects.ts';
import { type Coroutine, type Engine, type Micros, SECOND, Task, type Timer } from '../../engine/index.ts';
import type { RegularFile } from '../../images/file-node.ts';
import { BackOff } from './back-off.ts';
import type { StartFailure } from './container-statuses.ts';
import type { PendingResize } from './pod-resize.ts';
import type { Verdict } from './pod-status.ts';
import type { ContainerProbe } from './probe-manager.ts';
import type { PodSyncTrace } from './trace.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';

export type WorkerPhase = 'syncing' | 'terminating' | 'terminated';

/** Does a worker's work; the kubelet. */
export interface WorkerHost {
  readonly engine: Engine;
  readonly actor: string;
  /** When the runtime's containers are listed next: until then a worker knows nothing newer than its own last look. */
  nextRelist(): Micros;
  syncPod(worker: PodWorker): Coroutine;
  terminatePod(worker: PodWorker): Coroutine;
  /** Nothing of the pod runs any more. */
  podTerminated(worker: PodWorker): void;
}

/**
 * One pod on its node, from the moment the kubelet hears of it until nothing is left of it: syncing → terminating →
 * terminated (podWorkers). At most one coroutine works for it at a time, and none while it is as it should be.
 */
export class PodWorker {
  readonly host: WorkerHost;
  /** The pod to run, with the resources that it has been given: for static pods, the one of the manifest. */
  pod: Pod;
  /** Why it has not been given what its spec asks for by now. */
  pendingResize: PendingResize | undefined;
  /** Whether its resources have changed since its containers were last seen to have what it was given. */
  resized = false;
  /** The pod's object as last seen in the API: its mirror, for static pods. */
  apiPod: Pod | undefined;
  readonly isStatic: boolean;
  phase: WorkerPhase = 'syncing';
  /** Sandboxes and containers in the runtime, oldest first. Changed by copying: a list that grows keeps room for many, and there are mostly one or two. */
  sandboxes: readonly string[] = [];
  containers: readonly string[] = [];
  /** When the kubelet first saw it, RFC 3339. */
  readonly startTime: string;
  /** Why containers could not be started at the last attempt, by name. */
  failures: Map<string, StartFailure> | undefined;
  /** Why the kubelet ends the pod of its own accord. */
  verdict: Verdict | undefined;
  /** Seconds that the pod has to end, once it ends. */
  grace: number | undefined;
  volumes: PodVolumes | undefined;
  probes: ContainerProbe[] | undefined;
  /** Termination logs of containers that looked at theirs, by container and attempt. */
  terminationLogs: Map<string, RegularFile> | undefined;
  /** Whether its object has left the API. */
  removed = false;
  /** Whether a started sync may be broken off where it waits: while an image is pulled, or a hook runs. */
  interruptible = false;
  private told: PodStatus;
  private backOffs: BackOff | undefined;
  private task: Task | undefined;
  private again = false;
  /** Why it is to look again. */
  private againCause = 0;
  private wakeUp: Timer | undefined;
  private deadline: Timer | undefined;
  private terminatingSince: Micros = 0;

  constructor(host: WorkerHost, pod: Pod, options: { apiPod: Pod | undefined; isStatic: boolean; startTime: string }) {
    this.host = host;
    this.pod = pod;
    this.apiPod = options.apiPod;
    this.isStatic = options.isStatic;
    this.told = options.apiPod?.status ?? pod.status;
    this.startTime = this.told.startTime ?? options.startTime;
  }

  get key(): string {
    return objectKey(this.pod);
  }

  knowSandbox(id: string): void {
    if (!this.sandboxes.includes(id)) this.sandboxes = this.sandboxes.concat(id);
  }

  knowContainer(id: string): void {
    if (!this.containers.includes(id)) this.containers = this.containers.concat(id);
  }

  /** What the API server was last told, or will be as soon as it answers. */
  get status(): PodStatus {
    return this.told;
  }

  set status(status: PodStatus) {
    this.told = status;
    for (const probe of this.probes ?? []) probe.disturbed();
  }

  /** Whether anything of the pod has ever had to wait. */
  get hasBackOff(): boolean {
    return this.backOffs !== undefined;
  }

  get backOff(): BackOff {
    this.backOffs ??= new BackOff(this.host.engine);
    return this.backOffs;
  }

  /** Looks at the pod anew: soon, or as soon as what goes on is over. */
  sync(): void {
    if (this.phase === 'terminated') return;
    if (this.task !== undefined) {
      this.again = true;
      this.againCause = this.host.engine.cause;
      return;
    }
    const { host } = this;
    host.engine.cancel(this.wakeUp);
    this.wakeUp = undefined;
    const body = this.phase === 'syncing' ? host.syncPod(this) : host.terminatePod(this);
    this.task = new Task(host.engine, body, (outcome) => {
      this.task = undefined;
      this.interruptible = false;
      if (outcome.status === 'threw') host.engine.fault(host.actor, outcome.error);
      if (this.again) {
        this.again = false;
        this.resumeAfterRelist();
      }
    });
  }

  /**
   * What came up during a sync is looked at when the containers have been listed once more (cache.GetNewerThan). A container that started
   * and died within that second is never seen running.
   */
  private resumeAfterRelist(): void {
    const { engine } = this.host;
    const cause = this.againCause || engine.cause;
    engine.cancel(this.wakeUp);
    this.wakeUp = engine.at(this.host.nextRelist(), () => engine.because(cause, () => this.sync()));
  }

  /** Looks again after `delay`, unless that happens sooner. Waiting so is background; what it leads to is work when it changes something. */
  syncAfter(delay: Micros): void {
    const { engine } = this.host;
    if (this.wakeUp?.run !== undefined) {
      if (this.wakeUp.time <= engine.now + delay) return;
      engine.cancel(this.wakeUp);
    }
    this.wakeUp = engine.background(delay, () => engine.asWork(() => this.sync()));
  }

  /** Ends the pod: `grace` seconds from now its containers are killed. A later call can only shorten the time. */
  terminate(options: { grace?: number; verdict?: Verdict } = {}): void {
    const { engine } = this.host;
    if (this.phase === 'terminated') return;
    const grace = Math.max(1, options.grace ?? this.pod.spec.terminationGracePeriodSeconds ?? 30);
    this.verdict ??= options.verdict;
    if (this.phase === 'terminating') {
      const left = (this.grace ?? grace) - (engine.now - this.terminatingSince) / SECOND;
      if (grace >= left) return;
      this.grace = grace;
      this.terminatingSince = engine.now;
      this.restart();
      return;
    }
    this.phase = 'terminating';
    this.grace = grace;
    this.terminatingSince = engine.now;
    this.failures = undefined;
    engine.cancel(this.deadline);
    if (this.task !== undefined && this.interruptible) this.restart();
    else this.sync();
  }

  /** Seconds left until the containers are killed. */
  get graceLeft(): number {
    const passed = (this.host.engine.now - this.terminatingSince) / SECOND;
    return Math.max(0, (this.grace ?? 30) - passed);
  }

  /** Nothing runs any more. */
  terminated(): void {
    if (this.phase === 'terminated') return;
    this.phase = 'terminated';
    this.again = false;
    this.host.podTerminated(this);
  }

  /** Ends the pod when its activeDeadlineSeconds are over; a changed deadline replaces the one before. */
  setDeadline(time: Micros | undefined, verdict: Verdict, onExpired: () => void): void {
    const { engine } = this.host;
    if (this.deadline?.run !== undefined && this.deadline.time === time) return;
    engine.cancel(this.deadline);
    this.deadline = undefined;
    if (time === undefined || this.phase !== 'syncing') return;
    this.deadline = engine.at(
      time,
      () =>
        engine.asWork(() => {
          onExpired();
          this.terminate({ verdict });
        }),
      'background',
    );
  }

  /** Breaks off what goes on and starts over. */
  private restart(): void {
    this.again = false;
    const { task } = this;
    if (task !== undefined) {
      this.again = true;
      this.againCause = this.host.engine.cause;
      task.cancel();
    } else this.sync();
  }

  /** The kubelet stops: everything waits where it is, in the runtime. */
  stop(): void {
    const { engine } = this.host;
    this.again = false;
    engine.cancel(this.wakeUp);
    engine.cancel(this.deadline);
    const { task } = this;
    this.task = undefined;
    task?.cancel();
    this.again = false;
  }

  /** For the trace: what this turn of the worker is about. */
  trace(actions: readonly string[]): PodSyncTrace {
    return { pod: this.key, uid: this.pod.metadata.uid, phase: this.phase, actions };
  }
}
