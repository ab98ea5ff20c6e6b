import type { AnyObject, Node, Pod } from '../../sim-core/api/objects.ts';
import { Quantity, quantity } from '../../sim-core/api/quantity.ts';
import type { Mirror } from './mirror.ts';
import { podState } from './pod-state.ts';
import type { PodState } from './view.ts';

/** A container as it is seen from near. Words are Kubernetes' own. */
export interface ContainerCloseUp {
  readonly name: string;
  readonly image: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** `Running`, `CrashLoopBackOff`, `Completed` … */
  readonly word: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** `80/TCP` */
  readonly ports: readonly string[];
  /** `cpu 100m / 500m`, requests before limits. */
  readonly resources: readonly string[];
  readonly mounts: readonly { readonly path: string; readonly volume: string }[];
}

export interface VolumeCloseUp {
  readonly name: string;
  /** The kind of source: `persistentVolumeClaim`, `configMap`, `emptyDir` … */
  readonly source: string;
  /** The object it comes from, if it has one. */
  readonly from: string;
  /** Uid of the claim, if it is one that there is. */
  readonly claim: string | undefined;
}

export interface PodCloseUp {
  readonly type: 'pod';
  readonly uid: string;
  readonly name: string;
  readonly state: PodState;
  readonly word: string;
  readonly ip: string;
  /** The node on which it runs. */
  readonly node: { readonly uid: string; readonly name: string } | undefined;
  readonly initContainers: readonly ContainerCloseUp[];
  readonly containers: readonly ContainerCloseUp[];
  readonly volumes: readonly VolumeCloseUp[];
}

export interface NodeCloseUp {
  readonly type: 'node';
  readonly uid: string;
  readonly name: string;
  /** The cluster's own pods come last. */
  readonly pods: readonly PodCloseUp[];
  readonly mostPods: string;
  /** What its pods ask for of what there is, `part` from 0 to 1. */
  readonly resources: readonly {
    readonly name: string;
    readonly requested: string;
    readonly allocatable: string;
    readonly part: number;
  }[];
}

/** A node with its pods, or a pod with its containers, as large as they can be drawn. Undefined for anything else, and for what is gone. */
export function closeUp(mirror: Mirror, uid: string): NodeCloseUp | PodCloseUp | undefined {
  const object = mirror.find(uid)?.object;
  if (object?.kind === 'Pod') return podCloseUp(mirror, object as unknown as Pod);
  if (object?.kind === 'Node') return nodeCloseUp(mirror, object as unknown as Node);
  return undefined;
}

/** Whether something can be looked at from nearer. */
export function hasCloseUp(object: AnyObject | undefined): boolean {
  return object?.kind === 'Pod' || object?.kind === 'Node';
}

function nodeCloseUp(mirror: Mirror, { metadata, status }: Node): NodeCloseUp {
  const pods = (mirror.list('pods') as unknown as Pod[]).filter(({ spec }) => spec.nodeName === metadata.name);
  const own = (pod: Pod) => (pod.metadata.namespace === 'kube-system' ? 1 : 0);
  const allocatable: Readonly<Record<string, unknown>> = status.allocatable ?? {};
  const running = pods.filter((pod) => pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed');
  const resources = ['cpu', 'memory'].flatMap((name) => {
    const all = amount(allocatable[name]);
    if (all === undefined) return [];
    const format = name === 'memory' ? 'BinarySI' : 'DecimalSI';
    let requested = Quantity.of(0, format);
    for (const { spec } of running) {
      for (const { resources: asked } of spec.containers ?? []) {
        const more = amount((asked?.requests as Record<string, unknown> | undefined)?.[name]);
        if (more !== undefined) requested = requested.add(more);
      }
    }
    const part = all.isZero() ? 0 : requested.milliValue() / all.milliValue();
    return [{ name, requested: requested.toString(), allocatable: all.toString(), part: Math.min(1, part) }];
  });
  return {
    type: 'node',
    uid: metadata.uid,
    name: metadata.name,
    pods: pods.sort((left, right) => own(left) - own(right)).map((pod) => podCloseUp(mirror, pod)),
    mostPods: String(allocatable.pods ?? ''),
    resources,
  };
}

function amount(value: unknown): Quantity | undefined {
  return typeof value === 'string' || typeof value === 'number' ? quantity(value) : undefined;
}

function podCloseUp(mirror: Mirror, pod: Pod): PodCloseUp {
  const { metadata, spec, status } = pod;
  const node = spec.nodeName === undefined ? undefined : mirror.get('nodes', spec.nodeName);
  const lost =
    (node as unknown as Node | undefined)?.status.conditions?.find(({ type }) => type === 'Ready')?.status ===
    'Unknown';
  return {
    type: 'pod',
    uid: metadata.uid,
    name: metadata.name,
    ...podState(pod, lost),
    ip: status.podIP ?? '',
    node: node === undefined ? undefined : { uid: node.metadata.uid, name: node.metadata.name },
    initContainers: containersOf(spec.initContainers, status.initContainerStatuses),
    containers: containersOf(spec.containers, status.containerStatuses),
    volumes: (spec.volumes ?? []).map((volume) => volumeOf(mirror, metadata.namespace ?? '', volume)),
  };
}

function containersOf(
  containers: Pod['spec']['containers'] | undefined,
  statuses: Pod['status']['containerStatuses'],
): ContainerCloseUp[] {
  return (containers ?? []).map(({ name, image = '', ports, resources, volumeMounts }) => {
    const status = statuses?.find((entry) => entry.name === name);
    const { running, terminated, waiting } = status?.state ?? {};
    const requests = (resources?.requests ?? {}) as Record<string, unknown>;
    const limits = (resources?.limits ?? {}) as Record<string, unknown>;
    return {
      name,
      image,
      state: running !== undefined ? 'running' : terminated !== undefined ? 'terminated' : 'waiting',
      word:
        running !== undefined
          ? 'Running'
          : (terminated?.reason ?? waiting?.reason ?? (terminated === undefined ? 'Waiting' : 'Terminated')),
      ready: status?.ready === true,
      restarts: status?.restartCount ?? 0,
      ports: (ports ?? []).map(({ containerPort, protocol = 'TCP' }) => `${containerPort}/${protocol}`),
      resources: ['cpu', 'memory']
        .filter((resource) => Object.hasOwn(requests, resource) || Object.hasOwn(limits, resource))
        .map((resource) => `${resource} ${String(requests[resource] ?? '–')} / ${String(limits[resource] ?? '–')}`),
      mounts: (volumeMounts ?? []).map(({ mountPath, name: volume }) => ({ path: mountPath, volume })),
    };
  });
}

function volumeOf(
  mirror: Mirror,
  namespace: string,
  { name, ...source }: NonNullable<Pod['spec']['volumes']>[number],
): VolumeCloseUp {
  const kind = Object.keys(source)[0] ?? 'emptyDir';
  const { persistentVolumeClaim: claim, configMap, secret, hostPath } = source;
  return {
    name,
    source: kind,
    from: claim?.claimName ?? configMap?.name ?? secret?.secretName ?? hostPath?.path ?? '',
    claim:
      claim === undefined
        ? undefined
        : mirror.get('persistentvolumeclaims', `${namespace}/${claim.claimName}`)?.metadata.uid,
  };
}
