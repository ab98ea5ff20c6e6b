import type { DaemonSetStatus } from 'kubernetes-types/apps/v1';
import type { DaemonSet, Node, Pod } from '../../api/objects.ts';
import type { Micros } from '../../engine/index.ts';
import { REVISION_HASH } from '../shared/history.ts';
import { isPodAvailable, isPodReady } from '../shared/pods.ts';
import { nodeVerdict } from './node-verdict.ts';
import { byAge } from './pods-on-node.ts';

/** The numbers of a DaemonSet, node by node (updateDaemonSetStatus). */
export function daemonStatus(
  set: DaemonSet,
  hash: string,
  nodes: readonly Node[],
  byNode: ReadonlyMap<string, readonly Pod[]>,
  now: Micros,
): DaemonSetStatus {
  const { minReadySeconds = 0 } = set.spec;
  let desired = 0;
  let current = 0;
  let misscheduled = 0;
  let ready = 0;
  let available = 0;
  let updated = 0;
  for (const node of nodes) {
    const here = byNode.get(node.metadata.name) ?? [];
    if (!nodeVerdict(set, node).shouldRun) {
      if (here.length > 0) misscheduled++;
      continue;
    }
    desired++;
    const [pod] = [...here].sort(byAge);
    if (pod === undefined) continue;
    current++;
    if (isPodReady(pod)) ready++;
    if (isPodAvailable(pod, minReadySeconds, now)) available++;
    if (pod.metadata.labels?.[REVISION_HASH] === hash) updated++;
  }
  const unavailable = desired - available;
  const { collisionCount } = set.status;
  return {
    currentNumberScheduled: current,
    desiredNumberScheduled: desired,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}
