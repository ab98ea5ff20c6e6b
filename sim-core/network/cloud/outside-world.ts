import type { Coroutine } from '../../engine/index.ts';
import type { HttpResponse } from '../../images/process.ts';
import { fqdn } from '../dns/corefile.ts';
import { type DnsRecord, type DnsResponse, isQuery } from '../dns/message.ts';
import type { Fabric } from '../fabric.ts';
import { formatIPv4 } from '../ipv4.ts';
import { ProcessStack } from '../stack.ts';

/** A site on the Internet. */
export interface Site {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly body: string;
}

/**
 * Sites that pods can reach when nothing forbids it. Names are those set aside for examples (RFC 2606); addresses are of TEST-NET-2
 * (RFC 5737).
 */
export const EXAMPLE_SITES: readonly Site[] = [
  { name: 'example.com', address: '198.51.100.80', body: '<h1>Example Domain</h1>\n' },
  { name: 'api.example.com', address: '198.51.100.81', body: '{"status":"ok"}\n' },
];

/** Address of the name server that a cloud's network gives to its machines: the second of the network. */
export const RESOLVER_ADDRESS = '10.0.0.2';
const TTL = 300;

/** What lies beyond the nodes: the network's name server, and some sites. */
export class OutsideWorld {
  private readonly fabric: Fabric;
  private readonly names = new Map<string, string>();
  private readonly lookups: ((name: string) => string | undefined)[] = [];

  constructor(fabric: Fabric, sites: readonly Site[] = EXAMPLE_SITES) {
    this.fabric = fabric;
    const resolver = this.computer('resolver', RESOLVER_ADDRESS);
    const answer = (payload: unknown) => this.answer(payload);
    resolver.serveUdp(53, function* serve({ payload }) {
      yield* [];
      return answer(payload);
    });
    for (const site of sites) this.addSite(site);
  }

  /** A computer outside of the cluster, by its network. */
  computer(name: string, address: string): ProcessStack {
    const { namespace } = this.fabric.addMachine(name, address);
    const dns = { servers: [RESOLVER_ADDRESS], searches: [], ndots: 1, timeout: 5, attempts: 2 };
    return new ProcessStack(namespace, name, dns);
  }

  addSite({ name, address, port = 80, body }: Site): void {
    this.names.set(fqdn(name), address);
    this.computer(name, address).serveHttp(port, () => page(body));
  }

  /** Makes a name known outside: a learner's own domain for a load balancer, say. */
  addName(name: string, address: string): void {
    this.names.set(fqdn(name), address);
  }

  /** Asks a function for names that are not known otherwise; it gets them without the final dot. */
  addLookup(lookup: (name: string) => string | undefined): void {
    this.lookups.push(lookup);
  }

  /** Address of a name, as the network's name server has it. */
  lookup(name: string): string | undefined {
    const full = fqdn(name.toLowerCase());
    const known = this.names.get(full);
    if (known !== undefined) return known;
    // The network's name server knows its machines by their names.
    const machine = this.fabric.machine(full.slice(0, -1));
    if (machine !== undefined) return formatIPv4(machine.address);
    for (const lookup of this.lookups) {
      const found = lookup(full.slice(0, -1));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private answer(payload: unknown): DnsResponse | undefined {
    if (!isQuery(payload)) return undefined;
    const name = fqdn(payload.name);
    const address = this.lookup(name);
    const answers: DnsRecord[] =
      address !== undefined && payload.type === 'A' ? [{ name, type: 'A', ttl: TTL, data: address }] : [];
    const code = address === undefined ? 'NXDOMAIN' : 'NOERROR';
    return { kind: 'dns-response', code, authoritative: false, answers };
  }
}

function* page(body: string): Coroutine<HttpResponse> {
  yield* [];
  return { status: 200, headers: { 'content-type': 'text/html' }, body };
}
