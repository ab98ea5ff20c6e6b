import type { Pod } from '../../api/objects.ts';
import { MICROSECOND, type Micros, parseTime } from '../../engine/index.ts';
import { isPodReady, readySince } from './pods.ts';

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * Sorts pods so that those whose loss hurts least come first (controller.ActivePodsWithRanks). The first difference decides:
 * not assigned to a node, Pending, not ready, lower deletion cost, more siblings on its node, ready for a shorter time, more
 * restarts, younger. Times are compared by order of magnitude, so that not always the youngest generation dies.
 */
export function rankForDeletion(candidates: readonly Pod[], related: readonly Pod[], now: Micros): Pod[] {
  const perNode = new Map<string, number>();
  for (const { spec } of related) {
    const node = spec.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  return candidates
    .map((pod) => ({ pod, facts: factsOf(pod, perNode, now) }))
    .sort((a, b) => compare(a, b, now))
    .map(({ pod }) => pod);
}

interface Ranked {
  readonly pod: Pod;
  readonly facts: ReturnType<typeof factsOf>;
}

function factsOf(pod: Pod, perNode: ReadonlyMap<string, number>, now: Micros) {
  const node = pod.spec.nodeName ?? '';
  return {
    assigned: node === '' ? 0 : 1,
    phase: PHASES[pod.status.phase ?? ''] ?? 0,
    ready: isPodReady(pod) ? 1 : 0,
    cost: deletionCost(pod),
    siblings: perNode.get(node) ?? 0,
    readySince: readySince(pod) ?? 0,
    restarts: maxRestarts(pod),
    created: parseTime(pod.metadata.creationTimestamp) ?? now,
  };
}

function compare(left: Ranked, right: Ranked, now: Micros): number {
  const a = left.facts;
  const b = right.facts;
  if (a.assigned !== b.assigned) return a.assigned - b.assigned;
  if (a.phase !== b.phase) return a.phase - b.phase;
  if (a.ready !== b.ready) return a.ready - b.ready;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.siblings !== b.siblings) return b.siblings - a.siblings;
  if (a.ready === 1 && a.readySince !== b.readySince) {
    return magnitude(now - a.readySince) - magnitude(now - b.readySince) || byUid(left.pod, right.pod);
  }
  for (const kind of ['regular', 'sidecar'] as const) {
    if (a.restarts[kind] !== b.restarts[kind]) return b.restarts[kind] - a.restarts[kind];
  }
  if (a.created !== b.created) {
    return magnitude(now - a.created) - magnitude(now - b.created) || byUid(left.pod, right.pod);
  }
  return 0;
}

function byUid(a: Pod, b: Pod): number {
  return a.metadata.uid < b.metadata.uid ? -1 : 1;
}

/** The whole part of the decimal logarithm of a duration in nanoseconds (logarithmicRankDiff), without logarithms. */
function magnitude(duration: Micros): number {
  return duration <= 0 ? -1 : String(Math.floor(duration / MICROSECOND) * 1000).length - 1;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST];
  return text !== undefined && /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
}

function maxRestarts(pod: Pod): { regular: number; sidecar: number } {
  const most = (statuses: readonly { restartCount: number }[] | undefined) =>
    (statuses ?? []).reduce((max, { restartCount }) => Math.max(max, restartCount), 0);
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  return {
    regular: most(pod.status.containerStatuses),
    sidecar: most(pod.status.initContainerStatuses?.filter(({ name }) => sidecars.has(name))),
  };
}
