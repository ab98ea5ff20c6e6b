import type { EndpointSlice, Namespace, Pod, Service } from '../../api/objects.ts';
import { type Client, type Informer, InformerFactory } from '../../client/index.ts';
import type { Engine } from '../../engine/index.ts';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { namespaces } from '../../resources/namespace.ts';
import { pods } from '../../resources/pod.ts';
import { services } from '../../resources/service.ts';
import { formatIPv4, parseIPv4 } from '../ipv4.ts';
import { inZone } from './corefile.ts';
import type { DnsRecord, DnsResponse, RecordType } from './message.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const BY_SERVICE = 'service';
const BY_ADDRESS = 'address';

export interface KubernetesZoneOptions {
  readonly engine: Engine;
  readonly client: Client;
  /** With final dots: `cluster.local.`, `in-addr.arpa.` */
  readonly zones: readonly string[];
  readonly pods: 'disabled' | 'insecure' | 'verified';
  /** Seconds. */
  readonly ttl: number;
}

interface NamedAddress {
  /** First label of the endpoint's own name: its hostname, or its address with dashes. */
  readonly label: string;
  readonly address: string;
}

/** The names of Services, endpoints and pods: CoreDNS's kubernetes plugin, after the DNS-based service discovery specification 1.1.0. */
export class KubernetesZone {
  private readonly options: KubernetesZoneOptions;
  private readonly informers: InformerFactory;
  private readonly services: Informer<Service>;
  private readonly slices: Informer<EndpointSlice>;
  private readonly namespaces: Informer<Namespace>;
  private readonly pods: Informer<Pod> | undefined;

