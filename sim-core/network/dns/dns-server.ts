import type { Client } from '../../client/index.ts';
import { type Coroutine, type Engine, SECOND } from '../../engine/index.ts';
import { NetworkError } from '../../images/process.ts';
import { parseIPv4 } from '../ipv4.ts';
import type { ProcessStack } from '../stack.ts';
import { type Directive, fqdn, inZone, type ServerBlock } from './corefile.ts';
import { KubernetesZone } from './kubernetes-zone.ts';
import type { DnsQuery, DnsRecord, DnsResponse, RecordType } from './message.ts';

export interface DnsServerOptions {
  readonly engine: Engine;
  readonly stack: ProcessStack;
  readonly client: Client;
  readonly blocks: readonly ServerBlock[];
  /** Says what the `log` and `errors` plugins write. */
  log(line: string): void;
}

/** How often a CNAME chain is followed. */
const MAX_CNAMES = 8;
const SERVFAIL: DnsResponse = { kind: 'dns-response', code: 'SERVFAIL', authoritative: false, answers: [] };
const REFUSED: DnsResponse = { kind: 'dns-response', code: 'REFUSED', authoritative: false, answers: [] };

interface Zone {
  readonly names: readonly string[];
  readonly plugins: Map<string, Directive>;
  readonly kubernetes: KubernetesZone | undefined;
  readonly fallthrough: readonly string[] | undefined;
  readonly cache: Map<string, { until: number; response: DnsResponse }>;
}

/** Answers DNS queries as CoreDNS does with a Corefile: each server block is a chain of plugins. */
export class DnsServer {
  private readonly options: DnsServerOptions;
  private readonly zones: Zone[];
  private turns = 0;

  constructor(options: DnsServerOptions) {
    this.options = options;
    this.zones = options.blocks.map((block) => this.zone(block));
  }

  /** Whether all plugins that wait for something have it. */
  get ready(): boolean {
    return this.zones.every(({ kubernetes }) => kubernetes?.ready !== false);
  }

  stop(): void {
    for (const { kubernetes } of this.zones) kubernetes?.stop();
  }

  *answer({ name, type }: DnsQuery, client: string): Coroutine<DnsResponse> {
    const { engine, log } = this.options;
    const started = engine.now;
    const lower = fqdn(name);
    const zone = this.zoneFor(lower);
    if (zone === undefined) return REFUSED;
    const response = yield* this.resolve(zone, lower, type, 0);
    if (zone.plugins.has('log')) {
      const seconds = ((engine.now - started) / SECOND).toFixed(9);
      const flags = response.authoritative ? 'qr,aa,rd' : 'qr,rd,ra';
      log(`[INFO] ${client} - 0 "${type} IN ${lower} udp 0 false 512" ${response.code} ${flags} 0 ${seconds}s`);
    }
    return this.balanced(zone, response);
  }

  private zone({ zones, directives }: ServerBlock): Zone {
    const plugins = new Map(directives.map((directive) => [directive.name, directive]));
    const kubernetes = plugins.get('kubernetes');
    const property = (name: string) => kubernetes?.block.find((one) => one.name === name)?.args;
    const mode = property('pods')?.[0];
    const made =
      kubernetes === undefined
        ? undefined
        : new KubernetesZone({
            engine: this.options.engine,
            client: this.options.client,
            zones: kubernetes.args.length === 0 ? zones : kubernetes.args.map(fqdn),
            pods: mode === 'insecure' || mode === 'verified' ? mode : 'disabled',
            ttl: Number(property('ttl')?.[0] ?? 5),
          });
    const fallthrough = property('fallthrough');
    return {
      names: zones,
      plugins,
      kubernetes: made,
      fallthrough: fallthrough === undefined ? undefined : fallthrough.length === 0 ? ['.'] : fallthrough.map(fqdn),
      cache: new Map(),
    };
  }

  /** The server block with the longest zone that the name lies in. */
  private zoneFor(name: string): Zone | undefined {
    let best: Zone | undefined;
    let length = -1;
    for (const zone of this.zones) {
      for (const one of zone.names) {
        if (inZone(name, one) && one.length > length) [best, length] = [zone, one.length];
      }
    }
    return best;
  }

