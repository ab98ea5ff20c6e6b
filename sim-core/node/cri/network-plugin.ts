import type { Coroutine } from '../../engine/index.ts';
import type { Directory } from '../../images/file-node.ts';
import type { NetworkStack } from '../../images/process.ts';
import type { Labels } from './linux.ts';
import type { DNSConfig, PortMapping } from './sandbox.ts';

/** The network of a sandbox, as the CNI plugins of the node make it. */
export interface SandboxNetwork {
  /** What the sandbox's processes see. */
  readonly stack: NetworkStack;
  /** Addresses, the primary one first; none for a sandbox on the host's network. */
  readonly ips: readonly string[];
}

/** What CNI is told: CNI_CONTAINERID, K8S_POD_NAMESPACE, K8S_POD_NAME, K8S_POD_UID, and the sandbox's own wishes. */
export interface NetworkRequest {
  readonly sandboxId: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly portMappings: readonly PortMapping[];
  readonly dnsConfig: DNSConfig | undefined;
  readonly sysctls: Labels;
  readonly annotations: Labels;
}

/** How the runtime reaches the CNI plugins of its node. */
export interface NetworkPlugin {
  /** Why pods cannot be connected yet, `undefined` when they can: the NetworkReady condition. */
  notReady(): string | undefined;
  /** CNI ADD. Throws with the plugin's own text. */
  setUp(request: NetworkRequest): Coroutine<SandboxNetwork>;
  /** CNI DEL: the addresses are free again. */
  tearDown(sandboxId: string): void;
  /** Shows its files on the node's disk, when someone first logs in. Answers what is to hear of changed paths. */
  onDisk?(root: Directory): (path: string) => void;
}
