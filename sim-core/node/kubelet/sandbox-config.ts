import type { Pod } from '../../api/objects.ts';
import type { Labels, LinuxContainerResources, NamespaceOption } from '../cri/linux.ts';
import type { DNSConfig, PodSandboxConfig, PodSandboxMetadata, PortMapping } from '../cri/sandbox.ts';
import { podCgroupParent } from './cgroup-tree.ts';
import { hostnameOf, kernelHostname } from './hosts-file.ts';
import { type QosClass, qosOf } from './qos.ts';
import { podMemoryLimit } from './resources.ts';

/** What a node tells pods of name resolution. */
export class NodeDns {
  /** Addresses of the cluster's DNS. */
  readonly clusterDns: readonly string[];
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** The node's own resolver. */
  readonly node: DNSConfig;
  private readonly byNamespace = new Map<string, DNSConfig>();

  constructor(clusterDns: readonly string[], clusterDomain: string, node: DNSConfig) {
    this.clusterDns = clusterDns;
    this.clusterDomain = clusterDomain;
    this.node = node;
  }

  /** For pods of a namespace that look in the cluster first: one for all of them. */
  clusterFirst(namespace: string): DNSConfig {
    const { clusterDns: servers, clusterDomain, node } = this;
    let config = this.byNamespace.get(namespace);
    if (config === undefined) {
      const domains =
        clusterDomain === '' ? [] : [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
      config = { servers, searches: [...domains, ...node.searches], options: ['ndots:5'] };
      this.byNamespace.set(namespace, config);
    }
    return config;
  }
}

/** Whether a pod looks in the cluster first (getPodDNSType). */
export function wantsClusterDns({ spec }: Pod): boolean {
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false } = spec;
  return dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
}

/** A pod's resolver settings by its dnsPolicy and dnsConfig (dns.Configurer.GetPodDNS). */
export function podDns(pod: Pod, dns: NodeDns): DNSConfig {
  const { dnsPolicy, dnsConfig } = pod.spec;
  const cluster = dns.clusterDns.length > 0 && wantsClusterDns(pod);
  let base = dns.node;
  if (dnsPolicy === 'None') base = { servers: [], searches: [], options: [] };
  else if (cluster) base = dns.clusterFirst(pod.metadata.namespace!);
  if (dnsConfig === undefined) return base;
  const { nameservers = [], searches = [], options = [] } = dnsConfig;
  const own = options.map(({ name, value }) => (value === undefined ? name! : `${name}:${value}`));
  const names = new Set(options.map(({ name }) => name!));
  return {
    servers: [...new Set([...base.servers, ...nameservers])],
    searches: [...new Set([...base.searches, ...searches])],
    options: [...base.options.filter((option) => !names.has(option.split(':')[0]!)), ...own],
  };
}

/** The sandbox of a pod as the runtime is to make it (generatePodSandboxConfig). Thousands are kept: what follows from the rest is made when asked for. */
export class SandboxConfig implements PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly dnsConfig: DNSConfig;
  readonly portMappings: readonly PortMapping[] | undefined;
  readonly annotations: Labels | undefined;
  readonly labels: Labels | undefined;
  readonly namespaces: NamespaceOption;
  readonly sysctls: Labels | undefined;
  private readonly qos: QosClass;
  private readonly memoryLimit: number;

  constructor(pod: Pod, attempt: number, nodeName: string, dns: NodeDns) {
    const { metadata, spec } = pod;
    const { name, namespace = '', uid } = metadata;
    const portMappings = hostPorts(pod);
    this.metadata = { name, namespace, uid, attempt };
    this.hostname = spec.hostNetwork === true ? '' : kernelHostname(pod, hostnameOf(pod, nodeName, dns.clusterDomain));
    this.dnsConfig = podDns(pod, dns);
    this.portMappings = portMappings.length === 0 ? undefined : portMappings;
    this.annotations = metadata.annotations;
    this.labels = metadata.labels;
    this.namespaces = podNamespaces(pod);
    this.sysctls = spec.securityContext?.sysctls && sysctlsOf(spec.securityContext.sysctls);
    this.qos = qosOf(pod);
    this.memoryLimit = podMemoryLimit(pod);
  }

  get resources(): LinuxContainerResources {
    return this.memoryLimit === 0 ? {} : { memoryLimitInBytes: this.memoryLimit };
  }

  get logDirectory(): string {
    const { name, namespace, uid } = this.metadata;
    return `/var/log/pods/${namespace}_${name}_${uid}`;
  }

  get cgroupParent(): string {
    return podCgroupParent(this.metadata.uid, this.qos);
  }
}

function hostPorts({ spec }: Pod): PortMapping[] {
  const mappings: PortMapping[] = [];
  for (const { ports = [] } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const { hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } of ports) {
      if (hostPort === 0) continue;
      mappings.push({ protocol: protocol as PortMapping['protocol'], containerPort, hostPort, hostIp: hostIP });
    }
  }
  return mappings;
}

/** Names may be written with slashes; the runtime wants dots (sysctl.ConvertPodSysctlsVariableToDotsSeparator). */
function sysctlsOf(sysctls: readonly { readonly name: string; readonly value: string }[]): Record<string, string> {
  return Object.fromEntries(sysctls.map(({ name, value }) => [name.replaceAll('/', '.'), value]));
}

const PRIVATE: NamespaceOption = Object.freeze({ network: 'POD', pid: 'CONTAINER', ipc: 'POD' });

/** Which namespaces a pod's containers share, with each other or the node (runtimeutil.NamespacesForPod). */
export function podNamespaces({ spec }: Pod): NamespaceOption {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = spec;
  if (!hostNetwork && !hostPID && !hostIPC && !shareProcessNamespace) return PRIVATE;
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
  };
}
