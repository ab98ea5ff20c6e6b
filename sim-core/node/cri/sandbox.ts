import type { Micros } from '../../engine/index.ts';
import type { Labels, LinuxContainerResources, NamespaceOption } from './linux.ts';

export interface PodSandboxMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
}

export interface DNSConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  readonly logDirectory?: string;
  readonly dnsConfig?: DNSConfig;
  readonly portMappings?: readonly PortMapping[] | undefined;
  readonly labels?: Labels | undefined;
  readonly annotations?: Labels | undefined;
  readonly cgroupParent?: string;
  readonly namespaces?: NamespaceOption;
  readonly sysctls?: Labels | undefined;
  /** RuntimeClass overhead and the sum of the containers' resources, as the kubelet passes them. */
  readonly resources?: LinuxContainerResources;
}

export type PodSandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: PodSandboxState;
  readonly createdAt: Micros;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly runtimeHandler: string;
}

export interface PodSandboxStatus extends PodSandbox {
  /** The pod's own address, `''` for a pod on the host's network (its status then says the node's). */
  readonly ip: string;
  readonly additionalIps: readonly string[];
  readonly namespaces: NamespaceOption;
}

export interface PodSandboxFilter {
  readonly id?: string;
  readonly state?: PodSandboxState;
  readonly podUid?: string;
}
