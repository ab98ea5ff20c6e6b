import type { PodFailurePolicyRule } from 'kubernetes-types/batch/v1';
import type { Job, Pod } from '../../api/objects.ts';
import { Indexes } from './indexes.ts';

/** What the failure policy says about a failed pod. */
export interface PolicyMatch {
  readonly action: string;
  readonly message: string;
}

/** The first rule that a failed pod matches decides (matchPodFailurePolicy); without a match it counts as usual. */
export function matchFailurePolicy({ spec }: Job, pod: Pod): PolicyMatch | undefined {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const message = matchExitCodes(rule, pod, index) ?? matchConditions(rule, pod, index);
    if (message !== undefined) return { action: rule.action, message };
  }
  return undefined;
}

function matchExitCodes({ action, onExitCodes }: PodFailurePolicyRule, pod: Pod, index: number): string | undefined {
  if (onExitCodes === undefined) return undefined;
  const { namespace, name } = pod.metadata;
  for (const status of [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])]) {
    const code = status.state?.terminated?.exitCode;
    if (code === undefined || code === 0) continue;
    if (onExitCodes.containerName !== undefined && onExitCodes.containerName !== status.name) continue;
    const listed = onExitCodes.values.includes(code);
    if (listed !== (onExitCodes.operator === 'In')) continue;
    return `Container ${status.name} for pod ${namespace}/${name} failed with exit code ${code} matching ${action} rule at index ${index}`;
  }
  return undefined;
}

function matchConditions(
  { action, onPodConditions }: PodFailurePolicyRule,
  pod: Pod,
  index: number,
): string | undefined {
  const { namespace, name } = pod.metadata;
  for (const pattern of onPodConditions ?? []) {
    const { type, status = 'True' } = pattern;
    if (pod.status.conditions?.some((condition) => condition.type === type && condition.status === status) === true) {
      return `Pod ${namespace}/${name} has condition ${type} matching ${action} rule at index ${index}`;
    }
  }
  return undefined;
}

/** The message of the first success rule that the succeeded indexes meet (matchSuccessPolicy). */
export function matchSuccessPolicy({ spec }: Job, succeeded: Indexes): string | undefined {
  const completions = spec.completions ?? 0;
  for (const [index, { succeededIndexes, succeededCount }] of (spec.successPolicy?.rules ?? []).entries()) {
    const wanted = succeededIndexes === undefined ? undefined : Indexes.parse(succeededIndexes, completions);
    let have = 0;
    for (let one = 0; one < completions; one++) {
      if (succeeded.has(one) && (wanted === undefined || wanted.has(one))) have++;
    }
    if (have >= (succeededCount ?? wanted?.total ?? completions)) return `Matched rules at index ${index}`;
  }
  return undefined;
}