  private *resolve(zone: Zone, asked: string, type: RecordType, depth: number): Coroutine<DnsResponse> {
    const name = rewritten(zone.plugins.get('rewrite'), asked);
    const hosts = hostsAnswer(zone.plugins.get('hosts'), name, type);
    if (hosts !== undefined) return hosts;
    const kubernetesZone = zone.kubernetes?.zoneOf(name);
    if (zone.kubernetes !== undefined && kubernetesZone !== undefined) {
      // Before the first lists are in, the plugin does not know what there is.
      if (!zone.kubernetes.ready) return SERVFAIL;
      const response = zone.kubernetes.answer(name, type, kubernetesZone);
      const falls = response.code === 'NXDOMAIN' && zone.fallthrough?.some((one) => inZone(name, one)) === true;
      if (!falls) return yield* this.follow(response, type, depth);
    }
    const forward = zone.plugins.get('forward');
    if (forward === undefined || !inZone(name, fqdn(forward.args[0] ?? '.'))) return REFUSED;
    return yield* this.forward(zone, forward, name, type);
  }

  /** What a CNAME points to is looked up too, so that the client need not ask again. */
  private *follow(response: DnsResponse, type: RecordType, depth: number): Coroutine<DnsResponse> {
    const [cname] = response.answers;
    if (cname?.type !== 'CNAME' || type === 'CNAME' || depth >= MAX_CNAMES) return response;
    const zone = this.zoneFor(cname.data);
    if (zone === undefined) return response;
    const target = yield* this.resolve(zone, cname.data, type, depth + 1);
    return { ...response, answers: [...response.answers, ...target.answers] };
  }

  private *forward(zone: Zone, directive: Directive, name: string, type: RecordType): Coroutine<DnsResponse> {
    const { engine, stack, log } = this.options;
    const key = `${type} ${name}`;
    const cached = zone.cache.get(key);
    if (cached !== undefined && cached.until > engine.now) return cached.response;
    const servers = directive.args.slice(1).flatMap((to) => {
      if (to.startsWith('/')) return [...stack.resolver.servers];
      const address = to.replace(/^dns:\/\//, '').replace(/:53$/, '');
      return parseIPv4(address) === undefined ? [] : [address];
    });
    // The forward plugin gives its upstreams five seconds in all.
    for (const server of servers.slice(0, 2)) {
      try {
        const query: DnsQuery = { kind: 'dns-query', name, type };
        const answer = yield* stack.exchangeUdp(server, 53, query, 2 * SECOND, () => `${type} ${name}`);
        const response = { ...(answer as DnsResponse), authoritative: false };
        this.remember(zone, key, response);
        return response;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        if (zone.plugins.has('errors')) {
          const reason = error.code === 'ECONNREFUSED' ? 'connection refused' : 'i/o timeout';
          log(`[ERROR] plugin/errors: 2 ${name} ${type}: read udp ${stack.address}->${server}:53: ${reason}`);
        }
      }
    }
    return SERVFAIL;
  }

  private remember(zone: Zone, key: string, response: DnsResponse): void {
    const cache = zone.plugins.get('cache');
    if (cache === undefined || response.code === 'SERVFAIL') return;
    const most = Number(cache.args[0] ?? 3600);
    const ttl = Math.min(most, ...response.answers.map((record) => record.ttl));
    if (zone.cache.size >= 1024) zone.cache.clear();
    zone.cache.set(key, { until: this.options.engine.now + ttl * SECOND, response });
  }

  /** The loadbalance plugin turns the addresses of an answer, so that clients that take the first spread out. */
  private balanced(zone: Zone, response: DnsResponse): DnsResponse {
    const addresses = response.answers.filter(({ type }) => type === 'A');
    if (addresses.length < 2 || !zone.plugins.has('loadbalance')) return response;
    const shift = this.turns++ % addresses.length;
    const turned = [...addresses.slice(shift), ...addresses.slice(0, shift)];
    return { ...response, answers: [...response.answers.filter(({ type }) => type !== 'A'), ...turned] };
  }
}

/** `rewrite name FROM TO` with exact names, the one form that is simulated. */
function rewritten(directive: Directive | undefined, name: string): string {
  if (directive === undefined) return name;
  const args = directive.args.filter((arg) => arg !== 'stop' && arg !== 'continue' && arg !== 'exact');
  return args[0] === 'name' && args.length === 3 && fqdn(args[1]!) === name ? fqdn(args[2]!) : name;
}

/** Addresses written into the Corefile: `hosts { 10.0.0.5 db.example.com }`. */
function hostsAnswer(directive: Directive | undefined, name: string, type: RecordType): DnsResponse | undefined {
  const answers: DnsRecord[] = [];
  for (const { name: address, args } of directive?.block ?? []) {
    if (parseIPv4(address) === undefined || !args.some((one) => fqdn(one) === name)) continue;
    answers.push({ name, type: 'A', ttl: 3600, data: address });
  }
  if (answers.length === 0) return undefined;
  return { kind: 'dns-response', code: 'NOERROR', authoritative: true, answers: type === 'A' ? answers : [] };
}
