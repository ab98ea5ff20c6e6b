import type { NodeSelectorTerm } from 'kubernetes-types/core/v1';
import type { Node, Pod } from '../../api/objects.ts';

/** Whether a node has the labels that a pod asks for: nodeSelector and required node affinity (nodeaffinity.RequiredNodeAffinity). */
export function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const { nodeSelector, affinity } = pod.spec;
  for (const key of Object.keys(nodeSelector ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== nodeSelector![key]) return false;
  }
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node, labels));
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

function matchesTerm(term: NodeSelectorTerm, node: Node, labels: Readonly<Record<string, string>>): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((one) => fulfils(one, Object.hasOwn(labels, one.key) ? labels[one.key] : undefined)) &&
    matchFields.every((one) => fulfils(one, one.key === 'metadata.name' ? node.metadata.name : undefined))
  );
}

function fulfils({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
