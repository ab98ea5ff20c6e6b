import type { EndpointSlice, Service } from '../../api/objects.ts';
import type { Prefix } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import type { Rule } from '../netfilter/rule.ts';
import { ensureBaseRules, NODE_PORTS_RULE } from './base-rules.ts';
import { categorize, endpointsOf } from './endpoints.ts';
import { type ServiceRules, serviceRules } from './iptables-rules.ts';
import type { Proxier, ProxyState } from './proxier.ts';
import { servicePorts } from './service-port.ts';

interface Generated {
  readonly rules: readonly ServiceRules[];
  /** Whether they are the same on every node. */
  readonly shared: boolean;
}

/**
 * Rules that were worked out for a Service with certain slices, on any node: those that are alike on all nodes are made, and kept, once.
 * Objects from the API are frozen and shared, so that they can serve as keys.
 */
const cache = new WeakMap<
  Service,
  { slices: readonly EndpointSlice[]; pods: string; rules: readonly ServiceRules[] }
>();

/** Names of chains that belong to one Service's port. */
const SERVICE_CHAIN = /^KUBE-(SVC|SVL|EXT|FW|SEP)-/;

/** Writes Services as iptables rules of one node (pkg/proxy/iptables). */
export class IptablesProxier implements Proxier {
  private readonly namespace: NetworkNamespace;
  private readonly clusterCIDR: Prefix;
  private readonly installed = new Map<string, readonly ServiceRules[]>();
  private sorted: string[] | undefined;
  private cleaned = false;

  constructor(namespace: NetworkNamespace, clusterCIDR: Prefix) {
    this.namespace = namespace;
    this.clusterCIDR = clusterCIDR;
  }

  sync(changed: ReadonlySet<string>, state: ProxyState): void {
    const { netfilter } = this.namespace;
    ensureBaseRules(netfilter);
    for (const key of changed) this.replace(key, state);
    if (!this.cleaned) this.clean();
    this.sorted ??= [...this.installed.keys()].sort();
    const services: Rule[] = [];
    const nodePorts: Rule[] = [];
    const filterServices: Rule[] = [];
    const filterExternal: Rule[] = [];
    const filterNodePorts: Rule[] = [];
    const firewall: Rule[] = [];
    for (const key of this.sorted) {
      for (const rules of this.installed.get(key)!) {
        services.push(...rules.services);
        nodePorts.push(...rules.nodePorts);
        filterServices.push(...rules.filterServices);
        filterExternal.push(...rules.filterExternal);
        filterNodePorts.push(...rules.filterNodePorts);
        firewall.push(...rules.firewall);
      }
    }
    services.push(NODE_PORTS_RULE);
    netfilter.chain('nat', 'KUBE-SERVICES').rules = services;
    netfilter.chain('nat', 'KUBE-NODEPORTS').rules = nodePorts;
    netfilter.chain('filter', 'KUBE-SERVICES').rules = filterServices;
    netfilter.chain('filter', 'KUBE-EXTERNAL-SERVICES').rules = filterExternal;
    netfilter.chain('filter', 'KUBE-NODEPORTS').rules = filterNodePorts;
    netfilter.chain('filter', 'KUBE-PROXY-FIREWALL').rules = firewall;
  }

  /** Removes what an earlier run has left for Services that are gone. */
  private clean(): void {
    this.cleaned = true;
    const { netfilter } = this.namespace;
    const own = new Set([...this.installed.values()].flat().flatMap(({ chains }) => chains));
    for (const [name, chain] of netfilter.tables.nat)
      if (SERVICE_CHAIN.test(name) && !own.has(chain)) netfilter.deleteChain('nat', name);
  }

  private replace(key: string, state: ProxyState): void {
    const { netfilter } = this.namespace;
    const before = this.installed.get(key);
    const after = this.generate(key, state);
    const kept = new Set(after?.flatMap(({ chains }) => chains.map(({ name }) => name)));
    for (const { name } of before?.flatMap(({ chains }) => chains) ?? []) {
      if (kept.has(name)) continue;
      netfilter.deleteChain('nat', name);
      netfilter.forgetRecent(name);
    }
    for (const chain of after?.flatMap(({ chains }) => chains) ?? []) netfilter.install('nat', chain);
    if ((before === undefined) !== (after === undefined)) this.sorted = undefined;
    if (after === undefined) this.installed.delete(key);
    else this.installed.set(key, after);
  }

  private generate(key: string, state: ProxyState): readonly ServiceRules[] | undefined {
    const service = state.service(key);
    if (service === undefined) return undefined;
    const slices = state.slices(key);
    const pods = `${this.clusterCIDR.network}/${this.clusterCIDR.bits}`;
    const known = cache.get(service);
    if (
      known?.pods === pods &&
      known.slices.length === slices.length &&
      known.slices.every((slice, index) => slice === slices[index])
    ) {
      return known.rules.length === 0 ? undefined : known.rules;
    }
    const { rules, shared } = this.work(service, slices, state);
    if (shared) cache.set(service, { slices, pods, rules });
    return rules.length === 0 ? undefined : rules;
  }

  private work(service: Service, slices: readonly EndpointSlice[], state: ProxyState): Generated {
    const zone = state.zone();
    let shared = true;
    const rules = servicePorts(service).map((port) => {
      const endpoints = categorize(port, endpointsOf(port, slices), state.node, zone);
      shared &&= endpoints.shared;
      return serviceRules(port, endpoints, this.clusterCIDR);
    });
    return { rules, shared };
  }
}
