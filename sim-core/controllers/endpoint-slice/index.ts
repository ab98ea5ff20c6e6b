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
import { addHints, capacityOf, wantsHints } from './topology.ts';

const MANAGER = 'endpointslice-controller.k8s.io';
const WAS_ENABLED = 'Topology Aware Hints was enabled but is now disabled';
const NOW_ENABLED = 'Topology Aware Hints has been enabled';

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
    /** Services whose endpoints bear hints of topology-aware routing. */
    const hinted = new Set<string>();

    serviceInformer.addHandler({ added: enqueue, updated: enqueue, deleted: enqueue });
    members.watch(enqueue);
    nodeInformer.addHandler({
      updated(node, old) {
        if (hinted.size > 0 && capacityOf(node) !== capacityOf(old)) for (const key of hinted) queue.add(key);
      },
      deleted() {
        for (const key of hinted) queue.add(key);
      },
    });
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

    /** Gives the endpoints hints where the Service asks for them, and tells what came of it. */
    function tellOfHints(service: Service, family: IPFamily, groups: ReturnType<typeof desiredGroups>): void {
      const key = objectKey(service);
      const had = hinted.delete(key);
      const wanted = wantsHints(service);
      if (!wanted && !had) return;
      const endpoints = [...groups.values()].flatMap((group) => [...group.endpoints.values()]);
      const problem = wanted ? addHints(endpoints, [...nodeInformer.list()]) : WAS_ENABLED;
      const { events } = context;
      if (problem !== undefined)
        events.warning(service, 'TopologyAwareHintsDisabled', `${problem}, addressType: ${family}`);
      else {
        hinted.add(key);
        if (!had) events.normal(service, 'TopologyAwareHintsEnabled', `${NOW_ENABLED}, addressType: ${family}`);
      }
    }

    function reconcile(key: string): number {
      const service = serviceInformer.getByKey(key);
      if (service === undefined) {
        // Its slices go with it: the garbage collector knows them by their owner.
        triggers.forget(key);
        hinted.delete(key);
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
        const groups = desiredGroups(service, selected, family, zoneOf);
        tellOfHints(service, family, groups);
        writer.bring(service, service, family, groups, trigger);
      }
      return Math.max(selected.length * 10, budget.spend(writer.writes - before));
    }
  },
};
