import type { Node } from '../api/objects.ts';
import { Client, Informer, type Transport } from '../client/index.ts';
import type { Engine } from '../engine/index.ts';
import { FileError, type Process, type Program } from '../images/process.ts';
import { nodes } from '../resources/node.ts';
import type { CalicoIpam } from './cni/calico.ts';
import type { NodeNetwork } from './cni/node-network.ts';
import { startPodRoutes } from './cni/pod-routes.ts';
import { accountOf, klog, nodeOf, untilTerminated } from './daemon.ts';
import { corednsProgram } from './dns/coredns.ts';
import { parsePrefix } from './ipv4.ts';
import { parsePlainYaml } from './plain-yaml.ts';
import { startKubeProxy } from './proxy/kube-proxy.ts';
import { stackOf } from './stack.ts';

/** What the programs that make the network work on. */
export interface NetworkEnvironment {
  readonly engine: Engine;
  /** Network of all pods: `10.244.0.0/16`. */
  readonly podCidr: string;
  /** The CNI side of a node. */
  node(name: string): NodeNetwork | undefined;
  /** The way to the API server from a node, under the name of its pod's service account. */
  connect(node: string, identity: { username: string; userAgent: string }): Transport;
  /** What may be loaded later than the rest; throws where it has not been. */
  late(): LatePrograms;
}

type LatePrograms = typeof import('./late-programs.ts');

/** The programs of the network's images. */
export interface NetworkPrograms {
  /** `/usr/local/bin/kube-proxy` of registry.k8s.io/kube-proxy. */
  readonly kubeProxy: Program;
  /** `/coredns` of registry.k8s.io/coredns/coredns. */
  readonly coredns: Program;
  /** `/bin/kindnetd` of docker.io/kindest/kindnetd: bridge configuration and routes. */
  readonly kindnetd: Program;
  /** `/opt/bin/flanneld` of ghcr.io/flannel-io/flannel; its network is in /etc/kube-flannel/net-conf.json. */
  readonly flanneld: Program;
  /** `/bin/calico-node` of docker.io/calico/node; CALICO_IPV4POOL_IPIP says whether it tunnels. */
  readonly calicoNode: Program;
  /** `/nginx-ingress-controller` of registry.k8s.io/ingress-nginx/controller. */
  ingressNginx(version: string): Program;
}

/** Makes the programs for the nodes of one cluster. `corednsVersion` is what CoreDNS says it is: `1.12.0`. */
export function networkPrograms(environment: NetworkEnvironment, corednsVersion: string): NetworkPrograms {
  const { engine } = environment;
  let calicoIpam: CalicoIpam | undefined;
  // Whoever its pod's service account is: without the rights that it needs, an agent sees nothing.
  const connect = (process: Process, agent: string) =>
    new Client(
      environment.connect(nodeOf(process), {
        username: accountOf(process) ?? 'system:anonymous',
        userAgent: `${agent}/${nodeOf(process)}`,
      }),
    );
  return {
    ingressNginx: (version) => {
      let program: Program | undefined;
      return (process) => {
        program ??= environment.late().ingressNginx(version, engine, environment.connect);
        return program(process);
      };
    },
    kubeProxy: kubeProxyProgram(environment, (process) => connect(process, 'kube-proxy')),
    coredns: corednsProgram(corednsVersion, engine, (process) => connect(process, 'coredns')),
    kindnetd: agent('kindnet', (options) => startPodRoutes({ ...options, podCidr: environment.podCidr })),
    flanneld: agent('flannel', (options, process) => {
      const { network, backend } = flannelConfig(process, environment);
      return environment.late().startFlannel({
        ...options,
        podCidr: network,
        backend,
        words: { process, client: connect(process, 'flannel') },
      });
    }),
    calicoNode: agent('calico-node', (options, process) => {
      const ipip = process.env.CALICO_IPV4POOL_IPIP !== 'Never';
      const { CalicoIpam, startCalico, startPolicyEnforcement } = environment.late();
      calicoIpam ??= new CalicoIpam(environment.podCidr);
      const client = connect(process, 'calico-node');
      const stopRoutes = startCalico({ ...options, ipam: calicoIpam, ipip, words: { process, client } });
      const { machine } = options.node;
      const stopPolicies = startPolicyEnforcement({ engine, client, node: machine.namespace, nodeName: machine.name });
      return () => {
        stopRoutes();
        stopPolicies();
      };
    }),
  };

  /** A network's agent on one node, which follows the Nodes for as long as it runs. */
  function agent(
    account: string,
    start: (options: { node: NodeNetwork; nodes: Informer<Node> }, process: Process) => () => void,
  ): Program {
    return (process) =>
      untilTerminated(process, () => {
        const name = nodeOf(process);
        const node = environment.node(name);
        if (node === undefined) throw new TypeError(`there is no node ${name}`);
        const informer = new Informer<Node>(engine, connect(process, account), nodes);
        const stop = start({ node, nodes: informer }, process);
        informer.start();
        return () => {
          stop();
          informer.stop();
        };
      });
  }
}

