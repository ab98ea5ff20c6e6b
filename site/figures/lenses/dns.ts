import type { EndpointSlice, Pod, Service } from '../../../sim-core/api/objects.ts';
import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import type { Mirror } from '../../workspace/mirror.ts';
import { isName } from './packet.ts';
import type { LensSource } from './source.ts';

export interface DnsModel {
  /** `default/client`, or a node's name. */
  readonly client: string;
  readonly nameserver: string;
  readonly search: readonly string[];
  /** The names asked for, in order, with what the cluster's own zone says to each. */
  readonly questions: readonly DnsQuestion[];
}

export interface DnsQuestion {
  readonly id: number;
  readonly type: string;
  readonly name: string;
  readonly reached: boolean;
  readonly answer:
    | { readonly kind: 'addresses'; readonly of: string; readonly addresses: readonly string[] }
    | { readonly kind: 'nxdomain' | 'outside' | 'none' };
}

/** Questions of one client that follow one another within this time belong to one lookup, microseconds. */
const TOGETHER = 2_000_000;
const ZONE = 'cluster.local';

/** The latest lookup of a name by one of the learner's programs. Undefined when there was none. */
export function dnsLens({ events, mirror, focus }: LensSource): DnsModel | undefined {
  const asked = events.filter(
    (event): event is TraceEvent<'packet'> =>
      event.kind === 'packet' &&
      isName((event as TraceEvent<'packet'>).data) &&
      !event.actor.startsWith('kube-system/') &&
      (focus?.table !== 'pods' || event.actor === `${focus.namespace}/${focus.name}`),
  );
  const last = asked.at(-1);
  if (last === undefined) return undefined;
  const lookup: TraceEvent<'packet'>[] = [];
  let time = last.time;
  for (const event of [...asked].reverse()) {
    if (event.actor !== last.actor) continue;
    // A program that looks the same name up again begins anew.
    const again = lookup.some(({ data }) => data.about === event.data.about);
    if (again || time - event.time > TOGETHER) break;
    time = event.time;
    lookup.unshift(event);
  }
  const pod = mirror.get('pods', last.actor) as unknown as Pod | undefined;
  const namespace = pod?.metadata.namespace ?? 'default';
  return {
    client: last.actor,
    nameserver: last.data.to.replace(/:\d+$/, ''),
    search: pod === undefined ? [] : [`${namespace}.svc.${ZONE}`, `svc.${ZONE}`, ZONE],
    questions: lookup.map(({ id, data }) => {
      const [type = '', name = ''] = data.about.split(' ');
      return { id, type, name, reached: data.outcome === 'delivered', answer: answerOf(mirror, type, name) };
    }),
  };
}

/** What the cluster's zone says to a name, from the Services that CoreDNS watches. */
function answerOf(mirror: Mirror, type: string, name: string): DnsQuestion['answer'] {
  const labels = name.replace(/\.$/, '').split('.');
  const zone = labels.slice(-2).join('.');
  if (zone !== ZONE) return { kind: 'outside' };
  const [service = '', namespace = '', svc] = labels.slice(-5, -2);
  const found =
    labels.length >= 5 && svc === 'svc'
      ? (mirror.get('services', `${namespace}/${service}`) as unknown as Service | undefined)
      : undefined;
  if (found === undefined) return { kind: 'nxdomain' };
  if (type !== 'A') return { kind: 'none' };
  const address = found.spec.clusterIP;
  if (address !== undefined && address !== 'None') {
    return labels.length === 5
      ? { kind: 'addresses', of: `${namespace}/${service}`, addresses: [address] }
      : { kind: 'nxdomain' };
  }
  const slices = mirror.list('endpointslices.discovery.k8s.io') as unknown as EndpointSlice[];
  const addresses = slices
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === service,
    )
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(
      ({ hostname, conditions }) => conditions?.ready !== false && (labels.length === 5 || hostname === labels[0]),
    )
    .flatMap((endpoint) => endpoint.addresses);
  return addresses.length === 0
    ? { kind: 'nxdomain' }
    : { kind: 'addresses', of: `${namespace}/${service}`, addresses };
}
