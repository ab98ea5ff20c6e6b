import { type Cidr, cidrContains, parseCIDR, parseIP } from '../api/ip.ts';
import { formatTime, parseTime, SECOND } from '../engine/index.ts';
import { ipAddresses, isBookedForService } from '../resources/ip-address.ts';
import { type ServiceCIDR, serviceCIDRs } from '../resources/service-cidr.ts';
import type { ControllerDefinition } from './controller.ts';
import { isTerminating } from './shared/pods.ts';

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
/** API servers may go on to give out addresses of a range until they have heard that it is to go. */
const GRACE = 10 * SECOND;

/** The ServiceCIDR controller (pkg/controller/servicecidrs): a range from which addresses are in use does not go. */
export const serviceCidrsController: ControllerDefinition = {
  name: 'service-cidr-controller',
  serviceAccount: 'service-cidrs-controller',
  setUp(context) {
    const { client, engine, informers } = context;
    const ranges = informers.for(serviceCIDRs);
    const addresses = informers.for(ipAddresses);
    const queue = context.queue({ reconcile });
    const enqueue = ({ metadata }: ServiceCIDR) => queue.add(metadata.name);
    // A range that comes, or goes, may be what holds another's addresses.
    const enqueueAll = () => {
      for (const range of ranges.list()) enqueue(range);
    };
    ranges.addHandler({ added: enqueueAll, updated: enqueue, deleted: enqueueAll });
    addresses.addHandler({
      deleted() {
        for (const range of ranges.list()) if (isTerminating(range)) enqueue(range);
      },
    });

    function reconcile(name: string): void {
      const range = ranges.get(undefined, name);
      if (range === undefined) return;
      const finalizers = range.metadata.finalizers ?? [];
      if (!isTerminating(range)) {
        if (!finalizers.includes(FINALIZER)) {
          const metadata = { ...range.metadata, finalizers: [...finalizers, FINALIZER] };
          client.update(serviceCIDRs, { ...range, metadata });
        } else setReady(range, 'True', '', 'Kubernetes Service CIDR is ready');
        return;
      }
      if (!finalizers.includes(FINALIZER)) return;
      if (holdsAddresses(range)) {
        const message =
          'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
        setReady(range, 'False', 'Terminating', message);
        return;
      }
      const wait = (parseTime(range.metadata.deletionTimestamp!) ?? 0) + GRACE - engine.now;
      if (wait > 0) {
        queue.addAfter(name, wait);
        return;
      }
      const metadata = { ...range.metadata, finalizers: finalizers.filter((each) => each !== FINALIZER) };
      client.update(serviceCIDRs, { ...range, metadata });
    }

    function setReady(range: ServiceCIDR, status: string, reason: string, message: string): void {
      const old = range.status.conditions?.find(({ type }) => type === 'Ready');
      if (old?.status === status && old.reason === reason && old.message === message) return;
      const condition = { type: 'Ready', status, reason, message, lastTransitionTime: formatTime(engine.now) };
      client.updateStatus(serviceCIDRs, { ...range, status: { conditions: [condition] } });
    }

    /** Whether addresses would be left without a range (canDeleteCIDR). */
    function holdsAddresses({ metadata, spec }: ServiceCIDR): boolean {
      const own = networksOf(spec);
      const others = [...ranges.list()]
        .filter((other) => other.metadata.name !== metadata.name)
        .flatMap((other) => networksOf(other.spec));
      if (own.every((network) => others.some((other) => covers(other, network)))) return false;
      return [...addresses.list()].some((address) => {
        const bytes = isBookedForService(address) ? parseIP(address.metadata.name) : undefined;
        const within = (network: Cidr) => bytes !== undefined && cidrContains(network, bytes);
        return own.some(within) && !others.some(within);
      });
    }
  },
};

function networksOf({ cidrs = [] }: ServiceCIDR['spec']): Cidr[] {
  return cidrs.map(parseCIDR).filter((network) => network !== undefined);
}

function covers(outer: Cidr, inner: Cidr): boolean {
  return outer.prefix <= inner.prefix && cidrContains(outer, inner.network);
}
