import { scaledValue } from '../../api/int-or-string.ts';
import type { DaemonSet, Node, Pod } from '../../api/objects.ts';
import type { Micros } from '../../engine/index.ts';
import { REVISION_HASH } from '../shared/history.ts';
import { isPodAvailable, isPodTerminal, isTerminating } from '../shared/pods.ts';
import { nodeVerdict } from './node-verdict.ts';
import { surgeCount } from './pods-on-node.ts';

/** Which pods to delete, and where to make new ones beside the old, for the next step of an update (rollingUpdate). */
export function rollingUpdate(
  set: DaemonSet,
  hash: string,
  byNode: ReadonlyMap<string, readonly Pod[]>,
  nodes: readonly Node[],
  now: Micros,
): { toDelete: Pod[]; toCreateOn: string[] } {
  const targets = nodes.filter((node) => nodeVerdict(set, node).shouldRun);
  const surge = surgeCount(set, targets.length);
  const { maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  let unavailable = scaledValue(maxUnavailable, targets.length, true);
  if (surge === 0 && unavailable === 0) unavailable = 1;
  const places = targets.map((node) =>
    placeOf(set, hash, node.metadata.name, byNode.get(node.metadata.name) ?? [], now),
  );
  return surge > 0 ? withSurge(places, surge) : withoutSurge(places, unavailable);
}

interface Place {
  readonly node: string;
  readonly pods: number;
  readonly updated: Pod | undefined;
  readonly old: Pod | undefined;
  readonly updatedAvailable: boolean;
  readonly oldAvailable: boolean;
}

/** The old and the new pod of a node (findUpdatedPodsOnNode). */
function placeOf(set: DaemonSet, hash: string, node: string, pods: readonly Pod[], now: Micros): Place {
  const { minReadySeconds = 0 } = set.spec;
  const alive = pods.filter((pod) => !isTerminating(pod));
  const updated = alive.find((pod) => pod.metadata.labels?.[REVISION_HASH] === hash);
  const old = alive.find((pod) => pod.metadata.labels?.[REVISION_HASH] !== hash);
  const available = (pod: Pod | undefined) => pod !== undefined && isPodAvailable(pod, minReadySeconds, now);
  return {
    node,
    pods: alive.length,
    updated,
    old,
    updatedAvailable: available(updated),
    oldAvailable: available(old),
  };
}

/** Old pods are deleted, as many as may be missing; those that are not available anyway first, and beyond the limit. */
function withoutSurge(places: readonly Place[], maxUnavailable: number): { toDelete: Pod[]; toCreateOn: string[] } {
  const free: Pod[] = [];
  const candidates: Pod[] = [];
  let missing = 0;
  for (const { updated, old, updatedAvailable, oldAvailable } of places) {
    if (updated !== undefined) {
      if (!updatedAvailable) missing++;
    } else if (old === undefined) missing++;
    else if (oldAvailable) candidates.push(old);
    else {
      missing++;
      if (!isPodTerminal(old)) free.push(old);
    }
  }
  return { toDelete: [...free, ...candidates.slice(0, Math.max(0, maxUnavailable - missing))], toCreateOn: [] };
}

/** New pods are made beside the old, on as many nodes at a time as the surge allows; each old pod goes when its successor is available. */
function withSurge(places: readonly Place[], maxSurge: number): { toDelete: Pod[]; toCreateOn: string[] } {
  const free: string[] = [];
  const candidates: string[] = [];
  const toDelete: Pod[] = [];
  let surging = 0;
  for (const { node, pods, updated, old, updatedAvailable, oldAvailable } of places) {
    if (pods > 2 || old === undefined) continue;
    if (updated === undefined) (oldAvailable ? candidates : free).push(node);
    else if (updatedAvailable) toDelete.push(old);
    else surging++;
  }
  return { toDelete, toCreateOn: [...free, ...candidates.slice(0, Math.max(0, maxSurge - surging))] };
}