/** What kube-flannel-cfg says, as far as it is there. */
function flannelConfig(
  process: Process,
  { podCidr, late }: NetworkEnvironment,
): { network: string; backend: 'vxlan' | 'host-gw' } {
  const path = '/etc/kube-flannel/net-conf.json';
  if (process.files.stat(path) === undefined) return { network: podCidr, backend: 'vxlan' };
  const parsed: unknown = late().parseYaml(process.files.read(path));
  const config = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as {
    Network?: unknown;
    Backend?: unknown;
  };
  const backend = (config.Backend as { Type?: unknown } | undefined)?.Type;
  return { network: text(config.Network) || podCidr, backend: backend === 'host-gw' ? 'host-gw' : 'vxlan' };
}

function kubeProxyProgram(
  { engine, podCidr, late }: NetworkEnvironment,
  connect: (process: Process) => Client,
): Program {
  return function* kubeProxy(process) {
    const flag = (name: string) => {
      const found = process.argv.find((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
      if (found === undefined) return undefined;
      return found.includes('=') ? found.slice(found.indexOf('=') + 1) : process.argv[process.argv.indexOf(found) + 1];
    };
    const fail = (message: string) => {
      process.stderr.write(`${klog(process, 'E', 'run.go:74')} "command failed" err="${message}"\n`);
      return 1;
    };
    let config: Record<string, unknown> = {};
    const file = flag('config');
    if (file !== undefined) {
      try {
        const content = process.files.read(file);
        const parsed: unknown = parsePlainYaml(content) ?? late().parseYaml(content);
        if (typeof parsed !== 'object' || parsed === null) return fail(`no kind "KubeProxyConfiguration" in ${file}`);
        config = parsed as Record<string, unknown>;
      } catch (error) {
        const why = error instanceof FileError ? `open ${file}: no such file or directory` : String(error);
        return fail(`failed to read: ${why}`);
      }
    }
    const mode = text(flag('proxy-mode') ?? config.mode) || 'iptables';
    if (mode !== 'iptables' && mode !== 'ipvs') {
      return fail(
        mode === 'nftables'
          ? 'mode nftables is not simulated by sim-core: use iptables or ipvs'
          : `KubeProxyConfiguration.Mode: Invalid value: "${mode}": must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])`,
      );
    }
    const clusterCIDR = parsePrefix(text(flag('cluster-cidr') ?? config.clusterCIDR) || podCidr);
    if (clusterCIDR === undefined) return fail('KubeProxyConfiguration.ClusterCIDR: Invalid value');
    const stack = stackOf(process.network);
    const nodeName = flag('hostname-override') ?? process.env.NODE_NAME ?? nodeOf(process);
    process.use({ memory: 20 * 1024 * 1024, milliCpu: 1 });
    process.stderr.write(`${klog(process, 'I', 'server_linux.go:63')} "Using ${mode} proxy"\n`);
    return yield* untilTerminated(process, () => {
      const proxy = startKubeProxy({ engine, client: connect(process), stack, nodeName, mode, clusterCIDR, late });
      return () => proxy.stop();
    });
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
