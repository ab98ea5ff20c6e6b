import {
  type AnyObject,
  controllerOf,
  type Deployment,
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
} from '../../sim-core/api/objects.ts';
import type { Mirror } from './mirror.ts';
import { podState } from './pod-state.ts';
import { type VolumeView, volumeViews } from './volume-view.ts';

/** How a pod is doing: one word for one drawing. */
export type PodState = 'pending' | 'creating' | 'unready' | 'ready' | 'terminating' | 'failed' | 'succeeded' | 'lost';

export interface ContainerView {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  readonly ready: boolean;
  readonly restarts: number;
}

export interface PodView {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Absent until the scheduler has chosen. */
  readonly node: string | undefined;
  readonly state: PodState;
  /** Kubernetes' own word for the state: `Running`, `ContainerCreating`, `ImagePullBackOff` … */
  readonly word: string;
  readonly containers: readonly ContainerView[];
}

export interface NodeView {
  readonly uid: string;
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly state: 'ready' | 'not-ready' | 'lost';
  readonly cordoned: boolean;
  readonly pods: readonly PodView[];
  /** Pods of the cluster's own namespaces (kube-system …), but for the control plane's, which are parts of the bridge. */
  readonly systemPods: readonly PodView[];
}

/** A set of pods under one owner: a ReplicaSet, or the workload itself where nothing stands between. */
export interface PodSetView {
  readonly uid: string;
  readonly name: string;
  readonly desired: number;
  readonly pods: readonly PodView[];
}

export interface WorkloadView {
  readonly uid: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly desired: number;
  readonly ready: number;
  /** The ReplicaSets of a Deployment, newest last; otherwise one set that is the workload itself. */
  readonly sets: readonly PodSetView[];
  /** Whether the sets are objects of their own (ReplicaSets below a Deployment). */
  readonly nested: boolean;
}

export interface ServiceView {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  /** `80:30080/TCP`, as kubectl prints it. */
  readonly ports: string;
  /** The pods that get its traffic. */
  readonly readyPods: readonly string[];
  /** Selected, but not ready. */
  readonly waitingPods: readonly string[];
}

export type PartName = 'etcd' | 'kube-apiserver' | 'kube-scheduler' | 'kube-controller-manager';

export interface PartView {
  readonly name: PartName;
  readonly up: boolean;
  /** The static pod that is this part; absent where parts run without pods. */
  readonly uid: string | undefined;
}

/** A cluster as a figure draws it. Plain data: a snapshot goes in, a picture comes out. */
export interface ClusterView {
  readonly parts: readonly PartView[];
  readonly controlPlane: NodeView | undefined;
  readonly nodes: readonly NodeView[];
  readonly workloads: readonly WorkloadView[];
  /** Pods that nobody owns and that have no node yet. */
  readonly unscheduled: readonly PodView[];
  readonly services: readonly ServiceView[];
  readonly volumes: readonly VolumeView[];
}

const PARTS: readonly PartName[] = ['kube-apiserver', 'etcd', 'kube-scheduler', 'kube-controller-manager'];
const WORKLOAD_TABLES = ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch'];

/** Namespaces that a cluster keeps for itself. */
export function isSystemNamespace(namespace: string | undefined): boolean {
  return namespace === 'kube-system' || namespace === 'kube-public' || namespace === 'kube-node-lease';
}

/** The picture's model of what a mirror holds. Pure: the same objects give the same view. */
export function clusterView(mirror: Mirror): ClusterView {
  const nodes = mirror.list('nodes') as unknown as Node[];
  const lost = new Set(nodes.filter((node) => nodeState(node) === 'lost').map(({ metadata }) => metadata.name));
  const objects = mirror.list('pods') as unknown as Pod[];
  const pods = objects.map((pod) => podView(pod, lost)).sort(byAge(objects));
  const owners = new Map(objects.map((pod) => [pod.metadata.uid, controllerOf(pod)?.uid]));
  const byUid = new Map(pods.map((pod) => [pod.uid, pod]));
  const parts = PARTS.map((name) => partView(name, objects));
  const partPods = new Set(parts.map(({ uid }) => uid));
  const byNode = new Map<string | undefined, PodView[]>();
  for (const pod of pods) {
    const there = byNode.get(pod.node);
    if (there === undefined) byNode.set(pod.node, [pod]);
    else there.push(pod);
  }
  const views = nodes.map((node) => nodeView(node, byNode.get(node.metadata.name) ?? [], partPods));
  const owned = ownership(pods, owners);
  const workloads = WORKLOAD_TABLES.flatMap((table) => mirror.list(table))
    .concat(mirror.list('replicasets.apps').filter((set) => controllerOf(set) === undefined))
    .filter(({ metadata }) => !isSystemNamespace(metadata.namespace))
    .map((object) => workloadView(object, mirror, owned));
  return {
    parts,
    controlPlane: views.find(({ role }) => role === 'control-plane'),
    nodes: views.filter(({ role }) => role === 'worker').sort(byName),
    workloads,
    unscheduled: pods.filter(({ uid, node }) => node === undefined && !owned.all.has(uid)),
    services: serviceViews(mirror, byUid),
    volumes: volumeViews(mirror, objects),
  };
}

