import type { Pod, Service } from '../api/objects.ts';
import { selectorFromSet } from '../api/selector.ts';
import type { Informer } from './informer.ts';
import { labelName, labelNames } from './label-names.ts';

const BY_SELECTOR = 'selector';

/** One of the pairs of a Service's selector: pods that lack it cannot be meant. None: it selects nothing. */
export function labelSelectedBy({ metadata, spec }: Service): string | undefined {
  const [pair] = Object.entries(spec.selector ?? {});
  return pair === undefined ? undefined : labelName(metadata.namespace ?? '', ...pair);
}

/** Whether a Service selects a pod. One without a selector selects none. */
export function selectsPod({ metadata, spec }: Service, pod: Pod): boolean {
  const selector = selectorFromSet(spec.selector);
  const here = (metadata.namespace ?? '') === (pod.metadata.namespace ?? '');
  return here && !selector.isEmpty() && selector.matches(pod.metadata.labels);
}

/** Finds the Services of a pod without looking at all: they are indexed by a label, and only those that share one with it are compared in full. */
export class ServiceIndex {
  private readonly services: Informer<Service>;

  constructor(services: Informer<Service>) {
    this.services = services;
    services.addIndex(BY_SELECTOR, (service) => {
      const label = labelSelectedBy(service);
      return label === undefined ? [] : [label];
    });
  }

  servicesOf(pod: Pod): Service[] {
    const candidates = labelNames(pod).flatMap((label) => this.services.byIndex(BY_SELECTOR, label));
    return candidates.filter((service) => selectsPod(service, pod));
  }
}
