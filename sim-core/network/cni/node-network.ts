import type { Coroutine } from '../../engine/index.ts';
import type { Directory } from '../../images/file-node.ts';
import type { NetworkPlugin, NetworkRequest, SandboxNetwork } from '../../node/cri/network-plugin.ts';
import type { DNSConfig } from '../../node/cri/sandbox.ts';
import type { Machine } from '../fabric.ts';
import { formatIPv4 } from '../ipv4.ts';
import { KernelSettings } from '../kernel-settings.ts';
import { NetworkNamespace } from '../namespace.ts';
import { type ResolverConfig, resolverConfig } from '../resolver.ts';
import { ProcessStack } from '../stack.ts';
import { bridgePlugin } from './bridge.ts';
import { CniFiles, CONFIG_FOLDER } from './cni-files.ts';
import { IpamState } from './host-local.ts';
import { CniError, type CniPlugin, type CniResult, type NetworkConfigList } from './plugin.ts';
import { portmapPlugin } from './portmap.ts';

/** containerd's words for a node on which no network configuration has been found. */
const NOT_INITIALIZED = 'cni plugin not initialized';
/** containerd's enable_unprivileged_ports: in a pod everybody may have any port. */
const IN_PODS = KernelSettings.FIRST.with('net.ipv4.ip_unprivileged_port_start', '0')!;

export interface NodeNetworkOptions {
  readonly machine: Machine;
  /** The node's own /etc/resolv.conf. */
  readonly dns: DNSConfig;
  /** CNI plugins in /opt/cni/bin beside `bridge` and `portmap`. */
  readonly plugins?: readonly CniPlugin[];
}

interface Sandbox {
  readonly namespace: NetworkNamespace;
  readonly config: NetworkConfigList;
}

/**
 * How a node's container runtime has its sandboxes connected (containerd's go-cni with libcni): it reads the first configuration of
 * /etc/cni/net.d and runs the plugins that it lists, in order, on the node.
 */
export class NodeNetwork implements NetworkPlugin {
  readonly machine: Machine;
  /** The node's own network, as its daemons and pods with hostNetwork see it. */
  readonly hostStack: ProcessStack;
  /** What host-local remembers on this node. */
  readonly ipam = new IpamState();
  private readonly plugins = new Map<string, CniPlugin>();
  private readonly configs = new Map<string, NetworkConfigList>();
  private readonly sandboxes = new Map<string, Sandbox>();
  private files: CniFiles | undefined;
  private readonly resolvers = new Map<string, ResolverConfig>();

  constructor(options: NodeNetworkOptions) {
    this.machine = options.machine;
    this.hostStack = new ProcessStack(options.machine.namespace, options.machine.name, resolverConfig(options.dns));
    for (const plugin of [bridgePlugin, portmapPlugin, ...(options.plugins ?? [])])
      this.plugins.set(plugin.type, plugin);
  }

  /** Puts a file into /etc/cni/net.d. */
  installConfig(file: string, config: NetworkConfigList): void {
    this.configs.set(file, config);
    const { engine } = this.machine.fabric;
    this.files?.writeConfig(file, config, engine.now);
    engine.emit('network', this.machine.name, { where: this.machine.name, what: `CNI configuration ${file} written` });
  }

  /** Puts a plugin into /opt/cni/bin, as the DaemonSets of networks do. */
  installPlugin(plugin: CniPlugin): void {
    this.plugins.set(plugin.type, plugin);
    this.files?.writePlugin(plugin.type, this.machine.fabric.engine.now);
  }

  removeConfig(file: string): void {
    this.configs.delete(file);
    this.files?.removeConfig(file);
  }

