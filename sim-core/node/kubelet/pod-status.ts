import type { ContainerStatus, PodCondition, PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { formatTime, type Micros } from '../../engine/index.ts';
import { containerStatuses, type StatusSources } from './container-statuses.ts';
import {
  anyRegularStarted,
  containersReady,
  KUBELET_CONDITIONS,
  type NewCondition,
  podInitialized,
  podReady,
} from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';
import { qosOf } from './qos.ts';
import { podAddresses, sandboxNeeded } from './runtime-view.ts';

/** Why a pod was ended by the kubelet: what its status says from then on. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
  /** Whether it happened to a pod that did nothing wrong: it gets the condition DisruptionTarget. */
  readonly disruption?: boolean;
}

/** What goes into a pod's status beside its containers. */
export interface PodStatusSources extends StatusSources {
  readonly now: Micros;
  /** When the kubelet first saw the pod. */
  readonly startTime: string;
  readonly hostIps: readonly string[];
  /** Whether no container will be started any more. */
  readonly terminal: boolean;
  readonly verdict: Verdict | undefined;
  /** What is to be said of a resize. */
  readonly resize: readonly NewCondition[];
  /** The status last told. */
  readonly last: PodStatus;
}

/** A pod's status as its kubelet sees it (Kubelet.generateAPIPodStatus). */
export function generatePodStatus(pod: Pod, sources: PodStatusSources): PodStatus {
  const { spec } = pod;
  const { view, hostIps, last, verdict, now } = sources;
  const init =
    spec.initContainers === undefined ? undefined : containerStatuses(pod, spec.initContainers, sources, true);
  const regular = sortedByName(containerStatuses(pod, spec.containers, sources, false));
  const ephemeral =
    spec.ephemeralContainers === undefined
      ? undefined
      : containerStatuses(pod, spec.ephemeralContainers, sources, false).map(unprobed);
  const all = init === undefined ? regular : [...init, ...regular];
  const byName = new Map(all.map((status) => [status.name, status]));
  const { phase: lastPhase } = last;
  let phase: string = podPhase(pod, byName, sources.terminal, anyRegularStarted(pod, regular));
  // A pod that has ended stays so, whatever its containers look like.
  if (lastPhase === 'Failed' || lastPhase === 'Succeeded') phase = lastPhase;
  if (verdict !== undefined) phase = 'Failed';

  const containers = containersReady(pod, all, phase);
  const ips = podAddresses(pod, view, hostIps);
  const known = ips.length > 0 ? ips : (last.podIPs ?? []).map(({ ip }) => ip!);
  const status: PodStatus = {
    conditions: conditionsOf(pod, last, now, [
      ...sources.resize,
      { type: 'PodReadyToStartContainers', status: sandboxNeeded(pod, view).needed ? 'False' : 'True' },
      podInitialized(pod, all, phase),
      podReady(pod, containers),
      containers,
      { type: 'PodScheduled', status: 'True' },
    ]),
    containerStatuses: regular,
    ...(ephemeral === undefined || ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    hostIP: hostIps[0],
    hostIPs: hostIps.map((ip) => ({ ip })),
    ...(init === undefined || init.length === 0 ? {} : { initContainerStatuses: init }),
    phase,
    ...(known.length === 0 ? {} : { podIP: known[0], podIPs: known.map((ip) => ({ ip })) }),
    qosClass: qosOf(pod),
    startTime: sources.startTime,
  };
  if (verdict?.disruption === true) addDisruption(status, verdict, now);
  const told =
    verdict ?? (last.reason === undefined ? undefined : { reason: last.reason, message: last.message ?? '' });
  if (told !== undefined && phase === 'Failed') {
    status.reason = told.reason;
    if (told.message !== '') status.message = told.message;
  }
  return status;
}

function addDisruption(status: PodStatus, { message }: Verdict, now: Micros): void {
  if (status.conditions!.some(({ type }) => type === 'DisruptionTarget')) return;
  status.conditions!.unshift({
    lastProbeTime: null as unknown as string,
    lastTransitionTime: formatTime(now),
    message,
    reason: 'TerminationByKubelet',
    status: 'True',
    type: 'DisruptionTarget',
  });
}

function sortedByName(statuses: ContainerStatus[]): ContainerStatus[] {
  if (statuses.length < 2) return statuses;
  return statuses.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The kubelet's conditions, with the times at which they last changed, after those of others. */
function conditionsOf(pod: Pod, last: PodStatus, now: Micros, fresh: readonly NewCondition[]): PodCondition[] {
  const kept = (pod.status.conditions ?? []).filter(({ type }) => !KUBELET_CONDITIONS.includes(type));
  const conditions: PodCondition[] = kept;
  for (const { type, status, reason, message } of fresh) {
    const before = last.conditions?.find((condition) => condition.type === type);
    conditions.push({
      lastProbeTime: null as unknown as string,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatTime(now),
      ...(message === undefined ? {} : { message }),
      ...(reason === undefined ? {} : { reason }),
      status,
      type,
    });
  }
  return conditions;
}

/**
 * A status for a pod whose containers are over: those that never came to an end are said to have been lost
 * (statusManager.TerminatePod).
 */
export function terminatedStatus(status: PodStatus, known: ReadonlySet<string>): PodStatus {
  const lost = (container: ContainerStatus): ContainerStatus => {
    if (container.state?.terminated !== undefined) return container;
    const before = container.lastState?.terminated;
    if (container.state?.waiting !== undefined && before === undefined && !known.has(container.name)) return container;
    if (container.state?.waiting !== undefined && before !== undefined) {
      return { ...container, state: { terminated: before }, lastState: {} };
    }
    return {
      ...container,
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode: 137,
          finishedAt: null as unknown as string,
          message: 'The container could not be located when the pod was terminated',
          reason: 'ContainerStatusUnknown',
          startedAt: null as unknown as string,
        },
      },
    };
  };
  const { containerStatuses: regular = [] } = status;
  return { ...status, containerStatuses: regular.map(lost) };
}

/** The probe manager, which says what is started and ready, does not look at ephemeral containers. */
function unprobed({ started: _, ...status }: ContainerStatus): ContainerStatus {
  return { ...status, ready: false };
}
