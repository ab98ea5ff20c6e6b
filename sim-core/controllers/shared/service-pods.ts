import { deepEqual } from '../../api/equality.ts';
import type { Pod, Service } from '../../api/objects.ts';
import { selectorFromSet } from '../../api/selector.ts';
import { type Informer, labelSelectedBy, ServiceIndex } from '../../client/index.ts';
import { indexByLabel, podsWithLabel } from './pod-labels.ts';
import { isPodReady, isPodTerminal, isTerminating } from './pods.ts';

/**
 * Finds the pods of a Service and the Services of a pod without looking at all of either: both are indexed by label, and only
 * those that share one are compared in full.
 */
export class ServicePods {
  private readonly services: ServiceIndex;
  private readonly pods: Informer<Pod>;

  constructor(services: Informer<Service>, pods: Informer<Pod>) {
    this.services = new ServiceIndex(services);
    this.pods = pods;
    indexByLabel(pods);
  }

  podsOf(service: Service): Pod[] {
    const label = labelSelectedBy(service);
    if (label === undefined) return [];
    const selector = selectorFromSet(service.spec.selector);
    return podsWithLabel(this.pods, label).filter(({ metadata }) => selector.matches(metadata.labels));
  }

  servicesOf(pod: Pod): Service[] {
    return this.services.servicesOf(pod);
  }

  /** Calls `enqueue` with the Services that a change of a pod may concern. */
  watch(enqueue: (service: Service) => void): void {
    this.pods.addHandler({
      added: (pod) => this.servicesOf(pod).forEach(enqueue),
      updated: (pod, old) => {
        const relabelled =
          pod.metadata.labels !== old.metadata.labels && !deepEqual(pod.metadata.labels, old.metadata.labels);
        if (!relabelled && !endpointChanged(pod, old)) return;
        this.servicesOf(pod).forEach(enqueue);
        if (relabelled) this.servicesOf(old).forEach(enqueue);
      },
      deleted: (pod) => this.servicesOf(pod).forEach(enqueue),
    });
  }
}

/** Whether a pod changed in what its endpoint shows (podEndpointsChanged). */
function endpointChanged(pod: Pod, old: Pod): boolean {
  return (
    isTerminating(pod) !== isTerminating(old) ||
    isPodReady(pod) !== isPodReady(old) ||
    isPodTerminal(pod) !== isPodTerminal(old) ||
    pod.status.podIP !== old.status.podIP ||
    pod.spec.nodeName !== old.spec.nodeName ||
    !deepEqual(pod.status.podIPs, old.status.podIPs)
  );
}

/** Whether a pod has an address that a Service may send to (ShouldPodBeInEndpoints). */
export function belongsInEndpoints(pod: Pod, includeTerminating: boolean): boolean {
  if (isPodTerminal(pod) || (pod.status.podIP ?? '') === '') return false;
  return includeTerminating || !isTerminating(pod);
}

/** The name that DNS gives to a pod of a headless Service, if it asks for one. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? hostname : undefined;
}

/** The number of a Service's port in a pod, where it may be given by the name of a container's port (podutil.FindPort). */
export function targetPort(pod: Pod, port: NonNullable<Service['spec']['ports']>[number]): number | undefined {
  const { targetPort: target = port.port, protocol = 'TCP' } = port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const restartable = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...restartable]) {
    const found = container.ports?.find((own) => own.name === target && (own.protocol ?? 'TCP') === protocol);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === 'None';
}
