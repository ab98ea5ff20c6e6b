import { decodeBase64, isBase64 } from '../../api/base64.ts';
import { deepEqual } from '../../api/equality.ts';
import type { EndpointSlice, Ingress } from '../../api/objects.ts';
import { isConflict, StatusError } from '../../api/status.ts';
import { type CertificateInfo, certifies, parseCertificates } from '../../api/x509.ts';
import { type Client, EventRecorder, InformerFactory, Unreachable } from '../../client/index.ts';
import { type Engine, MINUTE, type Micros, SECOND, type Timer } from '../../engine/index.ts';
import type { Process } from '../../images/process.ts';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { ingresses } from '../../resources/ingress.ts';
import { ingressClasses } from '../../resources/ingress-class.ts';
import { secrets } from '../../resources/secret.ts';
import { services } from '../../resources/service.ts';
import { klog } from '../daemon.ts';
import { parseIPv4 } from '../ipv4.ts';
import { unsupported } from './annotations.ts';
import { IngressProxy } from './proxy.ts';
import { type Backend, routesOf } from './routes.ts';

/** One change of the configuration each so often (--sync-rate-limit=0.3). */
const SYNC_PERIOD: Micros = Math.round(SECOND / 0.3);
/** How often addresses are written into Ingresses (status.UpdateInterval). */
const STATUS_PERIOD: Micros = MINUTE;
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const SERVICE_NAME = 'kubernetes.io/service-name';

export interface IngressOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly process: Process;
  /** `--controller-class` */
  readonly controllerClass: string;
  /** `--ingress-class`: what the old annotation says. */
  readonly ingressClass: string;
  /** `--watch-ingress-without-class` */
  readonly withoutClass: boolean;
  /** `--publish-service`: `namespace/name` of the Service whose address Ingresses get. Without it, the node's. */
  readonly publishService: string | undefined;
  /** Address of its node. */
  readonly nodeAddress: string;
}

/** What ingress-nginx does beside answering: follows the API server, and tells nginx and the Ingresses. */
export class IngressController {
  readonly proxy: IngressProxy;
  private readonly options: IngressOptions;
  private readonly informers: InformerFactory;
  private readonly events: EventRecorder;
  private timer: Timer | undefined;
  private statusTimer: Timer | undefined;
  private synced: Micros;
  private first = true;
  private stopped = false;

  constructor(options: IngressOptions) {
    const { engine, client, process } = options;
    this.options = options;
    this.synced = engine.now - SYNC_PERIOD;
    this.informers = new InformerFactory(engine, client);
    this.events = new EventRecorder(engine, client, { component: 'nginx-ingress-controller' });
    this.proxy = new IngressProxy(process, routesOf([], { backend: () => NOWHERE, certificate: () => undefined }));
    this.informers.for(ingresses).addHandler({
      added: (ingress) => this.seen(ingress),
      updated: (ingress, old) => {
        if (ingress.spec !== old.spec || ingress.metadata.annotations !== old.metadata.annotations) this.seen(ingress);
      },
      deleted: () => this.schedule(),
    });
    this.informers.for(endpointSlices).addIndex('service', serviceKeys);
    const changed = () => this.schedule();
    const any = { added: changed, updated: changed, deleted: changed };
    this.informers.for(ingressClasses).addHandler(any);
    this.informers.for(services).addHandler(any);
    this.informers.for(endpointSlices).addHandler(any);
    this.informers.for(secrets).addHandler(any);
    this.informers.start();
    this.statusTimer = engine.background(STATUS_PERIOD, () => this.writeStatuses());
  }

  /** Whether it has seen all there is once: only then is it ready to serve. */
  get ready(): boolean {
    return this.informers.synced && !this.first;
  }

  stop(): void {
    this.stopped = true;
    this.informers.stop();
    this.options.engine.cancel(this.timer);
    this.options.engine.cancel(this.statusTimer);
  }

