import type { Pod } from '../../api/objects.ts';

const LOCAL = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

/** A pod's /etc/hosts, which the kubelet writes (ensureHostsFile). `ofNode`: the node's own, which a pod in its network has, too. */
export function hostsFile(
  { hostNetwork = false, hostAliases = [] }: Pod['spec'],
  ofNode: () => string | undefined,
  ips: readonly string[],
  { hostname, domain }: { readonly hostname: string; readonly domain: string },
): string {
  let text = hostNetwork
    ? `# Kubernetes-managed hosts file (host network).\n${ofNode() ?? LOCAL}`
    : `# Kubernetes-managed hosts file.\n${LOCAL}`;
  if (!hostNetwork) {
    for (const ip of ips)
      text += domain === '' ? `${ip}\t${hostname}\n` : `${ip}\t${hostname}.${domain}\t${hostname}\n`;
  }
  if (hostAliases.length > 0) {
    text += '\n# Entries added by HostAliases.\n';
    for (const { ip, hostnames = [] } of hostAliases) text += `${ip}\t${hostnames.join('\t')}\n`;
  }
  return text;
}

/** A pod's host name, and the domain it has with a subdomain (Kubelet.GeneratePodHostNameAndDomain). */
export function hostnameOf(pod: Pod, nodeName: string, clusterDomain: string): { hostname: string; domain: string } {
  const { hostname, subdomain = '', hostNetwork = false } = pod.spec;
  const { name, namespace } = pod.metadata;
  const domain = subdomain === '' ? '' : `${subdomain}.${namespace}.svc.${clusterDomain}`;
  if (hostNetwork) return { hostname: nodeName, domain: '' };
  return { hostname: hostname !== undefined && hostname !== '' ? hostname : truncated(name), domain };
}

/** Linux knows host names of so many characters. */
const LONGEST_NAME = 64;

/** What a pod's containers are told by the kernel: with `setHostnameAsFQDN` the name with its domain (GetNodenameForKernel). Throws when that is too long. */
export function kernelHostname(
  { spec }: Pod,
  { hostname, domain }: { readonly hostname: string; readonly domain: string },
): string {
  if (spec.setHostnameAsFQDN !== true || domain === '') return hostname;
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length > LONGEST_NAME)
    throw new HostnameError(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${LONGEST_NAME} characters is the max, ${fqdn.length} characters requested)`,
    );
  return fqdn;
}

export class HostnameError extends Error {
  override readonly name = 'HostnameError';
}

/** Linux allows 63 characters. */
function truncated(name: string): string {
  return name.length <= 63 ? name : name.slice(0, 63).replace(/[-.]+$/, '');
}
