import { type EndpointSlice, objectKey, type Service } from '../../api/objects.ts';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { nodes } from '../../resources/node.ts';
import { pods } from '../../resources/pod.ts';
import { services } from '../../resources/service.ts';
import type { ControllerDefinition } from '../controller.ts';
import { isTerminating } from '../shared/pods.ts';
import { belongsInEndpoints, ServicePods } from '../shared/service-pods.ts';
import { TriggerTimes } from '../shared/trigger-time.ts';
import { WriteBudget } from '../shared/write-budget.ts';
import { desiredGroups, type IPFamily } from './desired.ts';
import { MANAGED_BY, SERVICE_NAME, SliceWriter } from './slices.ts';

const MANAGER = 'endpointslice-controller.k8s.io';

/**
 * The EndpointSlice controller (pkg/controller/endpointslice): keeps, for every Service with a selector, the list of its pods'
 * addresses that kube-proxy and DNS read, cut into slices so that a change of one pod does not resend thousands.
 */
export const endpointSliceController: ControllerDefinition = {
  name: 'endpointslice-controller',
  eventSource: 'endpoint-slice-controller',
  setUp(context) {
    const { engine, informers } = context;
    const serviceInformer = informers.for(services);
    const nodeInformer = informers.for(nodes);
    const sliceInformer = informers.for(endpointSlices);
    const members = new ServicePods(serviceInformer, informers.for(pods));
    const triggers = new TriggerTimes();
    const budget = new WriteBudget(engine);
    const writer = new SliceWriter(context, sliceInformer, MANAGER);
    const queue = context.queue({ reconcile });
    const enqueue = (service: Service) => queue.add(objectKey(service));

    serviceInformer.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    members.watch(enqueue);
    const enqueueOwner = (slice: EndpointSlice) => {
      const { namespace, labels } = slice.metadata;
      if (labels?.[MANAGED_BY] === MANAGER) queue.add(`${namespace}/${labels[SERVICE_NAME]}`);
    };
    const enqueueUnlessOwn = (slice: EndpointSlice) => {
      if (!writer.isOwnWrite(slice)) enqueueOwner(slice);
    };
    sliceInformer.addHandler({
      added: enqueueUnlessOwn,
      updated(slice, old) {
        enqueueUnlessOwn(slice);
        if (slice.metadata.labels?.[SERVICE_NAME] !== old.metadata.labels?.[SERVICE_NAME]) enqueueOwner(old);
      },
      deleted: enqueueOwner,
    });

    function reconcile(key: string): number {
      const service = serviceInformer.getByKey(key);
      if (service === undefined) {
        // Its slices go with it: the garbage collector knows them by their owner.
        triggers.forget(key);
        writer.forget(key);
        return 0;
      }
      const { selector, type } = service.spec;
      if (selector === undefined || type === 'ExternalName' || isTerminating(service)) return 0;
      const selected = members.podsOf(service).filter((pod) => belongsInEndpoints(pod, true));
      const zoneOf = (node: string) =>
        nodeInformer.get(undefined, node)?.metadata.labels?.['topology.kubernetes.io/zone'];
      const families = (service.spec.ipFamilies ?? ['IPv4']) as IPFamily[];
      const trigger = triggers.next(key, service, selected);
      const before = writer.writes;
      for (const family of families) {
        writer.bring(service, service, family, desiredGroups(service, selected, family, zoneOf), trigger);
      }
      return Math.max(selected.length * 10, budget.spend(writer.writes - before));
    }
  },
};
