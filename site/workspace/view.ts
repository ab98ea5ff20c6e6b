import { controllerOf, type Node, type Pod } from '../../sim-core/api/objects.ts';
import type { Mirror } from './mirror.ts';
import { podState } from './pod-state.ts';
import { serviceViews } from './service-view.ts';
import { isSystemNamespace } from './system-namespaces.ts';
import { type VolumeView, volumeViews } from './volume-view.ts';
import { ownership, workloadView } from './workload-view.ts';

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
