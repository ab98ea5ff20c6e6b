import {
  type NodeDemand,
  type NodeSelectorTerm,
  nodeDemandOf,
  nodeMeetsDemand,
  podMatchesNode,
  termMatchesNode,
} from '../../api/node-selector.ts';
import type { Node } from '../../api/objects.ts';
import { StateKey } from '../cycle-state.ts';
import type { Plugin } from '../framework.ts';
import { normalizeScores } from '../normalize.ts';
import { skip, unresolvable } from '../status.ts';

interface Preference {
  readonly weight: number;
  readonly preference: NodeSelectorTerm;
}

const demands = new StateKey<NodeDemand>('PreFilterNodeAffinity');
const preferences = new StateKey<readonly Preference[]>('PreScoreNodeAffinity');
const mismatch = unresolvable("node(s) didn't match Pod's node affinity/selector");

/** Names of the nodes that a demand can only mean, when each of its terms names nodes by `metadata.name`. */
function namedNodes({ required }: NodeDemand): ReadonlySet<string> | undefined {
  if (required === undefined) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of required.nodeSelectorTerms) {
    const named = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (named.length === 0) return undefined;
    const [first, ...others] = named.map(({ values = [] }) => values);
    for (const name of first!) if (others.every((values) => values.includes(name))) names.add(name);
  }
  return names;
}

/** Keeps pods to the nodes that their `nodeSelector` and required node affinity ask for, and scores by preferred affinity. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  local: true,
  preFilter(state, { pod }) {
    const demand = nodeDemandOf(pod);
    if (demand === undefined) return skip;
    state.write(demands, demand);
    const nodeNames = namedNodes(demand);
    if (nodeNames === undefined) return undefined;
    if (nodeNames.size === 0) return unresolvable('pod affinity terms conflict');
    return { nodeNames };
  },
  filter: (state, _pod, node) => (nodeMeetsDemand(state.read(demands), node) ? undefined : mismatch),
  preScore(state, { pod }) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return skip;
    state.write(preferences, preferred);
    return undefined;
  },
  score(state, _pod, node) {
    let score = 0;
    for (const { weight, preference } of state.read(preferences) ?? []) {
      if (termMatchesNode(preference, node.labels, node.name)) score += weight;
    }
    return score;
  },
  normalize: (_state, _pod, scores) => normalizeScores(scores, false),
  requeue: [
    { on: 'Node/Add', helps: (pod, { object }) => podMatchesNode(pod, object as Node) },
    { on: 'Node/UpdateLabel', helps: (pod, { object }) => podMatchesNode(pod, object as Node) },
  ],
};
