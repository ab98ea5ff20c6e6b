import { ServiceRange } from '../apiserver/service-range.ts';
import { startControllerManager } from '../controllers/manager.ts';
import { MILLISECOND } from '../engine/index.ts';
import { pause } from '../images/catalog/pause.ts';
import { REGISTRY_HOSTS, Registries } from '../images/registry.ts';
import { OutsideWorld } from '../network/cloud/outside-world.ts';
import { serviceLoadBalancers } from '../network/cloud/service-lb-controller.ts';
import { NodeNetwork } from '../network/cni/node-network.ts';
import { Fabric } from '../network/fabric.ts';
import { KernelSettings } from '../network/kernel-settings.ts';
import { KUBEADM_CONFIGURATION, type KubeletStartup } from '../node/kubelet/configuration.ts';
import { kubeletConnector } from '../node/kubelet-connector.ts';
import { NodeMachine } from '../node/node.ts';
import { SANDBOX_IMAGE } from '../node/runtime/index.ts';
import { FILE_SERVER, type StorageNode, StorageSystem } from '../storage/storage-system.ts';
import { addons } from './addons.ts';
import { AGENT_IMAGES, agents } from './agents.ts';
import { startBareControlPlane } from './bare-control-plane.ts';
import { blockYaml } from './block-yaml.ts';
import { ADMIN, ensure } from './bootstrap.ts';
import type { ClusterParts, Running } from './cluster.ts';
import { controlPlaneImageNames, controlPlaneImages } from './control-plane.ts';
import { controlPlaneManifests } from './control-plane-manifests.ts';
import { Etcd } from './etcd/etcd.ts';
import type { Fault } from './faults.ts';
import { areUntouched, type KubeletFiles, putKubeadmFiles } from './kubeadm-disk.ts';
import { lateImages } from './late-images.ts';
import type { LoginMachine } from './machine-access.ts';
import { metricsServerImage } from './metrics-server.ts';
import { askFromOutside, type OutsideView, publicAddress, sendFromOutside } from './outside.ts';
import { programPack } from './packs.ts';
import type { NodeSpec } from './presets.ts';
import { probeShortcut } from './probe-shortcut.ts';
import { STORAGE_IMAGES, storageImages, storageManifests } from './storage-addon.ts';
import { type Identity, inProcessTransport } from './transport.ts';

const RESOLVER = { servers: ['10.0.0.2'], searches: [], options: [] };
/** How often kubeadm looks whether the API server is there. */
const KUBEADM_POLL = 200 * MILLISECOND;
/** Where the learner's own computer is: an address set aside for documentation (RFC 5737). */
const LEARNER = { name: 'learner', address: '198.51.100.7' };
/** Where the cloud's load balancers look at the nodes from. */
const CLOUD = { name: 'cloud', address: '198.51.100.2' };
const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
/**
 * What runs on every control-plane node: the components of which one works at a time. etcd and the API server run on the first alone, since
 * there is one store.
 */
const REPLICATED: ReadonlySet<string> = new Set(['kube-controller-manager.yaml', 'kube-scheduler.yaml']);

/**
 * Starts a cluster of machines, as kubeadm sets one up: kubelets first; the control plane as static pods on its node; then, once the API
 * server answers, the addons. Nobody pulls strings: everything that follows is the components' doing. Without kubelets there are no nodes:
 * the control plane runs as bare processes, and no addons are applied.
 */
