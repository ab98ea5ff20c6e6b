import { type EndpointSlice, objectKey, type Service } from '../../api/objects.ts';
import { type Client, InformerFactory } from '../../client/index.ts';
import { type Coroutine, type Engine, formatMicroTime, type Micros, SECOND, type Timer } from '../../engine/index.ts';
import { type Listener, NetworkError } from '../../images/process.ts';
import { endpointSlices } from '../../resources/endpoint-slice.ts';
import { nodes } from '../../resources/node.ts';
import { services } from '../../resources/service.ts';
import type { Prefix } from '../ipv4.ts';
import type { ProcessStack } from '../stack.ts';
import { categorize, endpointsOf } from './endpoints.ts';
import { IptablesProxier } from './iptables-proxier.ts';
import type { Proxier, ProxyState } from './proxier.ts';
import { servicePorts } from './service-port.ts';
import '../trace.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';
const PROXY_NAME = 'service.kubernetes.io/service-proxy-name';
const ZONE = 'topology.kubernetes.io/zone';
const HEALTHZ_PORT = 10_256;
const METRICS_PORT = 10_249;
/** Two syncs may follow each other at once; after that one each `minSyncPeriod` (BoundedFrequencyRunner). */
const BURST = 2;

export interface KubeProxyOptions {
  readonly engine: Engine;
  readonly client: Client;
  /** The node's own network, held by the process that runs the proxy. */
  readonly stack: ProcessStack;
  /** `--hostname-override` */
  readonly nodeName: string;
  readonly mode: 'iptables' | 'ipvs';
  /** What few clusters need: IPVS. */
  late(): { readonly IpvsProxier: typeof import('./ipvs-proxier.ts').IpvsProxier };
  /** `--cluster-cidr`: where pods' addresses are. */
  readonly clusterCIDR: Prefix;
  /** Shortest time between writing the rules twice. Default 1 s, as upstream. */
  readonly minSyncPeriod?: Micros;
}

export interface KubeProxy {
  /** Ends it. The rules stay as they are, as on a real node. */
  stop(): void;
}

/**
 * kube-proxy of one node: watches Services and EndpointSlices and writes the rules by which the node's kernel sends what is meant for a
 * Service to one of its endpoints. No packet passes through kube-proxy itself.
 */
export function startKubeProxy(options: KubeProxyOptions): KubeProxy {
  return new ServiceProxy(options);
}

class ServiceProxy implements KubeProxy, ProxyState {
  readonly node: string;
  private readonly options: KubeProxyOptions;
  private readonly informers: InformerFactory;
  private readonly proxier: Proxier;
  private readonly changed = new Set<string>();
  private readonly slicesOf = new Map<string, Map<string, EndpointSlice>>();
  private readonly health = new Map<number, { key: string; listener: Listener }>();
  private readonly servers: (Listener | undefined)[];
  private timer: Timer | undefined;
  private tokens = BURST;
  private refilled: Micros;
  private stopped = false;

  constructor(options: KubeProxyOptions) {
    const { engine, client, nodeName, stack } = options;
    this.options = options;
    this.node = nodeName;
    this.refilled = engine.now;
    this.informers = new InformerFactory(engine, client);
    this.proxier =
      options.mode === 'ipvs'
        ? new (options.late().IpvsProxier)(stack.namespace, options.clusterCIDR)
        : new IptablesProxier(stack.namespace, options.clusterCIDR);
    // Services of another proxy, and slices of headless Services, are none of its business (proxy server's label selector).
    const labelSelector = `!${PROXY_NAME},!${HEADLESS}`;
    this.informers.for(services, { labelSelector }).addHandler({
      added: (service) => this.change(objectKey(service)),
      updated: (service, old) => {
        if (service.spec !== old.spec || service.status !== old.status) this.change(objectKey(service));
      },
      deleted: (service) => this.change(objectKey(service)),
    });
    this.informers.for(endpointSlices, { labelSelector }).addHandler({
      added: (slice) => this.take(slice),
      updated: (slice) => this.take(slice),
      deleted: (slice) => this.drop(slice),
    });
    this.informers.for(nodes, { fieldSelector: `metadata.name=${nodeName}` }).addHandler({
      updated: (node, old) => {
        if (node.metadata.labels?.[ZONE] !== old.metadata.labels?.[ZONE]) {
          for (const service of this.services.list()) this.change(objectKey(service));
        }
      },
    });
    this.informers.start();
    const health = () => {
      const now = `"${formatMicroTime(engine.now)}"`;
      const body = `{"lastUpdated":${now},"currentTime":${now},"nodeEligible":true}`;
      return { status: this.informers.synced ? 200 : 503, body };
    };
    const metrics = (path: string) =>
      path === '/proxyMode' ? { status: 200, body: options.mode } : { status: 404, body: '404 page not found\n' };
    this.servers = [this.listen(HEALTHZ_PORT, health), this.listen(METRICS_PORT, metrics, true)];
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    this.informers.stop();
    this.options.engine.cancel(this.timer);
    for (const { listener } of this.health.values()) listener.close();
    for (const server of this.servers) server?.close();
  }