function byAge(objects: readonly Pod[]): (left: PodView, right: PodView) => number {
  const born = new Map(objects.map(({ metadata }) => [metadata.uid, metadata.creationTimestamp]));
  return (left, right) => {
    const [a, b] = [born.get(left.uid)!, born.get(right.uid)!];
    if (a !== b) return a < b ? -1 : 1;
    return left.name < right.name ? -1 : 1;
  };
}

/** worker-2 before worker-10. */
function byName(left: { name: string }, right: { name: string }): number {
  const number = ({ name }: { name: string }) => Number(/(\d+)$/.exec(name)?.[1] ?? 0);
  const stem = ({ name }: { name: string }) => name.replace(/\d+$/, '');
  if (stem(left) !== stem(right)) return stem(left) < stem(right) ? -1 : 1;
  return number(left) - number(right);
}

/** Objects never change, so what is drawn of one is made once: a picture of 500 pods in which one changed draws one anew. */
const podViews = [new WeakMap<Pod, PodView>(), new WeakMap<Pod, PodView>()] as const;

function podView(pod: Pod, lostNodes: ReadonlySet<string>): PodView {
  const { nodeName } = pod.spec;
  const known = podViews[nodeName !== undefined && lostNodes.has(nodeName) ? 1 : 0];
  let view = known.get(pod);
  if (view === undefined) {
    view = makePodView(pod, lostNodes);
    known.set(pod, view);
  }
  return view;
}

function makePodView(pod: Pod, lostNodes: ReadonlySet<string>): PodView {
  const { uid, name, namespace = '' } = pod.metadata;
  const node = pod.spec.nodeName;
  const statuses = pod.status.containerStatuses ?? [];
  return {
    uid,
    name,
    namespace,
    node: node === undefined || node === '' ? undefined : node,
    ...podState(pod, node !== undefined && lostNodes.has(node)),
    containers: (pod.spec.containers ?? []).map((container) => {
      const status = statuses.find((entry) => entry.name === container.name);
      const state = status?.state;
      return {
        name: container.name,
        state: state?.running !== undefined ? 'running' : state?.terminated !== undefined ? 'terminated' : 'waiting',
        ready: status?.ready === true,
        restarts: status?.restartCount ?? 0,
      };
    }),
  };
}

function nodeState({ status }: Node): NodeView['state'] {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  return ready === 'True' ? 'ready' : ready === 'Unknown' ? 'lost' : 'not-ready';
}

function nodeView(node: Node, pods: readonly PodView[], parts: ReadonlySet<string | undefined>): NodeView {
  const { name, uid, labels = {} } = node.metadata;
  const here = pods.filter((pod) => !parts.has(pod.uid));
  return {
    uid,
    name,
    role: Object.hasOwn(labels, 'node-role.kubernetes.io/control-plane') ? 'control-plane' : 'worker',
    state: nodeState(node),
    cordoned: node.spec.unschedulable === true,
    pods: here.filter(({ namespace }) => !isSystemNamespace(namespace)),
    systemPods: here.filter(({ namespace }) => isSystemNamespace(namespace)),
  };
}

function partView(name: PartName, pods: readonly Pod[]): PartView {
  const pod = pods.find(({ metadata }) => metadata.namespace === 'kube-system' && metadata.labels?.component === name);
  const status = pod?.status.containerStatuses?.[0];
  // Where parts run without pods of their own, nothing says that they are down.
  return { name, uid: pod?.metadata.uid, up: status === undefined || status.state?.running !== undefined };
}