export function startMachines(parts: ClusterParts): Running {
  const { engine, server, preset, options } = parts;
  const [first] = preset.nodes;
  const services = new ServiceRange(preset.serviceCidr);
  const [serviceAddress, dnsAddress] = [services.address(1), services.address(10)];
  const fabric = new Fabric({ engine });
  const networks = new Map<string, NodeNetwork>();
  const machines = new Map<string, NodeMachine>();
  const blocked = (node: string) => {
    const from = fabric.machine(node);
    const to = fabric.machine(first!.name);
    if (from === undefined || to === undefined || fabric.linked(from, to)) return undefined;
    return `dial tcp ${first!.address}:6443: i/o timeout`;
  };
  const connectFrom = (node: string) => (identity: Identity) =>
    inProcessTransport(server, { ...identity, blocked: () => identity.blocked?.() ?? blocked(node) });

  const storage = storageOf(parts, fabric, machines);
  const nodeImages = [
    ...agents(parts, networks, connectFrom),
    ...storageImages({ engine, drivers: storage.drivers, connect: connectFrom }),
    metricsServerImage({
      engine,
      store: parts.store,
      aggregator: server.aggregator,
      summary(from, node) {
        const [here, there] = [fabric.machine(from), fabric.machine(node)];
        const reached = here !== undefined && there !== undefined && fabric.linked(here, there);
        return reached ? machines.get(node)?.kubelet?.server.summary() : undefined;
      },
    }),
  ];
  const without = new Set<string>(options.without);
  const etcd = new Etcd(engine, parts.store);
  const control = {
    engine,
    server,
    etcd,
    preset,
    address: first!.address,
    blocked,
    without,
    answer: parts.answer,
    components: parts.components,
  };
  let logins: ((name: string) => LoginMachine | undefined) | undefined;
  const loginTo = (name: string) => {
    logins ??= programPack().logins({
      engine,
      etcd,
      machines,
      controlPlane: first!.name,
      learner: browser,
    });
    return logins(name);
  };
  const written = new Map(
    Object.entries(controlPlaneManifests(control)).map(([file, manifest]) => [blockYaml(manifest), { file, manifest }]),
  );
  const registries = new Registries([pause, ...controlPlaneImages(control), ...nodeImages], REGISTRY_HOSTS, () =>
    lateImages(options.images),
  );
  const untouched: KubeletStartup = { configuration: { ...KUBEADM_CONFIGURATION, clusterDns: [dnsAddress] } };
  const readFiles = {
    read: new Map(),
    nodeAt: (address: string) => preset.nodes.find((one) => one.address === address),
  };
  for (const spec of preset.nodes) {
    const network = new NodeNetwork({ machine: fabric.addMachine(spec.name, spec.address), dns: RESOLVER });
    networks.set(spec.name, network);
    const isControlPlane = spec.role === 'control-plane';
    const kubeadm = {
      name: spec.name,
      address: spec.address,
      controlPlane: isControlPlane,
      endpoint: first!.address,
      serviceAddress,
      dnsAddress,
      since: engine.now,
    };
    let files: KubeletFiles;
    const machine = new NodeMachine({
      engine,
      name: spec.name,
      addresses: [spec.address],
      cpus: spec.cpus,
      memory: spec.memory,
      architecture: spec.architecture ?? 'amd64',
      registries,
      network: {
        stack: network.hostStack,
        plugin: network,
        shortcut: probeShortcut(network),
        setUp(up) {
          network.machine.powered = up || machines.get(spec.name)?.isPowered === true;
          // What somebody has set with sysctl is forgotten.
          if (!network.machine.powered) network.machine.namespace.kernel = KernelSettings.OF_MACHINES;
          fabric.isolate(spec.name, !up && network.machine.powered);
        },
      },
      storage,
      // gVisor is installed everywhere: RuntimeClasses may name it.
      runtimeHandlers: ['runsc'],
      connect: connectFrom(spec.name),
      furnish: () => loginTo(spec.name)?.furnish(),
      startup: (root, hardware, disk) =>
        areUntouched(root, files)
          ? untouched
          : programPack().kubeletStartup(root, { kubeadm, hardware, disk, shared: readFiles }),
      labels: labelsOf(spec),
      ...(isControlPlane
        ? {
            taints: [{ key: CONTROL_PLANE, effect: 'NoSchedule' }],
            manifests: Object.fromEntries(
              [...written]
                .filter(([, { file }]) => spec === first || REPLICATED.has(file))
                .map(([text, { file }]) => [file, text]),
            ),
          }
        : {}),
      // kubeadm's own are known, so that a cluster starts before a YAML parser is loaded.
      parseManifest: (text) => written.get(text)?.manifest ?? programPack().network.parseYaml(text),
    });
    for (const name of [
      SANDBOX_IMAGE,
      ...AGENT_IMAGES,
      ...(isControlPlane ? [...controlPlaneImageNames(), ...STORAGE_IMAGES] : []),
    ])
      machine.images.preload(name, name === SANDBOX_IMAGE);
    files = putKubeadmFiles(machine.root, kubeadm);
    machines.set(spec.name, machine);
  }
  if (!without.has('kubelet')) {
    // Nobody answers until the kubelet of the control-plane node has started the API server's pod.
    server.setServing(false);
    for (const machine of machines.values()) machine.start();
    finishAsKubeadm(parts, dnsAddress);
  } else {
    startBareControlPlane(parts);
  }
  const world = new OutsideWorld(fabric);
  const browser = world.computer(LEARNER.name, LEARNER.address);
  world.addLookup((name) => publicAddress(parts.store, name));
  if (preset.cloud === true) {
    const stack = world.computer(CLOUD.name, CLOUD.address);
    const controllers = [serviceLoadBalancers({ fabric, stack })];
    startControllerManager({ engine, connect: connectFrom(first!.name), controllers });
  }

  const view = (): OutsideView => {
    const node =
      preset.nodes.find(({ name, role }) => role === 'worker' && machines.get(name)?.isConnected === true) ?? first!;
    return { engine, browser, world, nodeAddress: node.address };
  };
  return {
    kubelets: kubeletConnector(machines),
    inject: (fault) => inject(fault, machines, fabric),
    machine: loginTo,
    outside: (port, request, to) => askFromOutside(view(), port, request, to),
    send: (port, request, to, done) => sendFromOutside(view(), port, request, to, done),
    stackAt(place) {
      if (place === 'outside') return browser;
      if ('node' in place) return machines.get(place.node)?.stack;
      for (const machine of machines.values()) {
        const network = machine.isPowered ? machine.runtime.podNetwork(place.namespace, place.pod) : undefined;
        if (network !== undefined) return network.stack;
      }
      return undefined;
    },
  };
}

