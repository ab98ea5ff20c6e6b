import type { DNSConfig } from '../node/cri/sandbox.ts';

/** What /etc/resolv.conf says. */
export interface ResolverConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number;
  /** Seconds that one server has to answer. */
  readonly timeout: number;
  readonly attempts: number;
  /** Addresses of names that need no server: the pod's own name, and its host aliases. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** resolv.conf(5): the resolver looks at three servers and six search domains at most (glibc before 2.26); newer ones at more. */
const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;

export function resolverConfig(config: DNSConfig): ResolverConfig {
  const option = (name: string, fallback: number, most: number) => {
    const text = config.options.find((one) => one.startsWith(`${name}:`))?.slice(name.length + 1);
    return text !== undefined && /^\d+$/.test(text) ? Math.min(most, Number(text)) : fallback;
  };
  return {
    servers: config.servers.slice(0, MAX_SERVERS),
    searches: config.searches.slice(0, MAX_SEARCHES),
    ndots: option('ndots', 1, 15),
    timeout: Math.max(1, option('timeout', 5, 30)),
    attempts: Math.max(1, option('attempts', 2, 5)),
  };
}

/** The full names to ask for, in order, when a program looks up `name` (res_search). */
export function candidates(name: string, { searches, ndots }: ResolverConfig): string[] {
  if (name.endsWith('.')) return [name];
  const dots = name.split('.').length - 1;
  const asIs = `${name}.`;
  const searched = searches.map((domain) => (domain === '.' ? asIs : `${name}.${domain.replace(/\.$/, '')}.`));
  return dots >= ndots ? [asIs, ...searched] : [...searched, asIs];
}
