import type { Client } from '../../client/index.ts';
import { type Coroutine, type Engine, SECOND } from '../../engine/index.ts';
import { NetworkError } from '../../images/process.ts';
import { parseIPv4 } from '../ipv4.ts';
import type { ProcessStack } from '../stack.ts';
import { type Directive, fqdn, inZone, REWRITES, type ServerBlock } from './corefile.ts';
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
  readonly rewrites: readonly Rewrite[];
  readonly forwards: readonly Directive[];
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
    const response = yield* this.rewriteAndResolve(zone, lower, type);
    if (zone.plugins.has('log')) {
      const seconds = `${Number(((engine.now - started) / SECOND).toFixed(9))}s`;
      const flags = response.authoritative ? 'qr,aa,rd' : 'qr,rd,ra';
      const id = Number(client.slice(client.lastIndexOf(':') + 1)) & 0xffff;
      const asked = `"${type} IN ${lower} udp ${lower.length + 17} false 512"`;
      log(`[INFO] ${client} - ${id} ${asked} ${response.code} ${flags} ${sizeOf(lower, response)} ${seconds}`);
    }
    return this.balanced(zone, response);
  }

  /** The rewrite plugin: names are asked for under other names, and answers bear the names that were asked for. */
  private *rewriteAndResolve(zone: Zone, name: string, type: RecordType): Coroutine<DnsResponse> {
    const other = rewritten(zone.rewrites, name);
    const response = yield* this.resolve(zone, other, type, 0);
    if (other === name) return response;
    const back = (record: DnsRecord) => (record.name === other ? { ...record, name } : record);
    return { ...response, answers: response.answers.map(back) };
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
      forwards: directives.filter(({ name }) => name === 'forward'),
      rewrites: directives.filter(({ name }) => name === 'rewrite').map(rewriteOf),
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

  private *resolve(zone: Zone, name: string, type: RecordType, depth: number): Coroutine<DnsResponse> {
    const hosts = hostsAnswer(zone.plugins.get('hosts'), name, type);
    if (hosts !== undefined) return hosts;
    const kubernetesZone = zone.kubernetes?.zoneOf(name);
    if (zone.kubernetes !== undefined && kubernetesZone !== undefined) {
      // Before the first lists are in, the plugin does not know what there is.
      if (!zone.kubernetes.ready) return SERVFAIL;
      const response = zone.kubernetes.answer(name, type, kubernetesZone);
      const falls = response.code === 'NXDOMAIN' && zone.fallthrough?.some((one) => inZone(name, one)) === true;
      if (!falls) return yield* this.follow(this.withAuthority(response, kubernetesZone), type, depth);
    }
    const forward = zone.forwards.find(({ args }) => inZone(name, fqdn(args[0] ?? '.')));
    if (forward === undefined) return REFUSED;
    return yield* this.forward(zone, forward, name, type);
  }

  /** An answer without records bears the zone's SOA: how long it may be remembered. */
  private withAuthority(response: DnsResponse, zone: string): DnsResponse {
    if (response.answers.length > 0) return response;
    const serial = Math.floor(this.options.engine.now / SECOND);
    const data = `ns.dns.${zone} hostmaster.${zone} ${serial} 7200 1800 86400 30`;
    return { ...response, authority: [{ name: zone, type: 'SOA', ttl: 30, data }] };
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

/** One `rewrite name` line: answers the new name; `undefined` when it is not about this name. */
type Rewrite = (name: string) => string | undefined;

/** `rewrite [stop|continue] name [exact|prefix|suffix|substring] FROM TO`. Other forms are refused where a Corefile is read. */
function rewriteOf({ args }: Directive): Rewrite {
  const words = args.filter((arg) => arg !== 'stop' && arg !== 'continue');
  const kind = REWRITES.has(words[1] ?? '') && words.length > 3 ? words[1]! : 'exact';
  const [from = '', to = ''] = words.length > 3 && REWRITES.has(words[1] ?? '') ? words.slice(2) : words.slice(1);
  const lower = from.toLowerCase();
  switch (kind) {
    case 'prefix':
      return (name) => (name.startsWith(lower) ? fqdn(to + name.slice(lower.length)) : undefined);
    case 'suffix':
      return (name) => {
        const end = lower.endsWith('.') ? lower : fqdn(lower);
        return name.endsWith(end) ? fqdn(name.slice(0, -end.length) + fqdn(to)) : undefined;
      };
    case 'substring':
      return (name) => (name.includes(lower) ? fqdn(name.replace(lower, to)) : undefined);
    default:
      return (name) => (name === fqdn(lower) ? fqdn(to) : undefined);
  }
}

/** The name under which a name is asked for: the first line that is about it counts. */
function rewritten(rewrites: readonly Rewrite[], name: string): string {
  for (const rewrite of rewrites) {
    const other = rewrite(name);
    if (other !== undefined) return other;
  }
  return name;
}

/**
 * The hosts plugin: addresses written into the Corefile, `hosts { 10.0.0.5 db.example.com }`. It comes before the kubernetes plugin, and
 * without `fallthrough` it fails every name that it does not have.
 */
function hostsAnswer(directive: Directive | undefined, name: string, type: RecordType): DnsResponse | undefined {
  if (directive === undefined) return undefined;
  const answers: DnsRecord[] = [];
  const ttl = Number(directive.block.find((one) => one.name === 'ttl')?.args[0] ?? 3600);
  for (const { name: address, args } of directive.block) {
    if (parseIPv4(address) === undefined || !args.some((one) => fqdn(one) === name)) continue;
    answers.push({ name, type: 'A', ttl, data: address });
  }
  if (answers.length > 0)
    return { kind: 'dns-response', code: 'NOERROR', authoritative: true, answers: type === 'A' ? answers : [] };
  const zones = directive.args.filter((arg) => !arg.startsWith('/'));
  if (zones.length > 0 && !zones.some((zone) => inZone(name, fqdn(zone)))) return undefined;
  const fallthrough = directive.block.find((one) => one.name === 'fallthrough');
  if (fallthrough === undefined) return SERVFAIL;
  const falls = fallthrough.args.length === 0 || fallthrough.args.some((zone) => inZone(name, fqdn(zone)));
  return falls ? undefined : SERVFAIL;
}

/** Bytes of an answer, about: names are written out once more in it than in the question. */
function sizeOf(name: string, { answers }: DnsResponse): number {
  return name.length + 17 + answers.reduce((sum, record) => sum + record.name.length + record.data.length + 8, 0);
}
