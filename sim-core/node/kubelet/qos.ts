import type { Container, ResourceRequirements } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COMPUTE = ['cpu', 'memory'] as const;

/** Quality of service of a pod, by its containers' CPU and memory (qos.ComputePodQOS). */
export function computeQos(pod: Pod): QosClass {
  const containers: readonly Container[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    const { requests, limits } = sums(resources);
    if (requests.length > 0 || limits.length > 0) any = true;
    if (limits.length !== COMPUTE.length || !requests.every(([name, amount]) => sameAmount(limits, name, amount))) {
      guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** The quality of service that the API server recorded, or, where it is missing, the computed one. */
export function qosOf(pod: Pod): QosClass {
  return (pod.status.qosClass as QosClass | undefined) ?? computeQos(pod);
}

type Amounts = readonly (readonly [string, bigint])[];

function sums(resources: ResourceRequirements | undefined): { requests: Amounts; limits: Amounts } {
  const pick = (list: Readonly<Record<string, string>> | undefined): Amounts =>
    COMPUTE.flatMap((name) => {
      const text = list?.[name];
      const nanos = text === undefined ? 0n : quantity(text).nanos;
      return nanos === 0n ? [] : [[name, nanos] as const];
    });
  return { requests: pick(resources?.requests), limits: pick(resources?.limits) };
}

function sameAmount(limits: Amounts, name: string, amount: bigint): boolean {
  return limits.some(([other, limit]) => other === name && limit === amount);
}
