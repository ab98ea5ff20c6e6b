import type * as CoreV1 from 'kubernetes-types/core/v1';
import { quantity } from '../../api/quantity.ts';

const COUNTED = ['cpu', 'memory'] as const;

/** A pod's quality of service, from its containers' requests and limits (ComputePodQOS). */
export function qosClass(spec: CoreV1.PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let anything = false;
  let guaranteed = true;
  for (const { resources = {} } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    for (const name of COUNTED) {
      const request = resources.requests?.[name];
      const limit = resources.limits?.[name];
      const asked = isPositive(request);
      const bounded = isPositive(limit);
      if (asked || bounded) anything = true;
      if (!bounded || (asked && quantity(request!).compare(quantity(limit!)) !== 0)) guaranteed = false;
    }
  }
  if (!anything) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function isPositive(amount: string | undefined): boolean {
  return amount !== undefined && quantity(amount).toNumber() > 0;
}