  /** Shows configurations and plugins on the node's disk. From then on it goes by what /etc/cni/net.d holds, as containerd does. */
  onDisk(root: Directory): (path: string) => void {
    const files = new CniFiles(root);
    this.files = files;
    const { now } = this.machine.fabric.engine;
    // A file that an agent has written itself counts for more than what is known of it.
    for (const [file, config] of this.configs) files.writeConfig(file, config, now);
    for (const type of ['loopback', ...this.plugins.keys()]) files.writePlugin(type, now);
    return (path) => {
      if (!path.startsWith(`/${CONFIG_FOLDER}`)) return;
      const known = new Map(this.configs);
      this.configs.clear();
      for (const [file, config] of files.configs()) {
        const own = path.endsWith(`/${file}`) ? undefined : known.get(file);
        this.configs.set(file, own ?? config);
      }
    };
  }

  /** The configuration that counts: the first by name. */
  get config(): NetworkConfigList | undefined {
    const [first] = [...this.configs.keys()].sort();
    return first === undefined ? undefined : this.configs.get(first);
  }

  notReady(): string | undefined {
    return this.config === undefined ? NOT_INITIALIZED : undefined;
  }

  *setUp(request: NetworkRequest): Coroutine<SandboxNetwork> {
    const resolver = this.resolver(request);
    if (request.hostNetwork) {
      return { stack: new ProcessStack(this.machine.namespace, this.machine.name, resolver), ips: [] };
    }
    const { config } = this;
    if (config === undefined) throw new CniError(NOT_INITIALIZED);
    let kernel = IN_PODS;
    for (const [name, value] of Object.entries(request.sysctls)) kernel = kernel.with(name, value) ?? kernel;
    const namespace = new NetworkNamespace(this.machine, `${request.namespace}/${request.name}`, kernel);
    let result: CniResult | undefined;
    for (const plugin of config.plugins) {
      const binary = this.plugins.get(plugin.type);
      try {
        if (binary === undefined) throw new CniError(`failed to find plugin "${plugin.type}" in path [/opt/cni/bin]`);
        result = yield* binary.add(
          {
            containerId: request.sandboxId,
            netns: namespace,
            ifName: 'eth0',
            podNamespace: request.namespace,
            podName: request.name,
            networkName: config.name,
            config: plugin,
            portMappings: request.portMappings,
            machine: this.machine,
            ipam: this.ipam,
          },
          result,
        );
      } catch (error) {
        if (!(error instanceof CniError)) throw error;
        // libcni takes down again what was made before the failure.
        this.delete(request.sandboxId, { namespace, config });
        const failed =
          binary === undefined ? error.message : `plugin type="${plugin.type}" failed (add): ${error.message}`;
        throw new CniError(failed);
      }
    }
    this.sandboxes.set(request.sandboxId, { namespace, config });
    const hostname = request.hostname === '' ? request.name : request.hostname;
    return {
      stack: new ProcessStack(namespace, hostname, resolver),
      ips: (result?.ips ?? []).map(({ address }) => formatIPv4(address)),
    };
  }

  tearDown(sandboxId: string): void {
    const sandbox = this.sandboxes.get(sandboxId);
    if (sandbox === undefined) return;
    this.sandboxes.delete(sandboxId);
    this.delete(sandboxId, sandbox);
  }

  /** The network namespace of a sandbox. */
  namespaceOf(sandboxId: string): NetworkNamespace | undefined {
    return this.sandboxes.get(sandboxId)?.namespace;
  }

  /** DEL runs through the list backwards. */
  private delete(containerId: string, { namespace, config }: Sandbox): void {
    for (const plugin of config.plugins.toReversed()) {
      this.plugins.get(plugin.type)?.del({
        containerId,
        netns: namespace,
        ifName: 'eth0',
        networkName: config.name,
        config: plugin,
        machine: this.machine,
        ipam: this.ipam,
      });
    }
    namespace.destroy();
  }

  /** Resolver settings, shared by all sandboxes that have the same: thousands of pods have a handful of them. */
  private resolver({ dnsConfig }: NetworkRequest): ResolverConfig {
    if (dnsConfig === undefined) return this.hostStack.resolver;
    const key = [dnsConfig.servers, dnsConfig.searches, dnsConfig.options].map((list) => list.join(' ')).join('\n');
    let config = this.resolvers.get(key);
    if (config === undefined) {
      config = resolverConfig(dnsConfig);
      this.resolvers.set(key, config);
    }
    return config;
  }
}
