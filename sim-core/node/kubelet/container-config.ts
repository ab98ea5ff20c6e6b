import type { Container, EphemeralContainer } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { fnv32a } from '../../engine/index.ts';
import type { ContainerConfig, ContainerMetadata, KeyValue, Mount } from '../cri/container.ts';
import type { ImageSpec, NodeImage } from '../cri/image-service.ts';
import type { Labels, LinuxContainerResources, LinuxContainerSecurityContext, NamespaceOption } from '../cri/linux.ts';
import { formatPod } from './event-subject.ts';
import { expand } from './expansion.ts';
import { StartError } from './image-manager.ts';
import { TerminationLogMount } from './mounts.ts';
import type { PodWorker } from './pod-worker.ts';
import { containerResources } from './resources.ts';
import { podNamespaces } from './sandbox-config.ts';

const DEFAULT_TERMINATION_LOG = '/dev/termination-log';

/** What a container is made with, beside its spec. */
export interface ConfigParts {
  readonly attempt: number;
  readonly image: NodeImage;
  readonly env: readonly KeyValue[];
  /** Mounts of the pod's volumes. */
  readonly mounts: readonly Mount[];
  readonly hosts: Mount;
  readonly nodeMemory: number;
  /** Container whose processes a debug container sees. */
  readonly targetId?: string;
}

/**
 * A container as the runtime is to make it (generateContainerConfig). Thousands are kept: what follows from the rest is made when asked for.
 * Making one throws `StartError` when its spec cannot be fulfilled.
 */
export class PodContainerConfig implements ContainerConfig {
  readonly metadata: ContainerMetadata;
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly envs: readonly KeyValue[];
  readonly mounts: readonly Mount[];
  readonly resources: LinuxContainerResources;
  readonly securityContext: LinuxContainerSecurityContext | undefined;
  private readonly worker: PodWorker;
  private readonly container: Container;
  private readonly imageId: string;

  constructor(worker: PodWorker, container: Container, parts: ConfigParts) {
    const { pod } = worker;
    const { attempt, image, env } = parts;
    checkNonRoot(pod, container, image);
    const lookup = (key: string) => env.findLast((variable) => variable.key === key)?.value;
    this.metadata = { name: container.name, attempt };
    this.command = container.command?.map((word) => expand(word, lookup));
    this.args = container.args?.map((word) => expand(word, lookup));
    this.envs = env;
    this.mounts = allMounts(worker, container, parts);
    this.resources = containerResources(pod, container, parts.nodeMemory);
    this.securityContext = securityOf(pod, container, parts.targetId);
    this.worker = worker;
    this.container = container;
    this.imageId = image.id;
  }

  get image(): ImageSpec {
    return { image: this.imageId };
  }

  get userSpecifiedImage(): string | undefined {
    return this.container.image;
  }

  get workingDir(): string | undefined {
    return this.container.workingDir;
  }

  get stdin(): boolean {
    return this.container.stdin ?? false;
  }

  get stdinOnce(): boolean {
    return this.container.stdinOnce ?? false;
  }

  get tty(): boolean {
    return this.container.tty ?? false;
  }

  get logPath(): string {
    const { name, attempt } = this.metadata;
    return `${name}/${attempt}.log`;
  }

  get labels(): Labels {
    const { name, namespace = '', uid } = this.worker.pod.metadata;
    return {
      'io.kubernetes.container.name': this.metadata.name,
      'io.kubernetes.pod.name': name,
      'io.kubernetes.pod.namespace': namespace,
      'io.kubernetes.pod.uid': uid,
    };
  }

  get annotations(): Labels {
    const { container, metadata, worker } = this;
    return {
      [HASH_ANNOTATION]: containerHash(container),
      'io.kubernetes.container.restartCount': String(metadata.attempt),
      'io.kubernetes.container.terminationMessagePath': container.terminationMessagePath ?? DEFAULT_TERMINATION_LOG,
      'io.kubernetes.container.terminationMessagePolicy': container.terminationMessagePolicy ?? 'File',
      'io.kubernetes.pod.terminationGracePeriod': String(worker.pod.spec.terminationGracePeriodSeconds ?? 30),
    };
  }
}

