import type { Ingress, Node, Service } from '../../../sim-core/api/objects.ts';
import type { Mirror } from '../mirror.ts';
import { isSystemNamespace } from '../system-namespaces.ts';

/** Addresses at which the cluster can be entered from outside now: hosts of Ingresses, load balancers, node ports. */
export function doors(mirror: Mirror): string[] {
  const found: string[] = [];
  for (const { spec, status } of mirror.list('ingresses.networking.k8s.io') as unknown as Ingress[]) {
    if ((status.loadBalancer?.ingress ?? []).length === 0) continue;
    const secured = new Set((spec.tls ?? []).flatMap(({ hosts = [] }) => hosts));
    for (const { host } of spec.rules ?? [])
      if (host !== undefined && !host.startsWith('*')) found.push(`${secured.has(host) ? 'https' : 'http'}://${host}/`);
  }
  const node = (mirror.list('nodes') as unknown as Node[])
    .flatMap(({ status }) => status.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .at(-1)?.address;
  for (const { metadata, spec, status } of mirror.list('services') as unknown as Service[]) {
    if (isSystemNamespace(metadata.namespace)) continue;
    const [port] = spec.ports ?? [];
    if (port === undefined) continue;
    const address = status.loadBalancer?.ingress?.[0]?.ip;
    if (address !== undefined) found.push(`http://${address}${port.port === 80 ? '' : `:${port.port}`}/`);
    else if (port.nodePort !== undefined && node !== undefined) found.push(`http://${node}:${port.nodePort}/`);
  }
  return [...new Set(found)];
}
