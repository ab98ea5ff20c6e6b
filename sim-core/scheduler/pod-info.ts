import type { Pod } from '../api/objects.ts';
import { type AffinityTerms, affinityTermsOf } from './affinity-terms.ts';
import { podRequests, type Resource } from './resource.ts';

/** A port on the node that a container wants. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const noPorts: readonly HostPort[] = [];
const noClaims: readonly string[] = [];

/** A pod with what the scheduler reads off it, read once (framework.PodInfo). */
export class PodInfo {
  /** The pod as last seen; frozen. */
  pod: Pod;
  readonly uid: string;
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  /** Node that it runs on, or is assumed to; empty while there is none. */
  nodeName: string;
  readonly priority: number;
  readonly requests: Resource;
  /** Requests as scoring counts them, with defaults for what is unstated. */
  readonly scoredRequests: Resource;
  readonly terms: AffinityTerms;
  readonly hasAffinity: boolean;
  readonly hostPorts: readonly HostPort[];
  /** Names of the claims that its volumes use. */
  readonly claims: readonly string[];
  private shapeText: string | undefined;

  constructor(pod: Pod) {
    const { metadata, spec } = pod;
    this.pod = pod;
    this.uid = metadata.uid;
    this.namespace = metadata.namespace ?? '';
    this.key = `${this.namespace}/${metadata.name}`;
    this.nodeName = spec.nodeName ?? '';
    this.priority = spec.priority ?? 0;
    this.requests = podRequests(pod);
    this.scoredRequests = podRequests(pod, true);
    this.terms = affinityTermsOf(pod);
    const { requiredAffinity, requiredAntiAffinity, preferredAffinity, preferredAntiAffinity } = this.terms;
    this.hasAffinity =
      requiredAffinity.length + requiredAntiAffinity.length + preferredAffinity.length + preferredAntiAffinity.length >
      0;
    this.hostPorts = hostPortsOf(pod);
    this.claims = claimsOf(pod);
  }

  /**
   * All that plugins may look at that call themselves local: requests, ports, tolerations, node selector and affinity, node name.
   * Equal for pods of one template.
   */
  get shape(): string {
    if (this.shapeText === undefined) {
      const { nodeName, tolerations, nodeSelector, affinity } = this.pod.spec;
      const amounts = [this.requests, this.scoredRequests].map((resource) => [
        resource.milliCPU,
        resource.memory,
        resource.ephemeralStorage,
        ...(resource.scalars ?? []),
      ]);
      const rest = [nodeName, tolerations, nodeSelector, affinity?.nodeAffinity];
      this.shapeText = JSON.stringify([amounts, this.hostPorts, rest]);
    }
    return this.shapeText;
  }
}

function hostPortsOf(pod: Pod): readonly HostPort[] {
  let found: HostPort[] | undefined;
  const sidecars = pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always') ?? [];
  for (const containers of [sidecars, pod.spec.containers]) {
    for (const { ports = [] } of containers) {
      for (const { hostPort, hostIP = '', protocol = 'TCP' } of ports) {
        if (hostPort === undefined || hostPort <= 0) continue;
        found ??= [];
        found.push({ ip: hostIP === '' ? '0.0.0.0' : hostIP, protocol, port: hostPort });
      }
    }
  }
  return found ?? noPorts;
}

function claimsOf(pod: Pod): readonly string[] {
  const { volumes } = pod.spec;
  if (volumes === undefined) return noClaims;
  const claims: string[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of volumes) {
    if (persistentVolumeClaim !== undefined) claims.push(persistentVolumeClaim.claimName);
    else if (ephemeral !== undefined) claims.push(`${pod.metadata.name}-${name}`);
  }
  return claims;
}

/** Whether the pod has run to its end and so holds nothing on its node. */
export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}
