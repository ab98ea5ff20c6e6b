import type { Container, EphemeralContainer } from 'kubernetes-types/core/v1';
import type { Pod } from '../../api/objects.ts';
import { fnv32a } from '../../engine/index.ts';
import type { ContainerConfig, KeyValue, Mount } from '../cri/container.ts';
import type { NodeImage } from '../cri/image-service.ts';
import type { Labels, LinuxContainerSecurityContext, NamespaceOption } from '../cri/linux.ts';
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

/** A container as the runtime is to make it (generateContainerConfig). Throws `StartError` when its spec cannot be fulfilled. */
export function containerConfig(worker: PodWorker, container: Container, parts: ConfigParts): ContainerConfig {
  const { pod } = worker;
  const { name } = container;
  const { attempt, image, env } = parts;
  checkNonRoot(pod, container, image);
  const lookup = (key: string) => env.findLast((variable) => variable.key === key)?.value;
  const command = container.command?.map((word) => expand(word, lookup));
  const args = container.args?.map((word) => expand(word, lookup));
  return {
    metadata: { name, attempt },
    image: { image: image.id },
    userSpecifiedImage: container.image,
    ...(command === undefined ? {} : { command }),
    ...(args === undefined ? {} : { args }),
    ...(container.workingDir === undefined ? {} : { workingDir: container.workingDir }),
    envs: env,
    mounts: allMounts(worker, container, parts),
    labels: labelsOf(pod, name),
    annotations: annotationsOf(pod, container, attempt),
    logPath: `${name}/${attempt}.log`,
    ...(container.stdin === true ? { stdin: true } : {}),
    ...(container.stdinOnce === true ? { stdinOnce: true } : {}),
    ...(container.tty === true ? { tty: true } : {}),
    resources: containerResources(pod, container, parts.nodeMemory),
    ...securityOf(pod, container, parts.targetId),
  };
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

function labelsOf({ metadata }: Pod, container: string): Labels {
  return {
    'io.kubernetes.container.name': container,
    'io.kubernetes.pod.name': metadata.name,
    'io.kubernetes.pod.namespace': metadata.namespace ?? '',
    'io.kubernetes.pod.uid': metadata.uid,
  };
}

function annotationsOf(pod: Pod, container: Container, attempt: number): Labels {
  return {
    [HASH_ANNOTATION]: containerHash(container),
    'io.kubernetes.container.restartCount': String(attempt),
    'io.kubernetes.container.terminationMessagePath': container.terminationMessagePath ?? DEFAULT_TERMINATION_LOG,
    'io.kubernetes.container.terminationMessagePolicy': container.terminationMessagePolicy ?? 'File',
    'io.kubernetes.pod.terminationGracePeriod': String(pod.spec.terminationGracePeriodSeconds ?? 30),
  };
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

const NO_SECURITY = Object.freeze({});

function securityOf(
  pod: Pod,
  container: Container | EphemeralContainer,
  targetId: string | undefined,
): { securityContext?: LinuxContainerSecurityContext } {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const namespaces = namespacesOf(pod, targetId);
  if (own === undefined && namespaces === undefined && isEmpty(shared)) return NO_SECURITY;
  const context: { -readonly [K in keyof LinuxContainerSecurityContext]: LinuxContainerSecurityContext[K] } = {};
  const user = own?.runAsUser ?? shared?.runAsUser;
  const group = own?.runAsGroup ?? shared?.runAsGroup;
  if (user !== undefined) context.runAsUser = user;
  if (group !== undefined) context.runAsGroup = group;
  const groups = [...(shared?.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared?.supplementalGroups ?? [])];
  if (groups.length > 0) context.supplementalGroups = groups;
  if (own?.readOnlyRootFilesystem === true) context.readonlyRootfs = true;
  if (own?.privileged === true) context.privileged = true;
  if (own?.allowPrivilegeEscalation !== undefined) context.allowPrivilegeEscalation = own.allowPrivilegeEscalation;
  if (own?.capabilities?.add !== undefined) context.addCapabilities = own.capabilities.add;
  if (own?.capabilities?.drop !== undefined) context.dropCapabilities = own.capabilities.drop;
  const { type, localhostProfile } = own?.seccompProfile ?? shared?.seccompProfile ?? {};
  if (type === 'Localhost') context.seccomp = { localhostRef: `/var/lib/kubelet/seccomp/${localhostProfile}` };
  else if (type === 'RuntimeDefault') context.seccomp = type;
  if (namespaces !== undefined) context.namespaces = namespaces;
  return { securityContext: context };
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.keys(value).length === 0;
}

function namespacesOf(pod: Pod, targetId: string | undefined): NamespaceOption | undefined {
  if (targetId !== undefined) return { ...podNamespaces(pod), pid: 'TARGET', targetId };
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return hostNetwork || hostPID || hostIPC || shareProcessNamespace ? podNamespaces(pod) : undefined;
}
