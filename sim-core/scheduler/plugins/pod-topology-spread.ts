import { labelOf, nodeDemandOf, nodeMeetsDemand } from '../../api/node-selector.ts';
import type { Node, Pod } from '../../api/objects.ts';
import {
  type LabelSelector,
  type LabelSelectorObject,
  labelSelectorAsSelector,
  selectorFromSet,
} from '../../api/selector.ts';
import { labelName } from '../../client/label-names.ts';
import { StateKey } from '../cycle-state.ts';
import { defaultSelector, mergedSelectors } from '../default-selector.ts';
import { type Handle, MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import { naturalLog } from '../natural-log.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { skip, unresolvable, unschedulable } from '../status.ts';
import { untolerated } from '../tolerations.ts';
import { PretendedCount, type TopologyCounter } from '../topology-counter.ts';

type WireConstraint = NonNullable<Pod['spec']['topologySpreadConstraints']>[number];
type Action = 'DoNotSchedule' | 'ScheduleAnyway';

interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: LabelSelector;
  readonly minDomains: number;
  readonly honourAffinity: boolean;
  readonly honourTaints: boolean;
}

interface HardConstraint extends Constraint {
  readonly count: PretendedCount;
  /** 1 when the pod counts itself. */
  readonly self: number;
}

interface SoftConstraint extends Constraint {
  /** Pods by domain; by node for the hostname. */
  readonly counter: TopologyCounter;
  readonly perNode: boolean;
  /** How much one pod more in a domain counts: ln(number of domains + 2). */
  readonly weight: number;
}

interface ScoreState {
  readonly constraints: readonly SoftConstraint[];
  /** Nodes must have every topology label to be scored. */
  readonly requireAll: boolean;
}

export interface PodTopologySpreadArgs {
  /** `System`: spread over hosts and zones what a Service or a controller owns. `List`: by `defaultConstraints`. */
  readonly defaultingType?: 'System' | 'List';
  readonly defaultConstraints?: readonly WireConstraint[];
}

