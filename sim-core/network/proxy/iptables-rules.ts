import type { Prefix } from '../ipv4.ts';
import { Chain } from '../netfilter/chain.ts';
import { type Match, Rule, type Target } from '../netfilter/rule.ts';
import { PROTOCOL_NAMES, TCP } from '../packet.ts';
import { endpointChain, serviceChains } from './chain-names.ts';
import type { CategorizedEndpoints, ProxyEndpoint } from './endpoints.ts';
import { externallyAccessible, type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from './service-port.ts';

export const MARK_MASQ = 'KUBE-MARK-MASQ';
const DROP: Target = { kind: 'drop' };
const REJECT: Target = { kind: 'reject' };
const jump = (chain: string): Target => ({ kind: 'jump', chain });

/** The rules that one port of a Service needs: entries for the shared chains, and its own chains. */
export interface ServiceRules {
  /** nat KUBE-SERVICES */
  readonly services: Rule[];
  /** nat KUBE-NODEPORTS */
  readonly nodePorts: Rule[];
  /** filter KUBE-SERVICES */
  readonly filterServices: Rule[];
  /** filter KUBE-EXTERNAL-SERVICES */
  readonly filterExternal: Rule[];
  /** filter KUBE-NODEPORTS */
  readonly filterNodePorts: Rule[];
  /** filter KUBE-PROXY-FIREWALL */
  readonly firewall: Rule[];
  /** nat chains of its own. */
  readonly chains: Chain[];
}

/** Writes the rules for one port of a Service, as the iptables proxier does in syncProxyRules. */
export function serviceRules(port: ServicePort, endpoints: CategorizedEndpoints, clusterCIDR: Prefix): ServiceRules {
  const { name, protocol } = port;
  const names = serviceChains(name, PROTOCOL_NAMES[protocol]);
  const { cluster, local, any } = endpoints;
  const rules: ServiceRules = {
    services: [],
    nodePorts: [],
    filterServices: [],
    filterExternal: [],
    filterNodePorts: [],
    firewall: [],
    chains: [],
  };
  const internalChain = port.internalLocal ? names.local : names.cluster;
  const externalChain = port.externalLocal ? names.local : names.cluster;
  const hasInternal = any && (!port.internalLocal || local.length > 0);
  const hasExternal = any && (!port.externalLocal || local.length > 0);
  const missing = any ? DROP : REJECT;
  const why = `${name} ${any ? 'has no local endpoints' : 'has no endpoints'}`;
  const to = (network: number): Match => ({
    protocol,
    destination: { network, bits: 32 },
    destinationPort: port.port,
  });

  const clusterIP = { ...to(port.clusterIP), comment: `${name} cluster IP` };
  if (hasInternal) rules.services.push(new Rule(clusterIP, jump(internalChain)));
  else rules.filterServices.push(new Rule({ ...to(port.clusterIP), comment: why }, missing));

  const filtered = port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0;
  const outside = [
    ...port.externalIPs.map((address) => ({ address, comment: 'external IP', chain: names.external })),
    ...port.loadBalancerIPs.map((address) => ({
      address,
      comment: 'loadbalancer IP',
      chain: filtered ? names.firewall : names.external,
    })),
  ];
  for (const { address, comment, chain } of outside) {
    if (any) rules.services.push(new Rule({ ...to(address), comment: `${name} ${comment}` }, jump(chain)));
    if (any && chain === names.firewall) {
      const refused = `${name} traffic not accepted by ${names.firewall}`;
      rules.firewall.push(new Rule({ ...to(address), comment: refused }, DROP));
    }
    if (!hasExternal) rules.filterExternal.push(new Rule({ ...to(address), comment: why }, missing));
  }
  if (port.nodePort !== 0) {
    const match: Match = { protocol, destinationPort: port.nodePort };
    if (any) rules.nodePorts.push(new Rule({ ...match, comment: name }, jump(names.external)));
    if (!hasExternal) {
      rules.filterExternal.push(new Rule({ ...match, destinationLocal: true, comment: why }, missing));
    }
  }
  if (port.healthCheckNodePort !== 0) {
    const match: Match = { protocol: TCP, destinationPort: port.healthCheckNodePort };
    rules.filterNodePorts.push(new Rule({ ...match, comment: `${name} health check node port` }, { kind: 'accept' }));
  }

  const chain = (chainName: string, content: Rule[]) => {
    const made = new Chain(chainName);
    made.rules = content;
    rules.chains.push(made);
  };
  if (any && externallyAccessible(port)) {
    chain(names.external, externalRules(port, names.cluster, hasExternal ? externalChain : undefined, clusterCIDR));
  }
  if (any && filtered) {
    chain(
      names.firewall,
      port.sourceRanges.map((source) => new Rule({ source, comment: `${name} loadbalancer IP` }, jump(names.external))),
    );
  }
  // Traffic to the cluster IP that comes from outside of the pods' network may have to cross nodes: it is masqueraded.
  const fromOutside = new Rule({ ...clusterIP, source: clusterCIDR, notSource: true }, jump(MARK_MASQ));
  const head = (chainName: string) => (hasInternal && internalChain === chainName ? [fromOutside] : []);
  if (cluster.length > 0 && usesClusterEndpoints(port)) {
    chain(names.cluster, [...head(names.cluster), ...balance(port, cluster)]);
  }
  if (local.length > 0 && usesLocalEndpoints(port)) {
    chain(names.local, [...head(names.local), ...balance(port, local)]);
  }
  for (const endpoint of endpoints.reachable) {
    const own = endpointChain(name, PROTOCOL_NAMES[protocol], endpoint.text);
    chain(own, [
      // A pod that reaches itself through its Service must not see its own address as the sender.
      new Rule({ source: { network: endpoint.address, bits: 32 }, comment: name }, jump(MARK_MASQ)),
      new Rule(
        { protocol, comment: name, ...(port.affinity > 0 ? { remember: own } : {}) },
        { kind: 'dnat', address: endpoint.address, port: endpoint.port },
      ),
    ]);
  }
  return rules;
}

function externalRules(
  { name, externalLocal }: ServicePort,
  cluster: string,
  policy: string | undefined,
  pods: Prefix,
) {
  const rules: Rule[] = [];
  if (!externalLocal) {
    rules.push(new Rule({ comment: `masquerade traffic for ${name} external destinations` }, jump(MARK_MASQ)));
  } else {
    const of = `for ${name} external destinations`;
    rules.push(
      new Rule({ source: pods, comment: `pod traffic ${of}` }, jump(cluster)),
      new Rule({ sourceLocal: true, comment: `masquerade LOCAL traffic ${of}` }, jump(MARK_MASQ)),
      new Rule({ sourceLocal: true, comment: `route LOCAL traffic ${of}` }, jump(cluster)),
    );
  }
  if (policy !== undefined) rules.push(new Rule({}, jump(policy)));
  return rules;
}

/** Rules that choose one of the endpoints: by what the client had before, else by chance, each as likely as the others. */
function balance({ name, protocol, affinity }: ServicePort, endpoints: readonly ProxyEndpoint[]): Rule[] {
  const own = (endpoint: ProxyEndpoint) => endpointChain(name, PROTOCOL_NAMES[protocol], endpoint.text);
  const rules: Rule[] = [];
  if (affinity > 0) {
    for (const endpoint of endpoints) {
      const recent = { name: own(endpoint), seconds: affinity };
      rules.push(new Rule({ comment: `${name} -> ${endpoint.text}`, recent }, jump(own(endpoint))));
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const rest = endpoints.length - index;
    // Probabilities are written with ten digits (computeProbability).
    const probability = rest > 1 ? { probability: Number((1 / rest).toFixed(10)) } : {};
    rules.push(new Rule({ comment: `${name} -> ${endpoint.text}`, ...probability }, jump(own(endpoint))));
  }
  return rules;
}