  private log(level: 'I' | 'W' | 'E', where: string, text: string): void {
    this.options.process.stderr.write(`${klog(this.options.process, level, where)} ${text}\n`);
  }

  private seen(ingress: Ingress): void {
    if (this.isOurs(ingress)) {
      const { namespace, name, annotations = {} } = ingress.metadata;
      const className = ingress.spec.ingressClassName ?? this.options.ingressClass;
      this.log(
        'I',
        'store.go:440',
        `"Found valid IngressClass" ingress="${namespace}/${name}" ingressclass="${className}"`,
      );
      for (const annotation of unsupported(annotations)) {
        this.log(
          'W',
          'annotations.go:179',
          `${annotation} of ${namespace}/${name} is not simulated by sim-core: ignored`,
        );
      }
      this.events.normal(ingress, 'Sync', 'Scheduled for sync');
    }
    this.schedule();
  }

  private schedule(): void {
    const { engine } = this.options;
    if (this.stopped || this.timer?.run !== undefined) return;
    this.timer = engine.after(Math.max(0, this.synced + SYNC_PERIOD - engine.now), () => this.sync());
  }

  private sync(): void {
    if (this.stopped || !this.informers.synced) return;
    const { engine } = this.options;
    this.synced = engine.now;
    const ours = [...this.informers.for(ingresses).list()].filter((ingress) => this.isOurs(ingress));
    const servers = routesOf(ours, {
      backend: (namespace, service, port, secure) => this.backend(namespace, service, port, secure),
      certificate: (namespace, secret, host) => this.certificate(namespace, secret, host),
    });
    if (this.first || !deepEqual(withoutEndpoints(this.proxy.servers), withoutEndpoints(servers))) {
      this.log('I', 'controller.go:196', '"Configuration changes detected, backend reload required"');
      this.log('I', 'controller.go:216', '"Backend successfully reloaded"');
    }
    if (this.first) this.log('I', 'controller.go:227', '"Initial sync, sleeping for 1 second"');
    this.first = false;
    this.proxy.servers = servers;
  }

  private isOurs({ metadata, spec }: Ingress): boolean {
    const { controllerClass, ingressClass, withoutClass } = this.options;
    const { ingressClassName } = spec;
    if (ingressClassName !== undefined) {
      return this.informers.for(ingressClasses).get(undefined, ingressClassName)?.spec.controller === controllerClass;
    }
    const annotated = metadata.annotations?.[CLASS_ANNOTATION];
    return annotated === undefined ? withoutClass : annotated === ingressClass;
  }

  /** The endpoints behind a port of a Service, straight: nginx does not go through the Service's address. */
  private backend(
    namespace: string,
    name: string,
    asked: { name?: string; number?: number },
    secure: boolean,
  ): Backend {
    const key = `${namespace}/${name}`;
    const backend = { name: `${namespace}-${name}-${asked.name ?? asked.number}`, secure };
    const service = this.informers.for(services).getByKey(key);
    if (service === undefined) {
      const why = `no object matching key "${key}" in local store`;
      this.log('W', 'controller.go:1216', `Error obtaining Endpoints for Service "${key}": ${why}`);
      return { ...backend, endpoints: [] };
    }
    const port = (service.spec.ports ?? []).find((one) =>
      asked.name === undefined ? one.port === asked.number : one.name === asked.name,
    );
    if (service.spec.type === 'ExternalName') {
      const target = Number(port?.targetPort ?? asked.number ?? 80);
      return { ...backend, endpoints: [{ host: service.spec.externalName!, port: target }] };
    }
    const slices = this.informers.for(endpointSlices).byIndex('service', key);
    const endpoints = port === undefined ? [] : endpointsOf(slices, port.name ?? '');
    if (endpoints.length === 0)
      this.log('W', 'controller.go:1322', `Service "${key}" does not have any active Endpoint.`);
    return { ...backend, endpoints };
  }

