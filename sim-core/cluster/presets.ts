import type { NetworkAddon } from './addons.ts';

/** A machine of a cluster. */
export interface NodeSpec {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  /** Address on the machines' own network. */
  readonly address: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly architecture?: 'amd64' | 'arm64';
  readonly zone?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A cluster as it stands when someone begins to use it. */
export interface ClusterPreset {
  readonly nodes: readonly NodeSpec[];
  readonly serviceCidr: string;
  readonly podCidr: string;
  /** `kubelet`: real nodes. `lab`: the recording laboratory's stand-in, which runs no containers. */
  readonly agent: 'kubelet' | 'lab';
  /** Whether a cloud gives load balancers to Services that ask for one. Without, they stay pending. */
  readonly cloud?: boolean;
  /** What connects the pods. Default: kindnet. */
  readonly network?: NetworkAddon;
  /** Whether ingress-nginx is installed, as an administrator would have done. */
  readonly ingress?: boolean;
  /** Whether metrics-server is installed. */
  readonly metrics?: boolean;
}

const GIB = 1024 ** 3;

/** One control-plane node and some workers, as kubeadm would set them up. */
export function cluster(
  workers: number,
  size: { cpus: number; memory: number } = { cpus: 4, memory: 8 * GIB },
): ClusterPreset {
  const nodes: NodeSpec[] = [
    { name: 'control-plane', role: 'control-plane', address: '10.0.0.10', zone: 'zone-a', ...size },
  ];
  for (let index = 1; index <= workers; index++) {
    const zone = `zone-${'abc'[(index - 1) % 3]}`;
    const address = `10.0.${(index + 10) >> 8}.${(index + 10) & 255}`;
    nodes.push({ name: `worker-${index}`, role: 'worker', address, zone, ...size });
  }
  return { nodes, serviceCidr: '10.96.0.0/16', podCidr: '10.244.0.0/16', agent: 'kubelet' };
}

/**
 * Two control-plane nodes, each with a kube-controller-manager and a kube-scheduler that stand for election against the other's, and some
 * workers. etcd and the API server run on the first node alone: without it there is no cluster.
 */
function replicated(workers: number): ClusterPreset {
  const made = cluster(workers);
  const [first, ...others] = made.nodes;
  const second: NodeSpec = { ...first!, name: 'control-plane-2', address: '10.0.0.9', zone: 'zone-b' };
  return { ...made, nodes: [first!, second, ...others] };
}

/** The clusters that lessons, exercises and `jotasu serve` name. */
export const presets: Readonly<Record<string, () => ClusterPreset>> = {
  'one-worker': () => cluster(1),
  'two-workers': () => cluster(2),
  'three-workers': () => cluster(3),
  'ten-workers': () => cluster(10),
  'fifty-workers': () => cluster(50),
  'two-hundred-workers': () => cluster(200),
  'two-control-planes': () => replicated(2),
  /** Three workers in a cloud that has load balancers. */
  cloud: () => ({ ...cluster(3), cloud: true }),
  /** The same with ingress-nginx behind one of them. */
  'cloud-ingress': () => ({ ...cluster(3), cloud: true, ingress: true }),
  /** Three workers with metrics-server: `kubectl top` and autoscaling work. */
  metered: () => ({ ...cluster(3), metrics: true }),
  /** Two workers without a network: their nodes are not ready until one is installed. */
  'no-network': () => ({ ...cluster(2), network: 'none' }),
  flannel: () => ({ ...cluster(2), network: 'flannel' }),
  calico: () => ({ ...cluster(2), network: 'calico' }),
  /** The cluster on which the golden transcripts were recorded. */
  lab: () => ({ ...cluster(3), agent: 'lab' }),
};
