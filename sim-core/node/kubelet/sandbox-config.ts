import type { Pod } from '../../api/objects.ts';
import { flat } from '../../engine/index.ts';
import type { NamespaceOption } from '../cri/linux.ts';
import type { DNSConfig, PodSandboxConfig, PortMapping } from '../cri/sandbox.ts';
import { podCgroupParent } from './cgroup-tree.ts';
import { hostnameOf } from './hosts-file.ts';

/** What a node tells pods of name resolution. */
export interface DnsSettings {
  /** Addresses of the cluster's DNS. */
  readonly clusterDns: readonly string[];
  /** `cluster.local` */
  readonly clusterDomain: string;
  /** The node's own resolver. */
  readonly node: DNSConfig;
}

/** A pod's resolver settings by its dnsPolicy and dnsConfig (dns.Configurer.GetPodDNS). */
export function podDns(pod: Pod, settings: DnsSettings): DNSConfig {
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false, dnsConfig } = pod.spec;
  const { clusterDns, clusterDomain, node } = settings;
  const cluster =
    clusterDns.length > 0 &&
    (dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork));
  let base: DNSConfig = node;
  if (dnsPolicy === 'None') base = { servers: [], searches: [], options: [] };
  else if (cluster) {
    const domains = [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
    base = { servers: clusterDns, searches: [...domains, ...node.searches], options: ['ndots:5'] };
  }
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

/** The sandbox of a pod as the runtime is to make it (generatePodSandboxConfig). */
export function sandboxConfig(pod: Pod, attempt: number, nodeName: string, dns: DnsSettings): PodSandboxConfig {
  const { metadata, spec } = pod;
  const { name, namespace = '', uid } = metadata;
  const portMappings = hostPorts(pod);
  return {
    metadata: { name, namespace, uid, attempt },
    hostname: spec.hostNetwork === true ? '' : hostnameOf(pod, nodeName, dns.clusterDomain).hostname,
    logDirectory: flat(`/var/log/pods/${namespace}_${name}_${uid}`),
    dnsConfig: podDns(pod, dns),
    ...(portMappings.length === 0 ? {} : { portMappings }),
    ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
    ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
    cgroupParent: podCgroupParent(pod),
    namespaces: podNamespaces(pod),
    ...(spec.securityContext?.sysctls === undefined ? {} : { sysctls: sysctlsOf(spec.securityContext.sysctls) }),
  };
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
