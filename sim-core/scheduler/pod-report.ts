import type { Pod } from '../api/objects.ts';
import { isConflict, isNotFound, StatusError } from '../api/status.ts';
import { type Client, Unreachable } from '../client/index.ts';
import { type Engine, formatTime } from '../engine/index.ts';
import { pods } from '../resources/pod.ts';

/** Longest message of an event (NoteLengthLimit). */
const NOTE_LIMIT = 1024;

/** A message short enough for an event (truncateMessage). */
export function asNote(message: string): string {
  return message.length <= NOTE_LIMIT ? message : `${message.slice(0, NOTE_LIMIT - 4)} ...`;
}

/** What a pod is told when it could not be scheduled. */
export interface SchedulingFailure {
  readonly reason: 'Unschedulable' | 'SchedulerError';
  readonly message: string;
  /** Node to nominate; empty to withdraw, `undefined` to leave it. */
  readonly nomination: string | undefined;
}

/** Writes a pod's PodScheduled condition and nomination, if they have changed (updatePod). */
export function reportFailure(engine: Engine, client: Client, pod: Pod, failure: SchedulingFailure): void {
  const { reason, message, nomination } = failure;
  const { namespace, name } = pod.metadata;
  const before = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  const status: Record<string, unknown> = {};
  if (before?.status !== 'False' || before.reason !== reason || before.message !== message) {
    const since = before?.status === 'False' ? before.lastTransitionTime : undefined;
    const lastTransitionTime = since ?? formatTime(engine.now);
    status.conditions = [
      { lastProbeTime: null, lastTransitionTime, message, reason, status: 'False', type: 'PodScheduled' },
    ];
  }
  if (nomination !== undefined && nomination !== (pod.status.nominatedNodeName ?? '')) {
    status.nominatedNodeName = nomination === '' ? null : nomination;
  }
  if (Object.keys(status).length === 0) return;
  try {
    client.patch(pods, namespace, name, 'strategic', { status }, 'status');
  } catch (error) {
    // The pod may have gone or changed meanwhile, or the server may be away; the pod's next attempt writes anew.
    if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
    const expected = error instanceof Unreachable || isNotFound(error) || isConflict(error);
    if (!expected) engine.fault('kube-scheduler', error);
  }
}
