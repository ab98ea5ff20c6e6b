import type { Node, Pod } from './objects.ts';

type NodeAffinity = NonNullable<NonNullable<Pod['spec']['affinity']>['nodeAffinity']>;
export type NodeSelector = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>;
export type NodeSelectorTerm = NodeSelector['nodeSelectorTerms'][number];
type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];
type Labels = Readonly<Record<string, string>> | undefined;

/** The value of a label; names such as `constructor` are not inherited. */
export function labelOf(labels: Labels, key: string): string | undefined {
  const value: unknown = labels?.[key];
  return typeof value === 'string' ? value : undefined;
}

const integer = /^[+-]?[0-9]{1,19}$/;

function meets(requirement: Requirement, actual: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    case 'Gt':
    case 'Lt': {
      const limit = values[0];
      if (actual === undefined || limit === undefined || !integer.test(actual) || !integer.test(limit)) return false;
      return operator === 'Gt' ? BigInt(actual) > BigInt(limit) : BigInt(actual) < BigInt(limit);
    }
    default:
      return false;
  }
}

/** Whether labels and name satisfy a term; an empty term matches nothing. */
export function termMatchesNode(term: NodeSelectorTerm, labels: Labels, name: string): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  for (const requirement of matchExpressions) {
    if (!meets(requirement, labelOf(labels, requirement.key))) return false;
  }
  for (const requirement of matchFields) {
    if (!meets(requirement, requirement.key === 'metadata.name' ? name : undefined)) return false;
  }
  return true;
}

/** Whether a node satisfies one of the selector's terms (nodeaffinity.NodeSelector.Match). */
export function nodeSelectorMatches(selector: NodeSelector, labels: Labels, name: string): boolean {
  for (const term of selector.nodeSelectorTerms) if (termMatchesNode(term, labels, name)) return true;
  return false;
}

/** What a pod demands of its node's labels: `nodeSelector` and required node affinity (nodeaffinity.RequiredNodeAffinity). */
export interface NodeDemand {
  readonly selector: Labels;
  readonly required: NodeSelector | undefined;
}

export function nodeDemandOf(pod: Pod): NodeDemand | undefined {
  const { nodeSelector, affinity } = pod.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const none = nodeSelector === undefined || Object.keys(nodeSelector).length === 0;
  return none && required === undefined ? undefined : { selector: none ? undefined : nodeSelector, required };
}

export function nodeMeetsDemand(
  demand: NodeDemand | undefined,
  node: { readonly labels: Labels; readonly name: string },
): boolean {
  return demand === undefined || labelsMeetDemand(demand, node.labels, node.name);
}

function labelsMeetDemand({ selector, required }: NodeDemand, labels: Labels, name: string): boolean {
  if (selector !== undefined) {
    for (const key of Object.keys(selector)) if (labelOf(labels, key) !== selector[key]) return false;
  }
  return required === undefined || nodeSelectorMatches(required, labels, name);
}

/** Whether a Node object satisfies a pod's node selector and required node affinity. */
export function podMatchesNode(pod: Pod, node: Node): boolean {
  const demand = nodeDemandOf(pod);
  return demand === undefined || labelsMeetDemand(demand, node.metadata.labels, node.metadata.name);
}