  constructor(options: KubernetesZoneOptions) {
    this.options = options;
    this.informers = new InformerFactory(options.engine, options.client);
    this.services = this.informers.for(services);
    this.services.addIndex(BY_ADDRESS, ({ spec }) => (spec.clusterIP === undefined ? [] : [spec.clusterIP]));
    this.slices = this.informers.for(endpointSlices);
    this.slices.addIndex(BY_SERVICE, ({ metadata }) => {
      const name = metadata.labels?.[SERVICE_NAME];
      return name === undefined ? [] : [`${metadata.namespace}/${name}`];
    });
    this.slices.addIndex(BY_ADDRESS, ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));
    this.namespaces = this.informers.for(namespaces);
    if (options.pods === 'verified') {
      this.pods = this.informers.for(pods);
      this.pods.addIndex(BY_ADDRESS, ({ status }) => (status.podIP === undefined ? [] : [status.podIP]));
    }
    this.informers.start();
  }

  /** Whether it has read everything it answers from. */
  get ready(): boolean {
    return this.informers.synced;
  }

  stop(): void {
    this.informers.stop();
  }

  /** The zone that a name lies in. */
  zoneOf(name: string): string | undefined {
    return this.options.zones.find((zone) => inZone(name, zone));
  }

  /** Answers for a name of the zone. NXDOMAIN when there is no such name, no answers when it has no record of that type. */
  answer(name: string, type: RecordType, zone: string): DnsResponse {
    if (zone.endsWith('.arpa.')) return this.reverse(name, type);
    const labels = name === zone ? [] : name.slice(0, -zone.length - 1).split('.');
    if (labels.length === 0) return response([]);
    const kind = labels.at(-1);
    if (kind === 'dns-version' && labels.length === 1) {
      return response(type === 'TXT' ? [this.record(name, 'TXT', '"1.1.0"')] : []);
    }
    const namespace = labels.at(-2);
    if (kind !== 'svc' && kind !== 'pod') return NXDOMAIN;
    if (namespace === undefined) return response([]);
    if (this.namespaces.get(undefined, namespace) === undefined) return NXDOMAIN;
    const rest = labels.slice(0, -2);
    if (rest.length === 0) return response([]);
    return kind === 'pod'
      ? this.podName(name, rest, namespace, type)
      : this.serviceName(name, rest, namespace, type, zone);
  }

  private record(name: string, type: RecordType, data: string): DnsRecord {
    return { name, type, ttl: this.options.ttl, data };
  }

  /** `10-244-1-5.default.pod.cluster.local.` */
  private podName(name: string, labels: readonly string[], namespace: string, type: RecordType): DnsResponse {
    const address = labels.length === 1 ? parseIPv4(labels[0]!.replaceAll('-', '.')) : undefined;
    if (this.options.pods === 'disabled' || address === undefined) return NXDOMAIN;
    const text = formatIPv4(address);
    if (this.pods !== undefined) {
      const known = this.pods.byIndex(BY_ADDRESS, text).some(({ metadata }) => metadata.namespace === namespace);
      if (!known) return NXDOMAIN;
    }
    return response(type === 'A' ? [this.record(name, 'A', text)] : []);
  }

  private serviceName(
    name: string,
    labels: readonly string[],
    namespace: string,
    type: RecordType,
    zone: string,
  ): DnsResponse {
    const service = this.services.get(namespace, labels.at(-1)!);
    if (service === undefined) return NXDOMAIN;
    const base = `${service.metadata.name}.${namespace}.svc.${zone}`;
    const before = labels.slice(0, -1);
    if (before.length > 2) return NXDOMAIN;
    const wanted =
      before.length === 2 || before[0]?.startsWith('_') === true
        ? { port: before[0]?.replace(/^_/, ''), protocol: before[1]?.replace(/^_/, '') }
        : undefined;
    if (wanted !== undefined && before.length !== 2) return NXDOMAIN;
    if (service.spec.type === 'ExternalName') {
      if (before.length > 0) return NXDOMAIN;
      return response([this.record(name, 'CNAME', `${service.spec.externalName}.`.replace(/\.\.$/, '.'))]);
    }
    const headless = service.spec.clusterIP === 'None' || service.spec.clusterIP === undefined;
    if (before.length === 1) {
      // One endpoint by its own name: only these have A records below the Service.
      const found = this.endpoints(service).filter(({ label }) => label === before[0]);
      if (found.length === 0) return NXDOMAIN;
      return response(type === 'A' ? unique(found.map(({ address }) => this.record(name, 'A', address))) : []);
    }
    if (type === 'SRV' || wanted !== undefined) return this.srv(name, service, base, headless, wanted, type);
    const addresses = headless ? this.endpoints(service).map(({ address }) => address) : [service.spec.clusterIP!];
    if (addresses.length === 0) return NXDOMAIN;
    return response(type === 'A' ? unique(addresses.map((address) => this.record(name, 'A', address))) : []);
  }

  /** SRV: a record for each port, and for each endpoint of a headless Service. */
  private srv(
    name: string,
    service: Service,
    base: string,
    headless: boolean,
    wanted: { port: string | undefined; protocol: string | undefined } | undefined,
    type: RecordType,
  ): DnsResponse {
    const targets: { port: number; target: string; address: string }[] = [];
    const matches = (port: string, protocol: string) =>
      wanted === undefined || (port === wanted.port && protocol.toLowerCase() === wanted.protocol);
    if (headless) {
      for (const slice of this.slicesOf(service)) {
        for (const { name: portName = '', port, protocol = 'TCP' } of slice.ports ?? []) {
          if (port === undefined || !matches(portName, protocol)) continue;
          for (const { label, address } of namedAddresses(slice)) {
            targets.push({ port, target: `${label}.${base}`, address });
          }
        }
      }
    } else {
      for (const { name: portName = '', port, protocol = 'TCP' } of service.spec.ports ?? []) {
        if (matches(portName, protocol)) targets.push({ port, target: base, address: service.spec.clusterIP! });
      }
    }
    if (targets.length === 0) return NXDOMAIN;
    if (type !== 'SRV') {
      // The same name asked for its address gives the addresses behind it.
      return response(type === 'A' ? unique(targets.map(({ address }) => this.record(name, 'A', address))) : []);
    }
    const weight = Math.max(1, Math.floor(100 / targets.length));
    const answers = targets.map(({ port, target }) => this.record(name, 'SRV', `0 ${weight} ${port} ${target}`));
    const additional = unique(targets.map(({ target, address }) => this.record(target, 'A', address)));
    return { ...response(unique(answers)), additional };
  }

  private reverse(name: string, type: RecordType): DnsResponse {
    const labels = name.slice(0, -'.in-addr.arpa.'.length).split('.');
    const address = labels.length === 4 ? labels.toReversed().join('.') : '';
    if (parseIPv4(address) === undefined) return NXDOMAIN;
    const zone = this.options.zones.find((one) => !one.endsWith('.arpa.'));
    if (zone === undefined) return NXDOMAIN;
    const answer = (names: string[]) =>
      names.length === 0 ? NXDOMAIN : response(type === 'PTR' ? names.map((one) => this.record(name, 'PTR', one)) : []);
    const [service] = this.services.byIndex(BY_ADDRESS, address);
    if (service !== undefined) return answer([`${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`]);
    const names: string[] = [];
    for (const slice of this.slices.byIndex(BY_ADDRESS, address)) {
      const { namespace, labels: slicesLabels } = slice.metadata;
      const owner = this.services.get(namespace, slicesLabels?.[SERVICE_NAME] ?? '');
      if (owner?.spec.clusterIP !== 'None') continue;
      for (const one of namedAddresses(slice)) {
        if (one.address === address) names.push(`${one.label}.${owner.metadata.name}.${namespace}.svc.${zone}`);
      }
    }
    return answer([...new Set(names)]);
  }

  private slicesOf({ metadata }: Service): EndpointSlice[] {
    return this.slices.byIndex(BY_SERVICE, `${metadata.namespace}/${metadata.name}`);
  }

  private endpoints(service: Service): NamedAddress[] {
    return this.slicesOf(service).flatMap(namedAddresses);
  }
}

/** The ready endpoints of a slice, each with its own name (endpointHostname). */
function namedAddresses({ endpoints, addressType }: EndpointSlice): NamedAddress[] {
  if (addressType !== 'IPv4') return [];
  const found: NamedAddress[] = [];
  for (const { addresses, conditions, hostname } of endpoints ?? []) {
    if (conditions?.ready === false) continue;
    for (const address of addresses) {
      const label = hostname === undefined || hostname === '' ? address.replaceAll('.', '-') : hostname;
      found.push({ label, address });
    }
  }
  return found;
}

function unique(records: readonly DnsRecord[]): DnsRecord[] {
  const seen = new Set<string>();
  return records.filter(({ name, data }) => {
    const key = `${name} ${data}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function response(answers: readonly DnsRecord[]): DnsResponse {
  return { kind: 'dns-response', code: 'NOERROR', authoritative: true, answers };
}

const NXDOMAIN: DnsResponse = { kind: 'dns-response', code: 'NXDOMAIN', authoritative: true, answers: [] };
