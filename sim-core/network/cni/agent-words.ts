import { StatusError } from '../../api/status.ts';
import { type Client, Unreachable } from '../../client/index.ts';
import { formatMicroTime } from '../../engine/index.ts';
import type { Process } from '../../images/process.ts';
import { nodes } from '../../resources/node.ts';
import { klog } from '../daemon.ts';
import { formatIPv4, formatPrefix, macOf, type Prefix } from '../ipv4.ts';
import type { NodeNetwork } from './node-network.ts';

/** What a network's agent leaves where people look: in its log, on its node's disk, on its Node. */
export interface AgentWords {
  readonly process: Process;
  readonly client: Client;
}

/** Writes annotations onto the agent's own Node; without the right to, or out of reach, it goes on without. */
function annotate({ client }: AgentWords, { machine }: NodeNetwork, annotations: Record<string, string>): void {
  try {
    client.patch(nodes, undefined, machine.name, 'merge', { metadata: { annotations } }, 'status');
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
  }
}

/** What flanneld writes once it has its subnet. */
export function tellFlannel(
  words: AgentWords,
  node: NodeNetwork,
  { backend, network, subnet, mtu }: { backend: 'vxlan' | 'host-gw'; network: Prefix; subnet: Prefix; mtu: number },
): void {
  const { process } = words;
  const { name, address } = node.machine;
  const log = (where: string, text: string) => process.stderr.write(`${klog(process, 'I', where)} ${text}\n`);
  log('main.go:231', `Created subnet manager: Kubernetes Subnet Manager - ${name}`);
  log('main.go:463', `Found network config - Backend type: ${backend}`);
  log('match.go:73', `Found interface with addr ${formatIPv4(address)} to use as public address: eth0`);
  if (backend === 'vxlan')
    log('vxlan.go:141', 'VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false');
  const first = formatPrefix({ network: subnet.network + 1, bits: subnet.bits });
  process.files.makeDirectory('/run/flannel', { parents: true });
  process.files.write(
    '/run/flannel/subnet.env',
    `FLANNEL_NETWORK=${formatPrefix(network)}\nFLANNEL_SUBNET=${first}\nFLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=true\n`,
  );
  log('main.go:412', 'Wrote subnet file to /run/flannel/subnet.env');
  log('main.go:416', 'Running backend.');
  annotate(words, node, {
    'flannel.alpha.coreos.com/backend-data':
      backend === 'vxlan' ? JSON.stringify({ VNI: 1, VtepMAC: macOf(subnet.network) }) : 'null',
    'flannel.alpha.coreos.com/backend-type': backend,
    'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
    'flannel.alpha.coreos.com/public-ip': formatIPv4(address),
  });
}

/** What calico-node writes when it starts. */
export function tellCalico(words: AgentWords, node: NodeNetwork): void {
  const { process } = words;
  const { name, address, fabric } = node.machine;
  const time = formatMicroTime(process.now()).slice(0, 23).replace('T', ' ');
  const log = (where: string, text: string) =>
    process.stdout.write(`${time} [INFO][${process.pid}] startup/${where}: ${text}\n`);
  const own = formatPrefix({ network: address, bits: fabric.network.bits });
  log('startup.go 460', `Using NODENAME environment for node name ${name}`);
  log('autodetection_methods.go 103', `Using autodetected IPv4 address on interface eth0: ${own}`);
  log('startup.go 597', 'CALICO_IPV4POOL_NAT_OUTGOING is true (defaulted) through environment variable');
  log('startup.go 225', `Using node name: ${name}`);
  process.stdout.write('Calico node started successfully\n');
  annotate(words, node, { 'projectcalico.org/IPv4Address': own });
}