  private certificate(namespace: string, name: string, host: string): CertificateInfo | undefined {
    const key = `${namespace}/${name}`;
    const { data = {} } = this.informers.for(secrets).getByKey(key) ?? {};
    const failed = (why: string) => {
      this.log('W', 'controller.go:1549', `Error getting SSL certificate "${key}": ${why}. Using default certificate`);
      return undefined;
    };
    if (this.informers.for(secrets).getByKey(key) === undefined) {
      return failed(`local SSL certificate ${key} was not found`);
    }
    const [encoded, keyData] = [data['tls.crt'] ?? '', data['tls.key'] ?? ''];
    if (encoded === '' || keyData === '') return failed(`secret "${key}" contains no keypair or CA certificate`);
    const [certificate] = isBase64(encoded) ? parseCertificates(decodeBase64(encoded)) : [];
    if (certificate === undefined) return failed(`no valid PEM formatted block found`);
    const ours = host === '_' || host.startsWith('*.') || certifies(certificate, host);
    if (!ours && !certificate.names.includes(host)) {
      const what = 'does not contain a Common Name or Subject Alternative Name for server';
      this.log('W', 'controller.go:1565', `SSL certificate "${key}" ${what} "${host}". Using default certificate`);
      return undefined;
    }
    return certificate;
  }

  /** Tells every Ingress where it can be reached (status.Syncer). */
  private writeStatuses(): void {
    const { engine, client } = this.options;
    const addresses = this.addresses();
    for (const ingress of [...this.informers.for(ingresses).list()]) {
      if (!this.isOurs(ingress) || deepEqual(ingress.status.loadBalancer?.ingress ?? [], addresses)) continue;
      const { namespace, name } = ingress.metadata;
      try {
        client.updateStatus(ingresses, { ...ingress, status: { loadBalancer: { ingress: addresses } } });
        this.log('I', 'status.go:304', `"updating Ingress status" namespace="${namespace}" ingress="${name}"`);
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
        if (!isConflict(error)) this.log('W', 'status.go:309', `error updating ingress rule: ${error.message}`);
      }
    }
    this.statusTimer = engine.background(STATUS_PERIOD, () => this.writeStatuses());
  }

  private addresses(): { ip: string }[] {
    const { publishService, nodeAddress } = this.options;
    if (publishService === undefined) return [{ ip: nodeAddress }];
    const service = this.informers.for(services).getByKey(publishService);
    if (service === undefined) return [];
    const { type, clusterIP = '', externalIPs = [] } = service.spec;
    const external = externalIPs.map((ip) => ({ ip }));
    if (type !== 'LoadBalancer') return external.length > 0 ? external : [{ ip: clusterIP }];
    const balanced = service.status.loadBalancer?.ingress ?? [];
    return [...balanced.flatMap(({ ip }) => (ip === undefined ? [] : [{ ip }])), ...external];
  }
}

const NOWHERE: Backend = { name: '', endpoints: [], secure: false };

function serviceKeys({ metadata }: EndpointSlice): string[] {
  const service = metadata.labels?.[SERVICE_NAME];
  return service === undefined ? [] : [`${metadata.namespace}/${service}`];
}

function endpointsOf(slices: readonly EndpointSlice[], portName: string): Backend['endpoints'] {
  const found = new Map<string, { host: string; port: number }>();
  for (const { ports, endpoints } of slices) {
    const port = ports?.find(({ name = '' }) => name === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions } of endpoints ?? []) {
      const [host] = addresses;
      if (host === undefined || conditions?.ready === false || parseIPv4(host) === undefined) continue;
      found.set(`${host}:${port}`, { host, port });
    }
  }
  return [...found.values()];
}

/** What needs a new configuration file: all but endpoints, which nginx is told without. */
function withoutEndpoints(servers: IngressProxy['servers']): unknown {
  return [...servers.values()].map(({ host, certificate, locations }) => [
    host,
    certificate?.subject ?? '',
    locations.map(({ path, match, ingress, annotations, backend }) => [
      path,
      String(match),
      ingress,
      annotations,
      backend.name,
    ]),
  ]);
}