  zone(): string | undefined {
    const node = this.informers.for(nodes, { fieldSelector: `metadata.name=${this.node}` }).get(undefined, this.node);
    return node?.metadata.labels?.[ZONE];
  }

  service(key: string): Service | undefined {
    return this.services.getByKey(key);
  }

  slices(key: string): readonly EndpointSlice[] {
    return [...(this.slicesOf.get(key)?.values() ?? [])];
  }

  private get services() {
    return this.informers.for(services, { labelSelector: `!${PROXY_NAME},!${HEADLESS}` });
  }

  private take(slice: EndpointSlice): void {
    const key = serviceOf(slice);
    if (key === undefined) return;
    let slices = this.slicesOf.get(key);
    if (slices === undefined) {
      slices = new Map();
      this.slicesOf.set(key, slices);
    }
    slices.set(slice.metadata.name, slice);
    this.change(key);
  }

  private drop(slice: EndpointSlice): void {
    const key = serviceOf(slice);
    const slices = key === undefined ? undefined : this.slicesOf.get(key);
    if (key === undefined || slices === undefined) return;
    slices.delete(slice.metadata.name);
    if (slices.size === 0) this.slicesOf.delete(key);
    this.change(key);
  }

  private change(key: string): void {
    this.changed.add(key);
    this.schedule();
  }

  private schedule(): void {
    const { engine, minSyncPeriod = SECOND } = this.options;
    if (this.stopped) return;
    if (this.timer?.run !== undefined) {
      if (this.timer.kind === 'work' || engine.kind === 'background') return;
      engine.cancel(this.timer);
    }
    const earned = Math.floor((engine.now - this.refilled) / minSyncPeriod);
    this.tokens = Math.min(BURST, this.tokens + earned);
    this.refilled = this.tokens === BURST ? engine.now : this.refilled + earned * minSyncPeriod;
    const wait = this.tokens > 0 ? 0 : this.refilled + minSyncPeriod - engine.now;
    this.timer = engine.after(wait, () => this.sync());
  }

  private sync(): void {
    // No rules before the first lists are complete: half of them would do harm.
    if (this.stopped || !this.informers.synced) return;
    const { engine } = this.options;
    this.tokens = Math.max(0, this.tokens - 1);
    const changed = new Set(this.changed);
    this.changed.clear();
    this.proxier.sync(changed, this);
    for (const key of changed) this.checkHealthPort(key);
    if (changed.size > 0 && engine.trace.enabled) {
      const names = [...changed].sort();
      const shown =
        names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
      engine.emit('network', `kube-proxy/${this.node}`, { where: this.node, what: `rules written for ${shown}` });
    }
  }

  /** For a Service of policy Local, load balancers ask each node whether it has endpoints (healthcheck.ServiceHealthServer). */
  private checkHealthPort(key: string): void {
    const service = this.service(key);
    const port = service?.spec.externalTrafficPolicy === 'Local' ? (service.spec.healthCheckNodePort ?? 0) : 0;
    for (const [number, { key: owner, listener }] of this.health) {
      if (owner !== key || number === port) continue;
      listener.close();
      this.health.delete(number);
    }
    if (port === 0 || this.health.has(port)) return;
    const listener = this.listen(port, () => {
      const count = this.localEndpoints(key);
      const [namespace, name] = key.split('/');
      const body = JSON.stringify({ service: { namespace, name }, localEndpoints: count, serviceProxyHealthy: true });
      return { status: count > 0 ? 200 : 503, body };
    });
    if (listener !== undefined) this.health.set(port, { key, listener });
  }

  private localEndpoints(key: string): number {
    const service = this.service(key);
    const [port] = service === undefined ? [] : servicePorts(service);
    if (port === undefined) return 0;
    return categorize(port, endpointsOf(port, this.slices(key)), this.node, this.zone()).local.length;
  }

  private listen(
    port: number,
    answer: (path: string) => { status: number; body: string },
    local?: boolean,
  ): Listener | undefined {
    try {
      return this.options.stack.serveHttp(port, ({ path }) => respond(answer(path)), undefined, local);
    } catch (error) {
      // The port is taken: upstream logs it and goes on without.
      if (!(error instanceof NetworkError)) throw error;
      return undefined;
    }
  }
}

function* respond({ status, body }: { status: number; body: string }): Coroutine<{
  status: number;
  headers: Record<string, string>;
  body: string;
}> {
  yield* [];
  return { status, headers: { 'content-type': 'application/json' }, body };
}

function serviceOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}
