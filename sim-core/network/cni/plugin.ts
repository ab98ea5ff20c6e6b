import type { Coroutine } from '../../engine/index.ts';
import type { PortMapping } from '../../node/cri/sandbox.ts';
import type { Machine } from '../fabric.ts';
import type { IPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import type { IpamState } from './host-local.ts';

/** A plugin's entry in a network configuration list, as in /etc/cni/net.d/*.conflist. */
export interface PluginConfig {
  /** Which plugin: the name of the binary in /opt/cni/bin. */
  readonly type: string;
  readonly bridge?: string;
  readonly isGateway?: boolean;
  readonly mtu?: number;
  readonly ipam?: IpamConfig;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly delegate?: Readonly<Record<string, unknown>>;
  readonly policy?: Readonly<Record<string, unknown>>;
}

export interface IpamConfig {
  readonly type: string;
  readonly ranges?: readonly (readonly { readonly subnet: string }[])[];
  readonly routes?: readonly { readonly dst: string }[];
}

/** A network configuration list (CNI specification, section 1). */
export interface NetworkConfigList {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly PluginConfig[];
}

/** What a plugin is asked to do for one sandbox (CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME, CNI_ARGS). */
export interface CniRequest {
  readonly containerId: string;
  readonly netns: NetworkNamespace;
  readonly ifName: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly networkName: string;
  readonly config: PluginConfig;
  readonly portMappings: readonly PortMapping[];
  /** The machine on which the plugin runs: plugins run on nodes, not in pods. */
  readonly machine: Machine;
  readonly ipam: IpamState;
}

/** What a plugin has made. */
export interface CniResult {
  readonly ips: readonly CniAddress[];
}

export interface CniAddress {
  readonly address: IPv4;
  readonly bits: number;
  readonly gateway: IPv4;
}

/** A CNI plugin: connects a sandbox's namespace to the node's network, and takes it off again. */
export interface CniPlugin {
  readonly type: string;
  /** ADD. `previous` is what the plugins before it in the list have made. Throws `CniError`. */
  add(request: CniRequest, previous: CniResult | undefined): Coroutine<CniResult>;
  /** DEL. What is gone already is no error. */
  del(request: Omit<CniRequest, 'portMappings' | 'podName' | 'podNamespace'>): void;
}

/** A plugin's failure, in its own words. */
export class CniError extends Error {
  override readonly name = 'CniError';
}
