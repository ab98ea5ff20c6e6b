import { scaledValue } from '../../api/int-or-string.ts';
import type { DaemonSet, Node, Pod } from '../../api/objects.ts';
import { type Micros, parseTime } from '../../engine/index.ts';
import { REVISION_HASH } from '../shared/history.ts';
import { isPodAvailable, isPodTerminal, isTerminating } from '../shared/pods.ts';
import { nodeVerdict } from './node-verdict.ts';

/** How many nodes may have two pods during an update, by number or share of `total` nodes (util.SurgeCount). */
export function surgeCount({ spec }: DaemonSet, total: number): number {
  if (spec.updateStrategy?.type === 'OnDelete') return 0;
  return scaledValue(spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, total, true);
}

export function byAge(a: Pod, b: Pod): number {
  const difference = (parseTime(a.metadata.creationTimestamp) ?? 0) - (parseTime(b.metadata.creationTimestamp) ?? 0);
  return difference !== 0 ? difference : a.metadata.name < b.metadata.name ? -1 : 1;
}

/** What is to be done about a DaemonSet's pods on one node (podsShouldBeOnNode). */
export function podsOnNode(
  set: DaemonSet,
  node: Node,
  pods: readonly Pod[],
  hash: string,
  now: Micros,
): { missing: boolean; failed: Pod[]; surplus: Pod[] } {
  const { shouldRun, shouldStay } = nodeVerdict(set, node);
  if (shouldRun && pods.length === 0) return { missing: true, failed: [], surplus: [] };
  if (!shouldStay) return { missing: false, failed: [], surplus: pods.filter((pod) => !isTerminating(pod)) };
  const alive = pods.filter((pod) => !isTerminating(pod));
  const failed = alive.filter(isPodTerminal);
  const running = alive.filter((pod) => !isPodTerminal(pod)).sort(byAge);
  if (running.length <= 1) return { missing: false, failed, surplus: [] };
  if (surgeCount(set, 1) === 0) return { missing: false, failed, surplus: running.slice(1) };
  return { missing: false, failed, surplus: surplusWithSurge(set, running, hash, now) };
}

/** With surge a node may have an old and a new pod; the old one goes when the new one is available. */
function surplusWithSurge(set: DaemonSet, running: readonly Pod[], hash: string, now: Micros): Pod[] {
  const { minReadySeconds = 0 } = set.spec;
  const isNew = (pod: Pod) => pod.metadata.labels?.[REVISION_HASH] === hash;
  const [oldest, ...olderSurplus] = running.filter((pod) => !isNew(pod));
  const [newest, ...newerSurplus] = running.filter(isNew);
  const surplus = [...olderSurplus, ...newerSurplus];
  const replaced = oldest !== undefined && newest !== undefined && isPodAvailable(newest, minReadySeconds, now);
  return replaced ? [oldest, ...surplus] : surplus;
}
