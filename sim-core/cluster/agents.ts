import { KUBERNETES_VERSION } from '../api/version.ts';
import { deferred, SECOND } from '../engine/index.ts';
import type { ImageRepository } from '../images/image.ts';
import type { Program } from '../images/process.ts';
import type { NodeNetwork } from '../network/cni/node-network.ts';
import { networkPrograms } from '../network/programs.ts';
import { COREDNS_VERSION, KINDNET_IMAGE } from './addons.ts';
import type { ClusterParts } from './cluster.ts';
import { image } from './control-plane.ts';
import { programPack } from './packs.ts';
import type { Identity, inProcessTransport } from './transport.ts';

export const INGRESS_NGINX_VERSION = 'v1.12.2';

/** Images of the node agents, which every node has before it joins. */
export const AGENT_IMAGES = [
  `registry.k8s.io/kube-proxy:${KUBERNETES_VERSION}`,
  `registry.k8s.io/coredns/coredns:${COREDNS_VERSION}`,
  KINDNET_IMAGE,
];

/** Images whose programs act on the node on which they run: the network's agents, kube-proxy, CoreDNS. */
export function agents(
  { engine, preset }: ClusterParts,
  networks: ReadonlyMap<string, NodeNetwork>,
  connectFrom: (node: string) => (identity: Identity) => ReturnType<typeof inProcessTransport>,
): ImageRepository[] {
  const programs = networkPrograms(
    {
      engine,
      podCidr: preset.podCidr,
      node: (name) => networks.get(name),
      connect: (node, identity) => connectFrom(node)(identity),
      late: () => programPack().network,
    },
    COREDNS_VERSION.slice(1),
  );
  const elsewhere = (name: string, tag: string, megabytes: number, path: string, program: Program) => ({
    ...image(name.slice(name.lastIndexOf('/') + 1), tag, megabytes, path, program),
    name,
  });
  const kindnetTag = KINDNET_IMAGE.slice(KINDNET_IMAGE.lastIndexOf(':') + 1);
  return [
    image('kube-proxy', KUBERNETES_VERSION, 32, '/usr/local/bin/kube-proxy', programs.kubeProxy),
    image('coredns/coredns', COREDNS_VERSION, 21, '/coredns', programs.coredns),
    ingressNginxImage(programs.ingressNginx(INGRESS_NGINX_VERSION)),
    elsewhere('docker.io/kindest/kindnetd', kindnetTag, 44, '/bin/kindnetd', programs.kindnetd),
    withTools(elsewhere('ghcr.io/flannel-io/flannel', 'v0.26.7', 33, '/opt/bin/flanneld', programs.flanneld), []),
    withTools(elsewhere('ghcr.io/flannel-io/flannel-cni-plugin', 'v1.6.2-flannel1', 5, '/flannel', done), []),
    elsewhere('docker.io/calico/node', 'v3.30.0', 158, '/bin/calico-node', programs.calicoNode),
    elsewhere('docker.io/calico/cni', 'v3.30.0', 71, '/opt/cni/bin/install', done),
  ];
}

/** A program that has done what it does before anybody looks: copying a plugin's file onto the node. */
// biome-ignore lint/correctness/useYield: ends at once
const done: Program = function* install() {
  return 0;
};

/** An image with a shell's tools beside its own program, and nothing that runs by itself. */
function withTools({ name, releases }: ImageRepository, entrypoint: readonly string[]): ImageRepository {
  return {
    name,
    releases: releases.map((one) => ({
      ...one,
      entrypoint,
      // Looked at when the image is pulled: the tools may be loaded later than the cluster starts.
      get programs() {
        return { ...programPack().ALPINE_PROGRAMS, ...one.programs };
      },
    })),
  };
}

/** preStop of ingress-nginx tells the controller to end, and waits. */
function ingressNginxImage(program: Program): ImageRepository {
  const made = image('ingress-nginx/controller', INGRESS_NGINX_VERSION, 106, '/nginx-ingress-controller', program);
  const [release] = made.releases;
  const waitShutdown: Program = function* waitForEnd(process) {
    const controller = process.processes().find(({ argv }) => argv[0] === '/nginx-ingress-controller');
    if (controller !== undefined) process.kill(controller.pid, 'SIGTERM');
    yield* process.compute(SECOND);
    return 0;
  };
  // The entrypoint is dumb-init, which runs what the arguments say.
  const init: Program = (process) => deferred(() => process.exec({ argv: process.argv.slice(2) }));
  return {
    ...made,
    releases: [
      {
        ...release!,
        tags: [
          INGRESS_NGINX_VERSION,
          'v1.12.0',
          'v1.12.1',
          'v1.12.3',
          'v1.13.0',
          'v1.11.3',
          'v1.10.1',
          'v1.9.4',
          'v1.8.2',
        ],
        entrypoint: ['/usr/bin/dumb-init', '--'],
        command: ['/nginx-ingress-controller'],
        get programs() {
          const { ALPINE_PROGRAMS, CURL } = programPack();
          return {
            ...ALPINE_PROGRAMS,
            ...release!.programs,
            '/wait-shutdown': waitShutdown,
            '/usr/bin/dumb-init': init,
            '/usr/bin/curl': CURL,
          };
        },
      },
    ],
  };
}
