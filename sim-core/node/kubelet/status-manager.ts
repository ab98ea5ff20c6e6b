import type { PodStatus } from 'kubernetes-types/core/v1';
import { deepEqual } from '../../api/equality.ts';
import { objectKey, type Pod } from '../../api/objects.ts';
import { isConflict, isNotFound, StatusError } from '../../api/status.ts';
import { type Client, Unreachable } from '../../client/index.ts';
import { type Engine, SECOND, type Timer } from '../../engine/index.ts';
import { pods } from '../../resources/pod.ts';
import { KUBELET_CONDITIONS } from './pod-conditions.ts';
import type { PodWorker } from './pod-worker.ts';

/** How often statuses that could not be written are tried again (syncPeriod). */
const RETRY_PERIOD = 10 * SECOND;

/**
 * Tells the API server what became of each pod (status.Manager): only what has changed, later when no server answers, and
 * the final deletion once nothing of a deleted pod is left on the node.
 */
export class StatusManager {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly actor: string;
  private readonly unsent = new Set<PodWorker>();
  private retry: Timer | undefined;

  constructor(engine: Engine, client: Client, actor: string) {
    this.engine = engine;
    this.client = client;
    this.actor = actor;
  }

  /**
   * Sets a pod's status; it is written if it differs from what was told last. A pod is not told to have ended while anything of it could
   * still run (mergePodStatus): only `final` says that nothing does.
   */
  set(worker: PodWorker, computed: PodStatus, final = false): void {
    const status =
      final || worker.phase === 'terminated' || !isTerminal(computed) || isTerminal(worker.status)
        ? computed
        : stillAs(worker.status, computed);
    if (deepEqual(worker.status, status) && !this.unsent.has(worker)) return;
    worker.status = status;
    this.write(worker);
  }

  /**
   * Others wrote the pod's status since, as the node controller does when it hears nothing from the node: with the next batch it says again
   * how ready the pod is (needsReconcile). `before`: the object as it was known so far.
   */
  reconcile(worker: PodWorker, before: Pod | undefined): void {
    const { apiPod, status } = worker;
    if (apiPod === undefined || before === undefined || apiPod.metadata.deletionTimestamp !== undefined) return;
    if (Number(apiPod.metadata.resourceVersion) <= Number(before.metadata.resourceVersion)) return;
    if (readinessOf(apiPod.status) !== readinessOf(status)) this.later(worker);
  }

  /** Everything on the node is cleaned up: the pod's object goes, if it has been deleted. */
  finish(worker: PodWorker): void {
    const pod = worker.apiPod;
    if (pod === undefined || pod.metadata.deletionTimestamp === undefined || worker.phase !== 'terminated') return;
    if (this.unsent.has(worker)) return;
    const { namespace, name, uid } = pod.metadata;
    this.attempt(worker, () => this.client.delete(pods, namespace, name, { gracePeriodSeconds: 0, uid }));
  }

  /** The pod's object is gone: nothing is left to tell. */
  forget(worker: PodWorker): void {
    this.unsent.delete(worker);
  }

  /** The API server is back: what could not be written is. */
  flush(): void {
    for (const worker of [...this.unsent]) {
      this.unsent.delete(worker);
      this.write(worker);
      this.finish(worker);
    }
  }

  stop(): void {
    this.engine.cancel(this.retry);
    this.retry = undefined;
  }

  private write(worker: PodWorker): void {
    const { engine } = this;
    if (worker.apiPod === undefined) return;
    const { status } = worker;
    const outer = engine.cause;
    if (engine.trace.enabled) {
      const ready = status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
      const { uid } = worker.pod.metadata;
      engine.cause = engine.emit('podStatus', this.actor, {
        pod: objectKey(worker.pod),
        uid,
        phase: status.phase ?? '',
        ready,
      });
    }
    this.attempt(worker, () => this.send(worker, worker.apiPod!));
    engine.cause = outer;
  }

  private send(worker: PodWorker, pod: Pod): void {
    let stored: Pod;
    try {
      stored = this.client.updateStatus(pods, { ...pod, status: merged(pod, worker.status) });
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Someone else changed the object meanwhile: what is theirs stays.
      const { namespace, name, uid } = pod.metadata;
      const current = this.client.get(pods, namespace, name);
      if (current.metadata.uid !== uid) return;
      stored = this.client.updateStatus(pods, { ...current, status: merged(current, worker.status) });
    }
    // The object's own copy is shared from now on.
    worker.status = stored.status;
    worker.apiPod = stored;
  }

  private attempt(worker: PodWorker, request: () => void): void {
    try {
      request();
    } catch (error) {
      if (isNotFound(error)) return;
      if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
      this.later(worker);
    }
  }

  private later(worker: PodWorker): void {
    this.unsent.add(worker);
    if (this.retry?.run === undefined) {
      this.retry = this.engine.background(RETRY_PERIOD, () => this.engine.asWork(() => this.flush()));
    }
  }
}

function readinessOf({ conditions }: PodStatus): string | undefined {
  return conditions?.find(({ type }) => type === 'Ready')?.status;
}

function isTerminal({ phase }: PodStatus): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The new status, but for the end that it tells of. */
function stillAs(
  { phase, reason, message }: PodStatus,
  { reason: _reason, message: _message, ...status }: PodStatus,
): PodStatus {
  return {
    ...status,
    phase,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

/** A status with what belongs to others as it is in `pod` (mergePodStatus). */
function merged(pod: Pod, status: PodStatus): PodStatus {
  const ours = (status.conditions ?? []).filter(({ type }) => KUBELET_CONDITIONS.includes(type));
  const theirs = (pod.status.conditions ?? []).filter(({ type }) => !KUBELET_CONDITIONS.includes(type));
  const disruption = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
  if (disruption !== undefined && !theirs.some(({ type }) => type === 'DisruptionTarget')) theirs.push(disruption);
  const result: PodStatus = { ...status, conditions: [...theirs, ...ours] };
  const { nominatedNodeName, resourceClaimStatuses } = pod.status;
  if (nominatedNodeName !== undefined) result.nominatedNodeName = nominatedNodeName;
  if (resourceClaimStatuses !== undefined) result.resourceClaimStatuses = resourceClaimStatuses;
  return result;
}
