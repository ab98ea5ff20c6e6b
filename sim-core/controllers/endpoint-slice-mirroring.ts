import type { Endpoint, EndpointPort } from 'kubernetes-types/discovery/v1';
import { type EndpointSlice, type Endpoints, objectKey } from '../api/objects.ts';
import { endpointSlices } from '../resources/endpoint-slice.ts';
import { endpoints as endpointsResource } from '../resources/endpoints.ts';
import { services } from '../resources/service.ts';
import type { ControllerDefinition } from './controller.ts';
import type { EndpointGroup, IPFamily } from './endpoint-slice/desired.ts';
import { MANAGED_BY, SERVICE_NAME, SliceWriter } from './endpoint-slice/slices.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/**
 * The EndpointSlice mirroring controller (pkg/controller/endpointslicemirroring): Endpoints that somebody wrote by hand, for a
 * Service without selector, are shown as slices too, since kube-proxy reads nothing else.
 */
export const endpointSliceMirroringController: ControllerDefinition = {
  name: 'endpointslice-mirroring-controller',
  serviceAccount: 'endpointslicemirroring-controller',
  setUp(context) {
    const { client, informers } = context;
    const endpointsInformer = informers.for(endpointsResource);
    const serviceInformer = informers.for(services);
    const sliceInformer = informers.for(endpointSlices);
    const writer = new SliceWriter(context, sliceInformer, MANAGER);
    const queue = context.queue({ reconcile });
    const enqueue = (object: { metadata: { namespace?: string; name: string } }) => queue.add(objectKey(object));

    endpointsInformer.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    serviceInformer.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    const enqueueOwner = ({ metadata }: EndpointSlice) => {
      const { namespace, labels } = metadata;
      if (labels?.[MANAGED_BY] === MANAGER) queue.add(`${namespace}/${labels[SERVICE_NAME]}`);
    };
    sliceInformer.addHandler({ added: enqueueOwner, updated: enqueueOwner, deleted: enqueueOwner });

    function reconcile(key: string): void {
      const endpoints = endpointsInformer.getByKey(key);
      const service = serviceInformer.getByKey(key);
      if (
        endpoints === undefined ||
        service === undefined ||
        service.spec.selector !== undefined ||
        !isMirrored(endpoints)
      ) {
        for (const { metadata } of writer.current(key))
          client.delete(endpointSlices, metadata.namespace, metadata.name);
        writer.forget(key);
        return;
      }
      for (const family of ['IPv4', 'IPv6'] as const) {
        const groups = groupsOf(endpoints, family);
        const exists = writer.current(key).some(({ addressType }) => addressType === family);
        // Only a family that has addresses, or had some, is worth a slice.
        if (groups.size > 0 || exists) writer.bring(endpoints, endpoints, family, groups, undefined);
      }
    }
  },
};

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata.labels?.[SKIP] !== 'true' && metadata.annotations?.[LEADER] === undefined;
}

function groupsOf(endpoints: Endpoints, family: IPFamily): Map<string, EndpointGroup> {
  const groups = new Map<string, EndpointGroup>();
  for (const { addresses = [], notReadyAddresses = [], ports: own = [] } of endpoints.subsets ?? []) {
    const ports: EndpointPort[] = own.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }));
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    for (const [list, ready] of [[addresses, true] as const, [notReadyAddresses, false] as const]) {
      for (const { ip, hostname, nodeName, targetRef } of list) {
        if (ip.includes(':') !== (family === 'IPv6')) continue;
        group.endpoints.set(targetRef?.uid ?? ip, {
          addresses: [ip],
          conditions: { ready },
          ...(hostname === undefined ? {} : { hostname }),
          ...(nodeName === undefined ? {} : { nodeName }),
          ...(targetRef === undefined ? {} : { targetRef }),
        });
      }
    }
    if (group.endpoints.size > 0) groups.set(key, group);
  }
  return groups;
}
