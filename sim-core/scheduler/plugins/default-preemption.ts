import type { Pod, PodDisruptionBudget } from '../../api/objects.ts';
import { type LabelSelectorObject, labelSelectorAsSelector } from '../../api/selector.ts';
import { isNotFound } from '../../api/status.ts';
import { formatTime } from '../../engine/index.ts';
import { pods } from '../../resources/pod.ts';
import { podDisruptionBudgets } from '../../resources/pod-disruption-budget.ts';
import type { CycleState } from '../cycle-state.ts';
import { Diagnosis } from '../diagnosis.ts';
import type { Handle, NodeStatuses, Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { Status, unresolvable, unschedulable } from '../status.ts';

export interface DefaultPreemptionArgs {
  /** Of the nodes that might help, how many percent to try. Default 10. */
  readonly minCandidateNodesPercentage?: number;
  /** … and how many at least. Default 100. */
  readonly minCandidateNodesAbsolute?: number;
}

/** A node that would take the pod if these pods went. */
interface Candidate {
  readonly node: NodeInfo;
  /** Most important first. */
  readonly victims: readonly PodInfo[];
  /** Victims whose disruption budget does not allow it. */
  readonly violations: number;
}

const NOT_HELPFUL = unresolvable('Preemption is not helpful for scheduling');
const noVictims = unresolvable('No preemption victims found for incoming pod');

const startTime = ({ pod }: PodInfo): string => pod.status.startTime ?? '';

/** The more important pod first: by priority, then the one that has run for longer (util.MoreImportantPod). */
function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const [x, y] = [startTime(a), startTime(b)];
  if (x === y) return 0;
  // One that has not started yet counts as started now.
  if (x === '' || y === '') return x === '' ? 1 : -1;
  return x < y ? -1 : 1;
}

/** Parts pods into those whose removal breaks a disruption budget, and the others (filterPodsWithPDBViolation). */
function partByBudgets(victims: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]) {
  const allowed = budgets.map(({ status }) => status.disruptionsAllowed ?? 0);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const victim of victims) {
    const { name, namespace, labels = {} } = victim.pod.metadata;
    let violates = false;
    for (const [index, { metadata, spec, status }] of budgets.entries()) {
      if (metadata.namespace !== namespace || Object.keys(labels).length === 0) continue;
      const selector = labelSelectorAsSelector(spec.selector as LabelSelectorObject | undefined);
      if (selector.isEmpty() || !selector.matches(labels)) continue;
      // The API server has counted this one already.
      if (Object.hasOwn(status.disruptedPods ?? {}, name)) continue;
      allowed[index]!--;
      if (allowed[index]! < 0) violates = true;
    }
    (violates ? violating : others).push(victim);
  }
  return { violating, others };
}

/** The candidate to take: fewest broken budgets, then least important victims, then fewest, then youngest (pickOneNodeForPreemption). */
function best(candidates: readonly Candidate[]): Candidate {
  const offset = 2 ** 31;
  const measures: readonly ((candidate: Candidate) => number | string)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]!.priority,
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + offset, 0),
    ({ victims }) => victims.length,
  ];
  let left = candidates;
  for (const measure of measures) {
    let least = measure(left[0]!);
    for (const candidate of left) if (measure(candidate) < least) least = measure(candidate);
    left = left.filter((candidate) => measure(candidate) === least);
    if (left.length === 1) return left[0]!;
  }
  const earliest = ({ victims }: Candidate) => {
    const top = victims.filter(({ priority }) => priority === victims[0]!.priority).map(startTime);
    return top.reduce((first, time) => (time !== '' && (first === '' || time < first) ? time : first), '');
  };
  let latest = left[0]!;
  for (const candidate of left) if (earliest(candidate) > earliest(latest)) latest = candidate;
  return latest;
}

