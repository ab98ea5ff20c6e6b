import type { IPv4, Prefix } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { IpSet } from '../netfilter/ip-set.ts';
import { Rule } from '../netfilter/rule.ts';
import { type RealServer, type VirtualServer, VirtualServers } from '../virtual-servers.ts';
import { ensureBaseRules } from './base-rules.ts';
import { categorize, endpointsOf, type ProxyEndpoint } from './endpoints.ts';
import { MARK_MASQ } from './iptables-rules.ts';
import type { Proxier, ProxyState } from './proxier.ts';
import { type ServicePort, servicePorts } from './service-port.ts';

/** Addresses of Services, which pods reach under their own address and all others masqueraded. */
const CLUSTER_IPS = 'KUBE-CLUSTER-IP';

/** Writes Services as IPVS virtual servers of one node (pkg/proxy/ipvs), with the few iptables rules that IPVS needs beside. */
export class IpvsProxier implements Proxier {
  private readonly namespace: NetworkNamespace;
  private readonly clusterCIDR: Prefix;
  private readonly servers: VirtualServers;
  private readonly installed = new Map<string, VirtualServer[]>();
  /** Node ports of policy Local, whose clients keep their address (ipset KUBE-NODE-PORT-LOCAL-TCP and -UDP). */
  private readonly localPorts = new Map<string, string>();

  constructor(namespace: NetworkNamespace, clusterCIDR: Prefix) {
    this.namespace = namespace;
    this.clusterCIDR = clusterCIDR;
    this.servers = namespace.virtualServers ?? new VirtualServers();
    namespace.virtualServers = this.servers;
    if (!namespace.interfaces.has('kube-ipvs0')) namespace.addInterface('kube-ipvs0', 'dummy');
  }

  sync(changed: ReadonlySet<string>, state: ProxyState): void {
    const { netfilter } = this.namespace;
    ensureBaseRules(netfilter);
    for (const key of changed) this.replace(key, state);
    const set = netfilter.sets.get(CLUSTER_IPS) ?? new IpSet(CLUSTER_IPS, 'hash:ip');
    netfilter.sets.set(CLUSTER_IPS, set);
    set.clear();
    for (const server of this.servers.servers) if (this.servers.has(server.address)) set.addAddress(server.address);
    const inSet = { name: CLUSTER_IPS, by: 'dst' } as const;
    netfilter.chain('nat', 'KUBE-SERVICES').rules = [
      new Rule(
        {
          source: this.clusterCIDR,
          notSource: true,
          set: inSet,
          comment: 'Kubernetes service cluster ip + port for masquerade purpose',
        },
        { kind: 'jump', chain: MARK_MASQ },
      ),
      new Rule({ destinationLocal: true }, { kind: 'jump', chain: 'KUBE-NODE-PORT' }),
    ];
    const local = new Set(this.localPorts.values());
    const nodePorts = [...this.servers.servers].filter(
      ({ address, protocol, port }) => !this.servers.has(address) && !local.has(`${protocol}/${port}`),
    );
    netfilter.chain('nat', 'KUBE-NODE-PORT').rules = [
      ...new Set(nodePorts.map(({ protocol, port }) => `${protocol}/${port}`)),
    ].map((text) => {
      const [protocol, port] = text.split('/').map(Number);
      return new Rule(
        { protocol: protocol as 6 | 17, destinationPort: port!, comment: 'Kubernetes nodeport for masquerade purpose' },
        { kind: 'jump', chain: MARK_MASQ },
      );
    });
  }

  private replace(key: string, state: ProxyState): void {
    const before = new Map((this.installed.get(key) ?? []).map((server) => [keyOf(server), server]));
    const after: VirtualServer[] = [];
    for (const name of [...this.localPorts.keys()]) if (name.startsWith(`${key} `)) this.localPorts.delete(name);
    const service = state.service(key);
    for (const port of service === undefined ? [] : servicePorts(service)) {
      const { cluster, local } = categorize(port, endpointsOf(port, state.slices(key)), state.node, state.zone());
      const internal = port.internalLocal ? local : cluster;
      const external = port.externalLocal ? local : cluster;
      const add = (address: IPv4, number: number, endpoints: readonly ProxyEndpoint[], bind: boolean) => {
        const server = this.server(
          before.get(VirtualServers.key(port.protocol, address, number)),
          port,
          address,
          number,
          endpoints,
        );
        this.servers.set(server, bind);
        after.push(server);
      };
      add(port.clusterIP, port.port, internal, true);
      for (const address of [...port.externalIPs, ...port.loadBalancerIPs]) add(address, port.port, external, true);
      if (port.nodePort !== 0) {
        const text = `${port.protocol}/${port.nodePort}`;
        if (port.externalLocal) this.localPorts.set(`${key} ${text}`, text);
        for (const address of this.nodeAddresses()) add(address, port.nodePort, external, false);
      }
    }
    const kept = new Set(after.map(keyOf));
    for (const [name, server] of before) if (!kept.has(name)) this.servers.delete(server);
    if (after.length === 0) this.installed.delete(key);
    else this.installed.set(key, after);
  }

  private nodeAddresses(): IPv4[] {
    return [...this.namespace.interfaces.values()].flatMap(({ addresses }) => addresses.map(({ address }) => address));
  }

  private server(
    known: VirtualServer | undefined,
    port: ServicePort,
    address: IPv4,
    number: number,
    endpoints: readonly ProxyEndpoint[],
  ): VirtualServer {
    const before = new Map(known?.servers.map((server) => [`${server.address}:${server.port}`, server]));
    const servers = endpoints.map(
      (endpoint): RealServer =>
        before.get(`${endpoint.address}:${endpoint.port}`) ?? {
          address: endpoint.address,
          port: endpoint.port,
          weight: 1,
          connections: 0,
        },
    );
    return {
      protocol: port.protocol,
      address,
      port: number,
      scheduler: 'rr',
      persistent: port.affinity,
      servers,
      next: known?.next ?? 0,
      clients: known?.clients ?? new Map(),
    };
  }
}

function keyOf({ protocol, address, port }: VirtualServer): string {
  return VirtualServers.key(protocol, address, port);
}
