import type { Service } from '../api/objects.ts';
import { BOOKED_LABELS, type IPAddress, isBookedForService } from '../resources/ip-address.ts';
import type { ServiceCIDR } from '../resources/service-cidr.ts';
import type { Change, Store } from '../store/store.ts';
import { storeOwn } from './own-objects.ts';
import type { ApiServer } from './server.ts';
import { ServiceRange } from './service-range.ts';

const ADDRESSES = 'ipaddresses.networking.k8s.io';
const RANGES = 'servicecidrs.networking.k8s.io';

/** The range of the API server's own flag, which the ServiceCIDR of this name shows. */
const DEFAULT_RANGE = 'kubernetes';

/**
 * Books each address of a Service as an IPAddress, in the moment in which the Service is written (ipallocator.Allocator, which books before:
 * nobody can come between).
 */
export function followServices(server: ApiServer): void {
  const { store } = server;
  const { onChange } = store;
  store.onChange = (change) => {
    onChange(change);
    if (change.table === 'services') book(server, change);
  };
}

function book(server: ApiServer, { type, object, previous }: Change): void {
  const before = addressesOf(previous as Service | undefined);
  const now = type === 'DELETED' ? [] : addressesOf(object as unknown as Service);
  if (before.length === 0 && now.length === 0) return;
  for (const address of before) if (!now.includes(address)) release(server.store, address);
  const { namespace, name } = object.metadata;
  for (const address of now) {
    if (before.includes(address)) continue;
    const spec = { parentRef: { resource: 'services', namespace, name } };
    const own = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: { name: address, labels: BOOKED_LABELS },
      spec,
    };
    storeOwn(server, ADDRESSES, own, 'apiserver/ip-address-uids');
  }
}

function addressesOf(service: Service | undefined): readonly string[] {
  const all = service?.spec.clusterIPs ?? [];
  return all[0] === 'None' ? [] : all;
}

function release(store: Store, address: string): void {
  const found = store.get(ADDRESSES, address) as unknown as IPAddress | undefined;
  if (found !== undefined && isBookedForService(found)) store.delete(ADDRESSES, address, found as never);
}

/** Whether an address is booked, for a Service or by hand. */
export function isBooked(store: Store, address: string): boolean {
  return store.get(ADDRESSES, address) !== undefined;
}

/** The ranges from which addresses are given now: those of the ServiceCIDRs that are ready and stay (MetaAllocator.syncAllocators). */
export function readyRanges(store: Store, flag: ServiceRange): readonly ServiceRange[] {
  const all = store.list(RANGES) as unknown as ServiceCIDR[];
  if (all.length === 0) return [flag];
  const ranges: ServiceRange[] = [];
  for (const { metadata, spec, status } of all) {
    const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status !== 'False';
    if (!ready || metadata.deletionTimestamp !== undefined) continue;
    for (const cidr of spec.cidrs ?? []) {
      if (cidr.includes(':') || ranges.some((range) => range.cidr === cidr)) continue;
      // The first range is where addresses come from as long as it has any.
      if (metadata.name === DEFAULT_RANGE) ranges.unshift(cidr === flag.cidr ? flag : new ServiceRange(cidr));
      else ranges.push(new ServiceRange(cidr));
    }
  }
  return ranges;
}