function allMounts(worker: PodWorker, container: Container, { mounts, hosts, attempt }: ConfigParts): Mount[] {
  const hasHosts = mounts.some(({ containerPath }) => containerPath === hosts.containerPath);
  const log = container.terminationMessagePath ?? DEFAULT_TERMINATION_LOG;
  return [
    ...mounts,
    ...(hasHosts ? [] : [hosts]),
    ...(log === '' ? [] : [new TerminationLogMount(worker, container.name, attempt, log)]),
  ];
}

export const HASH_ANNOTATION = 'io.kubernetes.container.hash';

/** Changes when a container must be made anew: with its image (kubecontainer.HashContainer). */
export function containerHash({ name, image }: Container): string {
  return fnv32a(`{"image":"${image ?? ''}","name":"${name}"}`).toString(16);
}

function userOf(pod: Pod, container: Container): number | undefined {
  return container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
}

/** verifyRunAsNonRoot */
function checkNonRoot(pod: Pod, container: Container, image: NodeImage): void {
  const nonRoot = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot;
  if (nonRoot !== true) return;
  const user = userOf(pod, container);
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  const fail = (text: string) => new StartError('CreateContainerConfigError', `${text} ${where}`);
  if (user !== undefined) {
    if (user === 0) throw fail("container's runAsUser breaks non-root policy");
    return;
  }
  if (image.uid === 0) throw fail('container has runAsNonRoot and image will run as root');
}

function securityOf(
  pod: Pod,
  container: Container | EphemeralContainer,
  targetId: string | undefined,
): LinuxContainerSecurityContext | undefined {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const namespaces = namespacesOf(pod, targetId);
  if (own === undefined && namespaces === undefined && isEmpty(shared)) return undefined;
  const context: { -readonly [K in keyof LinuxContainerSecurityContext]: LinuxContainerSecurityContext[K] } = {};
  const user = own?.runAsUser ?? shared?.runAsUser;
  const group = own?.runAsGroup ?? shared?.runAsGroup;
  if (user !== undefined) context.runAsUser = user;
  if (group !== undefined) context.runAsGroup = group;
  const groups = [...(shared?.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared?.supplementalGroups ?? [])];
  if (groups.length > 0) context.supplementalGroups = groups;
  // The client's types know no such field yet.
  const { supplementalGroupsPolicy } = (shared ?? {}) as { supplementalGroupsPolicy?: string };
  if (supplementalGroupsPolicy === 'Strict') context.supplementalGroupsPolicy = 'Strict';
  if (own?.readOnlyRootFilesystem === true) context.readonlyRootfs = true;
  if (own?.privileged === true) context.privileged = true;
  if (own?.allowPrivilegeEscalation !== undefined) context.allowPrivilegeEscalation = own.allowPrivilegeEscalation;
  if (own?.capabilities?.add !== undefined) context.addCapabilities = own.capabilities.add;
  if (own?.capabilities?.drop !== undefined) context.dropCapabilities = own.capabilities.drop;
  const { type, localhostProfile } = own?.seccompProfile ?? shared?.seccompProfile ?? {};
  if (type === 'Localhost') context.seccomp = { localhostRef: `/var/lib/kubelet/seccomp/${localhostProfile}` };
  else if (type === 'RuntimeDefault') context.seccomp = type;
  if (namespaces !== undefined) context.namespaces = namespaces;
  return context;
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.keys(value).length === 0;
}

function namespacesOf(pod: Pod, targetId: string | undefined): NamespaceOption | undefined {
  if (targetId !== undefined) return { ...podNamespaces(pod), pid: 'TARGET', targetId };
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return hostNetwork || hostPID || hostIPC || shareProcessNamespace ? podNamespaces(pod) : undefined;
}
