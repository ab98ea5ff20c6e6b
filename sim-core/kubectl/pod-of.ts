import { labelSelectorAsQuery } from '../api/selector.ts';
import type { ApiObject } from './api.ts';
import type { Context } from './command.ts';
import { asError, KubectlError, usageError } from './errors.ts';
import { parseTime } from './printers/human.ts';
import { queryResources } from './resource-builder.ts';

function field(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path)
    current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined;
  return current;
}

function isReady(pod: ApiObject): boolean {
  return ((field(pod, 'status', 'conditions') ?? []) as { type: string; status: string }[]).some(
    (c) => c.type === 'Ready' && c.status === 'True',
  );
}

function restarts(pod: ApiObject): number {
  return Math.max(
    0,
    ...((field(pod, 'status', 'containerStatuses') ?? []) as { restartCount?: number }[]).map(
      (status) => status.restartCount ?? 0,
    ),
  );
}

/** --pod-running-timeout; throws the words of `cmdutil.GetPodRunningTimeoutFlag` when it is nothing. */
export function podRunningTimeout({ flags }: Context): number {
  const timeout = flags.duration('pod-running-timeout');
  if (timeout <= 0) throw new KubectlError('--pod-running-timeout must be higher than zero');
  return timeout;
}

/** The same, for commands that point to their help then. */
export function podRunningTimeoutOrUsage(context: Context): number {
  try {
    return podRunningTimeout(context);
  } catch (error) {
    throw usageError(context.path, asError(error).message);
  }
}

/** exec and cp want a Pod that has not ended. */
export function refuseCompleted(pod: ApiObject): void {
  const phase = field(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new KubectlError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
}

/** The label selector of a workload's Pods, as a query (SelectorsForObject). */
export function podSelectorOf(object: ApiObject): string {
  const selector = field(object, 'spec', 'selector');
  switch (object.kind) {
    case 'Service':
    case 'ReplicationController':
      if (selector === undefined || Object.keys(selector as object).length === 0)
        throw new KubectlError(`invalid service '${object.metadata.name}': Service is defined without a selector`);
      return labelSelectorAsQuery({ matchLabels: selector as Record<string, string> }) ?? '';
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return labelSelectorAsQuery(selector as Parameters<typeof labelSelectorAsQuery>[0]) ?? '';
    default:
      throw new KubectlError(`selector for ${goType(object)} not implemented`);
  }
}

function goType({ apiVersion, kind }: ApiObject): string {
  return `*${apiVersion.split('/').at(-1) ?? ''}.${kind}`;
}

function selectorFor(object: ApiObject, purpose: string): string {
  try {
    return podSelectorOf(object);
  } catch (error) {
    throw new KubectlError(`cannot ${purpose} ${goType(object)}: ${asError(error).message}`);
  }
}

/** Which Pod to take first for logs: one that runs and is ready (podutils.ByLogging); for attach and exec by activity. */
function byActivity(a: ApiObject, b: ApiObject): number {
  const assigned = (pod: ApiObject) => (field(pod, 'spec', 'nodeName') ? 1 : 0);
  if (assigned(a) !== assigned(b)) return assigned(b) - assigned(a);
  const phase = (pod: ApiObject) =>
    ({ Pending: 0, Unknown: 1, Running: 2 })[String(field(pod, 'status', 'phase'))] ?? 0;
  if (phase(a) !== phase(b)) return phase(b) - phase(a);
  if (isReady(a) !== isReady(b)) return isReady(a) ? -1 : 1;
  if (restarts(a) !== restarts(b)) return restarts(a) - restarts(b);
  return (parseTime(a.metadata.creationTimestamp) ?? 0) - (parseTime(b.metadata.creationTimestamp) ?? 0);
}

/** The Pods behind a Pod, workload or Service, the one to take first at the front. Waits until there is one. */
export async function podsBehind(
  context: Context,
  object: ApiObject,
  timeout: number,
  purpose = 'attach to',
): Promise<ApiObject[]> {
  if (object.kind === 'Pod') return [object];
  const api = await context.api();
  const labelSelector = selectorFor(object, purpose);
  const until = context.env.now() + timeout;
  for (;;) {
    const answer = await api.get(`/api/v1/namespaces/${object.metadata.namespace}/pods`, { query: { labelSelector } });
    const pods = ((answer.items ?? []) as ApiObject[]).map((pod) => ({ ...pod, kind: 'Pod', apiVersion: 'v1' }));
    if (pods.length > 0) return pods.sort(byActivity);
    if (context.env.now() >= until) throw new KubectlError('timed out waiting for the condition');
    await context.env.sleep(500, context.env.signal);
  }
}

/** The Pod that `POD` or `TYPE/NAME` means. */
export async function podFor(context: Context, word: string, timeout: number): Promise<ApiObject> {
  const { namespace } = await context.config();
  const query = word.includes('/') ? { args: [word] } : { resourceNames: { resource: 'pods', names: [word] } };
  const { infos, errors } = await queryResources(context, { ...query, namespace });
  if (errors.length > 0) throw asError(errors[0]);
  const [info] = infos;
  if (info === undefined) throw new KubectlError('no objects found');
  return (await podsBehind(context, info.object, timeout))[0]!;
}

interface NamedContainer {
  name: string;
  kind: 'container' | 'init' | 'ephemeral';
}

export function containersOf(pod: ApiObject): NamedContainer[] {
  const names = (key: string, kind: NamedContainer['kind']): NamedContainer[] =>
    ((field(pod, 'spec', key) ?? []) as { name: string }[]).map(({ name }) => ({ name, kind }));
  return [
    ...names('initContainers', 'init'),
    ...names('containers', 'container'),
    ...names('ephemeralContainers', 'ephemeral'),
  ];
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** Says that the annotation names a container that there is not, as `kubectl logs` alone does. */
export function warnOfDefault(context: Context, pod: ApiObject): void {
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER] ?? '';
  if (annotated === '' || containersOf(pod).some(({ name }) => name === annotated)) return;
  context.err(`Default container name "${annotated}" not found in pod ${pod.metadata.name}\n`);
}

/** The container that is meant without --container: the annotated one, else the first; says so where there are several. */
export function defaultContainer(context: Context, pod: ApiObject, quiet: boolean): string {
  const all = containersOf(pod);
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER] ?? '';
  if (all.some(({ name }) => name === annotated)) return annotated;
  const regular = all.filter(({ kind }) => kind === 'container');
  const [first] = regular;
  if (first === undefined) throw new KubectlError(`no container found`);
  if (regular.length + all.filter(({ kind }) => kind !== 'container').length > 1 && !quiet)
    context.err(`Defaulted container "${first.name}" out of: ${allNames(pod)}\n`);
  return first.name;
}

/** `a, b, c (init)` */
export function allNames(pod: ApiObject): string {
  const all = containersOf(pod);
  const text = ({ name, kind }: NamedContainer): string =>
    kind === 'container' ? name : kind === 'init' ? `${name} (init)` : `${name} (ephem)`;
  return [
    ...all.filter(({ kind }) => kind === 'container'),
    ...all.filter(({ kind }) => kind === 'ephemeral'),
    ...all.filter(({ kind }) => kind === 'init'),
  ]
    .map(text)
    .join(', ');
}