/** Makes room for a pod that fits nowhere by evicting less important ones from one node, which the pod is then nominated to. */
export function defaultPreemption(handle: Handle, args: DefaultPreemptionArgs = {}): Plugin {
  const { minCandidateNodesPercentage = 10, minCandidateNodesAbsolute = 100 } = args;
  const { snapshot, client, engine } = handle;
  const random = engine.random('kube-scheduler/preemption');

  /** Why the pod may not evict others now; undefined when it may (PodEligibleToPreemptOthers). */
  const ineligible = ({ pod, priority }: PodInfo, statuses: NodeStatuses): string | undefined => {
    if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
    const nominated = pod.status.nominatedNodeName ?? '';
    if (nominated === '' || statuses.get(nominated).code === 'UnschedulableAndUnresolvable') return undefined;
    const leaving = snapshot.get(nominated)?.pods.some((other) => other.priority < priority && isVictim(other.pod));
    return leaving === true ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
  };

  /** The fewest and least important pods whose removal from the node lets the pod in (SelectVictimsOnNode). Changes its arguments. */
  const selectVictims = (
    state: CycleState,
    pod: PodInfo,
    node: NodeInfo,
    budgets: readonly PodDisruptionBudget[],
  ): { victims: PodInfo[]; violations: number } | Status => {
    const remove = (other: PodInfo) => {
      node.removePod(other);
      handle.pretend(state, pod, other, node, 'remove');
    };
    const potential = node.pods.filter(({ priority }) => priority < pod.priority);
    if (potential.length === 0) return noVictims;
    for (const other of potential) remove(other);
    const status = handle.filterNode(state, pod, node);
    if (status !== undefined) return status;
    potential.sort(byImportance);
    const { violating, others } = partByBudgets(potential, budgets);
    const victims: PodInfo[] = [];
    /** Puts a pod back; it becomes a victim if the pod does not fit beside it. */
    const reprieve = (other: PodInfo): boolean => {
      node.addPod(other);
      handle.pretend(state, pod, other, node, 'add');
      if (handle.filterNode(state, pod, node) === undefined) return true;
      remove(other);
      victims.push(other);
      return false;
    };
    const violations = violating.filter((other) => !reprieve(other)).length;
    for (const other of others) reprieve(other);
    victims.sort(byImportance);
    return { victims, violations };
  };

  /** Tries nodes, beginning anywhere, until there are candidates enough (DryRunPreemption). */
  const findCandidates = (state: CycleState, pod: PodInfo, potential: readonly NodeInfo[], diagnosis: Diagnosis) => {
    const budgets = [...handle.view.list(podDisruptionBudgets)];
    const share = Math.trunc((potential.length * minCandidateNodesPercentage) / 100);
    const enough = Math.min(Math.max(share, minCandidateNodesAbsolute), potential.length);
    const start = random.below(potential.length);
    const gentle: Candidate[] = [];
    const violating: Candidate[] = [];
    for (let index = 0; index < potential.length; index++) {
      const node = potential[(start + index) % potential.length]!;
      const result = selectVictims(state.clone(), pod, node.clone(), budgets);
      if (result instanceof Status) diagnosis.set(node.name, result);
      else if (result.victims.length === 0) {
        diagnosis.set(node.name, unschedulable(`expected at least one victim pod on node "${node.name}"`));
      } else {
        (result.violations === 0 ? gentle : violating).push({ node, ...result });
        if (gentle.length > 0 && gentle.length + violating.length >= enough) break;
      }
    }
    return [...gentle, ...violating];
  };

  const evict = ({ pod: victim }: PodInfo, preemptor: PodInfo, nodeName: string) => {
    const { namespace, name, uid } = victim.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${preemptor.pod.spec.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
      lastProbeTime: null,
      lastTransitionTime: formatTime(engine.now),
    };
    try {
      client.patch(pods, namespace, name, 'strategic', { status: { conditions: [condition] } }, 'status');
      client.delete(pods, namespace, name, { uid });
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    handle.events.normal(victim, 'Preempted', `Preempted by pod ${preemptor.uid} on node ${nodeName}`, 'Preempting');
  };

  /** Evicts the victims; less important pods nominated to the node must look elsewhere (prepareCandidate). */
  const prepare = ({ node, victims }: Candidate, pod: PodInfo) => {
    for (const victim of victims) {
      if (victim.pod.metadata.deletionTimestamp !== undefined) continue;
      const waiting = handle.waitingPod(victim.uid);
      if (waiting === undefined) evict(victim, pod, node.name);
      else waiting.reject('DefaultPreemption', 'preempted');
    }
    for (const other of handle.nominatedPods(node.name)) {
      if (other.priority >= pod.priority || (other.pod.status.nominatedNodeName ?? '') === '') continue;
      const { namespace, name } = other.pod.metadata;
      client.patch(pods, namespace, name, 'strategic', { status: { nominatedNodeName: null } }, 'status');
    }
  };

  return {
    name: 'DefaultPreemption',
    postFilter(state, pod, statuses) {
      const refusal = ineligible(pod, statuses);
      if (refusal !== undefined) return { status: unschedulable(`preemption: ${refusal}`) };
      const potential = snapshot.nodes.filter(({ name }) => statuses.get(name).code === 'Unschedulable');
      const diagnosis = new Diagnosis();
      diagnosis.absent = NOT_HELPFUL;
      const candidates = potential.length === 0 ? [] : findCandidates(state, pod, potential, diagnosis);
      if (candidates.length === 0) {
        const message = diagnosis.message(snapshot.nodes.length);
        return { status: unschedulable(`preemption: ${message}`), nominatedNodeName: '' };
      }
      const chosen = best(candidates);
      prepare(chosen, pod);
      return { status: new Status('Success'), nominatedNodeName: chosen.node.name };
    },
  };
}

/** Whether the pod is going because the scheduler evicted it (podTerminatingByPreemption). */
function isVictim({ metadata, status }: Pod): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  const condition = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}
