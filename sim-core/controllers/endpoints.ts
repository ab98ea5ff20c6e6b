import type { EndpointAddress, EndpointPort, EndpointSubset } from 'kubernetes-types/core/v1';
import { deepEqual } from '../api/equality.ts';
import { parseIP } from '../api/ip.ts';
import { type Endpoints, objectKey, type Pod, type Service } from '../api/objects.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { endpoints as endpointsResource } from '../resources/endpoints.ts';
import { pods } from '../resources/pod.ts';
import { services } from '../resources/service.ts';
import type { ControllerDefinition } from './controller.ts';
import { isNamespaceTerminating } from './shared/pod-control.ts';
import { isPodReady } from './shared/pods.ts';
import { belongsInEndpoints, hostnameIn, isHeadless, ServicePods, targetPort } from './shared/service-pods.ts';
import { TRIGGER_TIME, TriggerTimes } from './shared/trigger-time.ts';
import { WriteBudget } from './shared/write-budget.ts';

const CAPACITY = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const HEADLESS = 'service.kubernetes.io/headless';

/**
 * The Endpoints controller (pkg/controller/endpoint): one object per Service with all its pods' addresses. It came before
 * EndpointSlices and is deprecated since v1.33, but still there, and `kubectl get endpoints` still shows it.
 */
export const endpointsController: ControllerDefinition = {
  name: 'endpoints-controller',
  serviceAccount: 'endpoint-controller',
  eventSource: 'endpoint-controller',
  setUp(context) {
    const { client, engine, informers, events } = context;
    const serviceInformer = informers.for(services);
    const endpointsInformer = informers.for(endpointsResource);
    const members = new ServicePods(serviceInformer, informers.for(pods));
    const triggers = new TriggerTimes();
    const budget = new WriteBudget(engine);
    const queue = context.queue({ reconcile });
    const enqueue = (object: Service | Endpoints) => queue.add(objectKey(object));

    serviceInformer.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    endpointsInformer.addHandler({ added: (found) => leftover(found), deleted: enqueue });
    members.watch(enqueue);

    /** Endpoints found at the start whose Service is gone were missed by a controller that was down (checkLeftoverEndpoints). */
    function leftover(found: Endpoints): void {
      if (found.metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined) enqueue(found);
    }

    function reconcile(key: string): number {
      const service = serviceInformer.getByKey(key);
      const current = endpointsInformer.getByKey(key);
      if (service === undefined) {
        triggers.forget(key);
        if (current !== undefined) remove(current);
        return 0;
      }
      if (service.spec.selector === undefined || service.spec.type === 'ExternalName') return 0;
      const selected = members
        .podsOf(service)
        .filter((pod) => belongsInEndpoints(pod, service.spec.publishNotReadyAddresses === true));
      const { subsets, truncated } = subsetsOf(service, selected);
      const trigger = triggers.next(key, service, selected);
      const labels: Record<string, string> = { ...service.metadata.labels, [MANAGED_BY]: 'endpoint-controller' };
      if (isHeadless(service)) labels[HEADLESS] = '';
      else delete labels[HEADLESS];
      const { [TRIGGER_TIME]: oldTrigger, [OVER_CAPACITY]: oldOver, ...others } = current?.metadata.annotations ?? {};
      const over = truncated ? 'truncated' : undefined;
      const same =
        current !== undefined &&
        deepEqual(current.subsets ?? [], subsets) &&
        deepEqual(current.metadata.labels, labels) &&
        oldOver === over;
      if (same) return selected.length * 10;
      const annotations: Record<string, string> = { ...others };
      if (over !== undefined) annotations[OVER_CAPACITY] = over;
      if (trigger !== undefined) annotations[TRIGGER_TIME] = trigger;
      else if (oldTrigger !== undefined) annotations[TRIGGER_TIME] = oldTrigger;
      write(service, current, { labels, annotations, subsets });
      return Math.max(selected.length * 10, budget.spend(1));
    }

    function write(
      service: Service,
      current: Endpoints | undefined,
      next: { labels: Record<string, string>; annotations: Record<string, string>; subsets: EndpointSubset[] },
    ): void {
      const { labels, annotations, subsets } = next;
      const { namespace, name } = service.metadata;
      try {
        if (current === undefined)
          client.create(endpointsResource, { metadata: { namespace, name, labels, annotations }, subsets });
        else
          client.update(endpointsResource, {
            ...current,
            metadata: { ...current.metadata, labels, annotations },
            subsets,
          });
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        if (error instanceof StatusError) {
          const [reason, verb] =
            current === undefined ? ['FailedToCreateEndpoint', 'create'] : ['FailedToUpdateEndpoint', 'update'];
          events.warning(service, reason!, `Failed to ${verb} endpoint ${namespace}/${name}: ${error.message}`);
        }
        throw error;
      }
    }

    function remove({ metadata }: Endpoints): void {
      try {
        client.delete(endpointsResource, metadata.namespace, metadata.name);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  },
};

/** Addresses grouped by their ports, sorted, at most 1,000 of them: ready ones first (RepackSubsets, truncateEndpoints). */
function subsetsOf(service: Service, selected: readonly Pod[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const groups = new Map<string, { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  for (const pod of selected) {
    const ports = portsOf(service, pod);
    if (ports.length === 0 && !(isHeadless(service) && (service.spec.ports ?? []).length === 0)) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    groups.set(key, group);
    const ready = service.spec.publishNotReadyAddresses === true || isPodReady(pod);
    (ready ? group.ready : group.notReady).push(addressOf(service, pod));
  }
  const keys = [...groups.keys()].sort();
  const total = [...groups.values()].reduce((sum, { ready, notReady }) => sum + ready.length + notReady.length, 0);
  let room = CAPACITY;
  const subsets: EndpointSubset[] = [];
  for (const key of keys) {
    const { ports, ready, notReady } = groups.get(key)!;
    const addresses = sorted(ready).slice(0, room);
    room -= addresses.length;
    const notReadyAddresses = sorted(notReady).slice(0, room);
    room -= notReadyAddresses.length;
    subsets.push({
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
      ...(ports.length === 0 ? {} : { ports }),
    });
  }
  return { subsets, truncated: total > CAPACITY };
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPort(pod, port);
    if (number === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = port;
    ports.push({
      ...(name === '' ? {} : { name }),
      port: number,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    });
  }
  return ports;
}

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameIn(service, pod);
  return {
    ip: pod.status.podIP!,
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** By address, as numbers. */
function sorted(addresses: EndpointAddress[]): EndpointAddress[] {
  const keyed = addresses.map((address) => ({ address, bytes: parseIP(address.ip) ?? [] }));
  keyed.sort((a, b) => {
    const length = Math.max(a.bytes.length, b.bytes.length);
    for (let index = 0; index < length; index++) {
      const difference = (a.bytes[index] ?? 0) - (b.bytes[index] ?? 0);
      if (difference !== 0) return difference;
    }
    return (a.address.targetRef?.uid ?? '') < (b.address.targetRef?.uid ?? '') ? -1 : 1;
  });
  return keyed.map(({ address }) => address);
}