const HOSTNAME = 'kubernetes.io/hostname';
const systemConstraints: readonly WireConstraint[] = [
  { topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

const hardKey = new StateKey<readonly HardConstraint[]>('PreFilterPodTopologySpread', (constraints) =>
  constraints.map((constraint) => ({ ...constraint, count: constraint.count.clone() })),
);
const softKey = new StateKey<ScoreState>('PreScorePodTopologySpread');

const tooSkewed = unschedulable("node(s) didn't match pod topology spread constraints");
const noLabel = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");

function parse(wire: WireConstraint, pod: PodInfo, selector?: LabelSelector): Constraint {
  const own = selector ?? selectorOf(wire, pod);
  return {
    maxSkew: wire.maxSkew,
    topologyKey: wire.topologyKey,
    selector: own,
    minDomains: wire.minDomains ?? 1,
    honourAffinity: (wire.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honourTaints: (wire.nodeTaintsPolicy ?? 'Ignore') === 'Honor',
  };
}

/** The constraint's selector, with the pod's own values of `matchLabelKeys`. */
function selectorOf({ labelSelector, matchLabelKeys = [] }: WireConstraint, { pod }: PodInfo): LabelSelector {
  const selector = labelSelectorAsSelector(labelSelector as LabelSelectorObject | undefined);
  const own: Record<string, string> = {};
  for (const key of matchLabelKeys) {
    const value = labelOf(pod.metadata.labels, key);
    if (value !== undefined) own[key] = value;
  }
  return Object.keys(own).length === 0 ? selector : mergedSelectors(selectorFromSet(own), selector);
}

/** A label, with its value, that a selector asks for: pods without it need not be looked at. */
function labelAskedFor(namespace: string, { requirements }: LabelSelector): string | undefined {
  const exact = requirements.find(
    ({ operator, values }) => (operator === '=' || operator === '==' || operator === 'in') && values.length === 1,
  );
  return exact === undefined ? undefined : labelName(namespace, exact.key, exact.values[0]!);
}

const hasAllKeys = (constraints: readonly Constraint[], node: NodeInfo): boolean =>
  constraints.every(({ topologyKey }) => labelOf(node.labels, topologyKey) !== undefined);

/**
 * Spreads pods evenly over the domains of a topology: `DoNotSchedule` constraints filter, `ScheduleAnyway` constraints score.
 * The counts come from the cache (`Snapshot.counter`), which keeps them current.
 */
export function podTopologySpread(handle: Handle, args: PodTopologySpreadArgs = {}): Plugin {
  const { snapshot, view } = handle;
  const { defaultingType = 'System', defaultConstraints = [] } = args;
  const systemDefaulted = defaultingType === 'System';
  const defaults = systemDefaulted ? systemConstraints : defaultConstraints;

  const constraintsOf = (pod: PodInfo, action: Action): Constraint[] => {
    const { topologySpreadConstraints = [] } = pod.pod.spec;
    const own = (some: readonly WireConstraint[]) =>
      some.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action);
    if (topologySpreadConstraints.length > 0) return own(topologySpreadConstraints).map((wire) => parse(wire, pod));
    const wires = own(defaults);
    if (wires.length === 0) return [];
    const selector = defaultSelector(view, pod);
    return selector.isEmpty() ? [] : wires.map((wire) => parse(wire, pod, selector));
  };

  /** Counts the pods that a constraint speaks of, on the nodes that it lets count. */
  const counterOf = (
    pod: PodInfo,
    constraint: Constraint,
    needed: readonly Constraint[],
    perNode: boolean,
  ): TopologyCounter => {
    const { namespace } = pod;
    const { selector, honourAffinity, honourTaints } = constraint;
    const demand = honourAffinity && !perNode ? nodeDemandOf(pod.pod) : undefined;
    const tolerations = honourTaints && !perNode ? (pod.pod.spec.tolerations ?? []) : undefined;
    const keys = perNode ? [] : needed.map(({ topologyKey }) => topologyKey);
    const name = [
      'spread',
      namespace,
      perNode ? '' : constraint.topologyKey,
      selector.selectable ? selector.toString() : '!',
      keys.join(','),
      demand === undefined ? '' : JSON.stringify(demand),
      tolerations === undefined ? '' : JSON.stringify(tolerations),
    ].join('\n');
    return snapshot.counter(name, () => ({
      topologyKey: perNode ? undefined : constraint.topologyKey,
      label: labelAskedFor(namespace, selector),
      countsPod: (other) =>
        other.namespace === namespace &&
        other.pod.metadata.deletionTimestamp === undefined &&
        selector.matches(other.pod.metadata.labels),
      countsNode: (node) =>
        (perNode || hasAllKeys(needed, node)) &&
        nodeMeetsDemand(demand, node) &&
        (tolerations === undefined || untolerated(node.hardTaints, tolerations) === undefined),
    }));
  };

  const changePretended = (
    constraints: readonly HardConstraint[] | undefined,
    other: PodInfo,
    node: NodeInfo,
    by: 1 | -1,
  ) => {
    for (const { count } of constraints ?? []) count.podChanged(other, node, by);
  };

  /** The weight of a constraint by the number of domains among the nodes that passed. */
  const weightOf = (constraint: Constraint, perNode: boolean, nodes: readonly NodeInfo[]): number => {
    if (perNode) return naturalLog(nodes.length + 2);
    return naturalLog(snapshot.domains(constraint.topologyKey).among(nodes) + 2);
  };

  const scoreAll: NonNullable<Plugin['scoreAll']> = (state, _pod, nodes, scores) => {
    const { constraints, requireAll } = state.read(softKey)!;
    scores.fill(0);
    for (const { topologyKey, perNode, counter, weight, maxSkew } of constraints) {
      const labelled = perNode ? snapshot.domains(topologyKey) : undefined;
      for (let index = 0; index < nodes.length; index++) {
        const node = nodes[index]!;
        const domain = counter.domainOf(node);
        if (domain < 0 || (labelled !== undefined && labelled.of(node) < 0)) continue;
        scores[index] = scores[index]! + counter.get(domain) * weight + (maxSkew - 1);
      }
    }
    for (let index = 0; index < nodes.length; index++) {
      const lacking = requireAll && !hasAllKeys(constraints, nodes[index]!);
      scores[index] = lacking ? IGNORED : Math.round(scores[index]!);
    }
  };

  return {
    name: 'PodTopologySpread',
    preFilter(state, pod) {
      const constraints = constraintsOf(pod, 'DoNotSchedule');
      if (constraints.length === 0) return skip;
      state.write(
        hardKey,
        constraints.map((constraint) => ({
          ...constraint,
          count: new PretendedCount(counterOf(pod, constraint, constraints, false)),
          self: constraint.selector.matches(pod.pod.metadata.labels) ? 1 : 0,
        })),
      );
      return undefined;
    },
    filter(state, _pod, node) {
      for (const { maxSkew, minDomains, count, self } of state.read(hardKey)!) {
        const domain = count.domainOf(node);
        if (domain < 0) return noLabel;
        const fewest = count.counter.size < minDomains ? 0 : count.min();
        if (count.get(domain) + self - fewest > maxSkew) return tooSkewed;
      }
      return undefined;
    },
    addPod: (state, _pod, other, node) => changePretended(state.read(hardKey), other, node, 1),
    removePod: (state, _pod, other, node) => changePretended(state.read(hardKey), other, node, -1),
    preScore(state, pod, nodes) {
      const constraints = constraintsOf(pod, 'ScheduleAnyway');
      if (constraints.length === 0) return skip;
      const requireAll = (pod.pod.spec.topologySpreadConstraints ?? []).length > 0 || !systemDefaulted;
      const needed = requireAll ? constraints : [];
      const scored = requireAll ? nodes.filter((node) => hasAllKeys(constraints, node)) : nodes;
      state.write(softKey, {
        requireAll,
        constraints: constraints.map((constraint) => {
          const perNode = constraint.topologyKey === HOSTNAME;
          const counter = counterOf(pod, constraint, needed, perNode);
          return { ...constraint, perNode, counter, weight: weightOf(constraint, perNode, scored) };
        }),
      });
      return undefined;
    },
    score(state, pod, node) {
      const one = new Float64Array(1);
      scoreAll(state, pod, [node], one);
      return one[0]!;
    },
    scoreAll,
    normalize(_state, _pod, scores) {
      let min = Number.POSITIVE_INFINITY;
      let max = 0;
      for (const score of scores) {
        if (score === IGNORED) continue;
        if (score < min) min = score;
        if (score > max) max = score;
      }
      for (let index = 0; index < scores.length; index++) {
        const score = scores[index]!;
        if (score === IGNORED) scores[index] = 0;
        else scores[index] = max === 0 ? MAX_NODE_SCORE : Math.trunc((MAX_NODE_SCORE * (max + min - score)) / max);
      }
    },
    requeue: [
      { on: 'AssignedPod/Add', helps: (pod, { object }) => concerns(pod, object as Pod, object as Pod) },
      { on: 'AssignedPod/UpdateLabel', helps: (pod, { object, old }) => concerns(pod, object as Pod, old as Pod) },
      { on: 'AssignedPod/Delete', helps: (pod, { object }) => concerns(pod, object as Pod, object as Pod) },
      { on: 'Pod/UpdateLabel' },
      { on: 'Node/Add', helps: (pod, { object }) => hasAnyKey(pod, object as Node) },
      { on: 'Node/UpdateLabel' },
      { on: 'Node/UpdateTaint' },
    ],
  };
}

/** Marks a node that lacks a topology label; it scores 0 in the end. */
const IGNORED = -1;

function concerns(pod: Pod, other: Pod, old: Pod): boolean {
  if (pod.metadata.namespace !== other.metadata.namespace) return false;
  return (pod.spec.topologySpreadConstraints ?? []).some(({ labelSelector }) => {
    const selector = labelSelectorAsSelector(labelSelector as LabelSelectorObject | undefined);
    return selector.matches(other.metadata.labels) || selector.matches(old.metadata.labels);
  });
}

function hasAnyKey(pod: Pod, node: Node): boolean {
  const { labels } = node.metadata;
  return (pod.spec.topologySpreadConstraints ?? []).every(
    ({ topologyKey }) => labelOf(labels, topologyKey) !== undefined,
  );
}