interface Ownership {
  /** Pods by the uid of the object that manages them. */
  readonly byOwner: ReadonlyMap<string, readonly PodView[]>;
  readonly all: ReadonlySet<string>;
}

function ownership(pods: readonly PodView[], owners: ReadonlyMap<string, string | undefined>): Ownership {
  const byOwner = new Map<string, PodView[]>();
  const all = new Set<string>();
  for (const pod of pods) {
    const owner = owners.get(pod.uid);
    if (owner === undefined) continue;
    const list = byOwner.get(owner) ?? [];
    list.push(pod);
    byOwner.set(owner, list);
    all.add(pod.uid);
  }
  return { byOwner, all };
}

function workloadView(object: AnyObject, mirror: Mirror, { byOwner }: Ownership): WorkloadView {
  const { uid, name, namespace = '' } = object.metadata;
  const { kind } = object;
  const podsOf = (owner: string) => byOwner.get(owner) ?? [];
  const nested = kind === 'Deployment';
  const sets = nested
    ? mirror
        .list('replicasets.apps')
        .filter((set) => controllerOf(set)?.uid === uid)
        .map((set) => ({
          uid: set.metadata.uid,
          name: set.metadata.name,
          desired: desiredOf(set),
          pods: podsOf(set.metadata.uid),
          revision: Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
        }))
        .filter(({ desired, pods }) => desired > 0 || pods.length > 0)
        .sort((left, right) => left.revision - right.revision)
        .map(({ revision: _, ...set }) => set)
    : [{ uid, name, desired: desiredOf(object), pods: podsOf(uid) }];
  const ready = sets.flatMap(({ pods }) => pods).filter(({ state }) => state === 'ready').length;
  return { uid, kind, name, namespace, desired: desiredOf(object), ready, sets, nested };
}

/** How many pods an object asks for. */
function desiredOf(object: AnyObject): number {
  const spec = object.spec as { replicas?: number; completions?: number; parallelism?: number } | undefined;
  const status = object.status as { desiredNumberScheduled?: number } | undefined;
  if (object.kind === 'DaemonSet') return status?.desiredNumberScheduled ?? 0;
  if (object.kind === 'Job') return spec?.completions ?? spec?.parallelism ?? 1;
  return (object as unknown as Deployment).spec.replicas ?? 1;
}

function serviceViews(mirror: Mirror, pods: ReadonlyMap<string, PodView>): ServiceView[] {
  const services = (mirror.list('services') as unknown as Service[]).filter(
    ({ metadata }) =>
      !isSystemNamespace(metadata.namespace) && !(metadata.namespace === 'default' && metadata.name === 'kubernetes'),
  );
  const slices = mirror.list('endpointslices.discovery.k8s.io') as unknown as EndpointSlice[];
  return services.map((service) => {
    const { uid, name, namespace = '' } = service.metadata;
    const endpoints = slices
      .filter(
        ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
      )
      .flatMap((slice) => slice.endpoints ?? []);
    const targets = (ready: boolean) =>
      endpoints
        .filter(({ conditions }) => (conditions?.ready !== false) === ready)
        .map(({ targetRef }) => targetRef?.uid ?? '')
        .filter((target) => pods.has(target));
    return {
      uid,
      name,
      namespace,
      type: service.spec.type ?? 'ClusterIP',
      ports: portsOf(service),
      readyPods: targets(true),
      waitingPods: targets(false),
    };
  });
}

function portsOf({ spec }: Service): string {
  return (spec.ports ?? [])
    .map(({ port, nodePort, protocol = 'TCP' }) =>
      nodePort === undefined ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
    )
    .join(',');
}

/** All pods of a view, by uid, wherever they are drawn. */
export function podsOfView(view: ClusterView): Map<string, PodView> {
  const found = new Map<string, PodView>();
  const add = (pods: readonly PodView[]) => {
    for (const pod of pods) found.set(pod.uid, pod);
  };
  for (const node of [...view.nodes, ...(view.controlPlane === undefined ? [] : [view.controlPlane])]) {
    add(node.pods);
    add(node.systemPods);
  }
  add(view.unscheduled);
  for (const { sets } of view.workloads) for (const { pods } of sets) add(pods);
  return found;
}