function labelsOf({ zone, labels = {} }: NodeSpec): Record<string, string> {
  return {
    ...(zone === undefined ? {} : { 'topology.kubernetes.io/region': 'lab', 'topology.kubernetes.io/zone': zone }),
    ...labels,
  };
}

/** The storage that the cluster's nodes share: each sees the others' disks only through its drivers. */
function storageOf(
  { engine, preset }: ClusterParts,
  fabric: Fabric,
  machines: ReadonlyMap<string, NodeMachine>,
): StorageSystem {
  const server = fabric.addMachine(FILE_SERVER.name, FILE_SERVER.address);
  const nodes = preset.nodes.map(({ name, zone }): [string, StorageNode] => [
    name,
    {
      zone,
      machine: () => machines.get(name),
      connected: () => {
        const machine = fabric.machine(name);
        return machine !== undefined && fabric.linked(machine, server);
      },
    },
  ]);
  return new StorageSystem(engine, new Map(nodes));
}

/** What `kubeadm init` and `kubeadm join --control-plane` do to their nodes once these are there. */
function markControlPlane({ engine, server, store }: ClusterParts, name: string, then: () => void): void {
  const attempt = () => {
    if (!server.serving || store.get('nodes', name) === undefined) {
      engine.after(KUBEADM_POLL, attempt, 'work');
      return;
    }
    server.handle({
      verb: 'patch',
      target: server.resources.resource('', 'v1', 'nodes')!,
      name,
      user: ADMIN,
      userAgent: 'kubeadm',
      warnings: [],
      options: {},
      patch: {
        type: 'merge',
        body: {
          metadata: { labels: { [CONTROL_PLANE]: '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' } },
        },
      },
    });
    then();
  };
  engine.after(KUBEADM_POLL, attempt, 'work');
}

/** What `kubeadm init` does once the control plane answers: marks its node, and applies the addons. */
function finishAsKubeadm(parts: ClusterParts, dnsAddress: string): void {
  const { server, preset } = parts;
  const [first, ...others] = preset.nodes.filter(({ role }) => role === 'control-plane');
  for (const { name } of others) markControlPlane(parts, name, () => {});
  markControlPlane(parts, first!.name, () => {
    const ingress =
      preset.ingress === true
        ? programPack().ingressNginxManifests(preset.cloud === true ? 'LoadBalancer' : 'NodePort')
        : [];
    const metrics = preset.metrics === true ? programPack().metricsServerManifests() : [];
    for (const manifest of [
      ...addons(dnsAddress, preset.podCidr, preset.network),
      ...storageManifests(),
      ...ingress,
      ...metrics,
    ])
      ensure(server, ADMIN, 'kubeadm', manifest as Parameters<typeof ensure>[3]);
  });
}

function inject(fault: Fault, machines: ReadonlyMap<string, NodeMachine>, fabric: Fabric): void {
  const machine = machines.get(fault.node);
  if (machine === undefined)
    throw new TypeError(`there is no node "${fault.node}"; there are: ${[...machines.keys()].join(', ')}`);
  switch (fault.type) {
    case 'node-power':
      if (fault.on) machine.powerOn();
      else machine.powerOff();
      break;
    case 'node-network':
      machine.setConnected(fault.connected);
      break;
    case 'kubelet':
      if (fault.running) machine.startKubelet();
      else machine.stopKubelet();
      break;
    case 'node-reboot':
      machine.reboot(fault.grace);
      break;
    case 'node-disk':
      machine.fillDisk(fault.free ?? undefined);
      break;
    case 'node-link':
      fabric.degrade(fault.node, fault.delay * MILLISECOND, fault.loss);
      break;
  }
}
