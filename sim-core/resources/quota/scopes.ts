import type { AnyObject, Pod, ResourceQuota } from '../../api/objects.ts';

/** Whether a quota's scopes mean an object. Only pods have scopes: a quota with scopes counts nothing else. */
export function inScopes({ spec }: ResourceQuota, table: string, object: AnyObject): boolean {
  const expressions = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName: scopeName as string, operator: 'Exists', values: [] })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  if (expressions.length === 0) return true;
  if (table !== 'pods') return false;
  const pod = object as unknown as Pod;
  return expressions.every(({ scopeName, operator, values = [] }) => {
    switch (scopeName) {
      case 'Terminating':
        return isTerminating(pod);
      case 'NotTerminating':
        return !isTerminating(pod);
      case 'BestEffort':
        return pod.status.qosClass === 'BestEffort';
      case 'NotBestEffort':
        return pod.status.qosClass !== 'BestEffort';
      case 'PriorityClass': {
        const name = pod.spec.priorityClassName ?? '';
        if (operator === 'Exists') return name !== '';
        if (operator === 'DoesNotExist') return name === '';
        return (values as readonly string[]).includes(name) === (operator === 'In');
      }
      case 'CrossNamespacePodAffinity':
        return crossesNamespaces(pod);
      default:
        return false;
    }
  });
}

function isTerminating({ spec }: Pod): boolean {
  return spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
}

function crossesNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined),
  );
}
