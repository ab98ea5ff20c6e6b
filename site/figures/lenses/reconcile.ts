import { type AnyObject, controllerOf } from '../../../sim-core/api/objects.ts';
import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import { placeOf } from '../../workspace/journey.ts';
import type { PodState, WorkloadView } from '../../workspace/view.ts';
import { clusterView } from '../../workspace/view.ts';
import { nameOf } from './request.ts';
import { type LensSource, plural } from './source.ts';

export interface ReconcileModel {
  readonly kind: string;
  readonly name: string;
  readonly desired: number;
  readonly pods: readonly { readonly name: string; readonly state: PodState }[];
  /** Present and not on their way out, less desired. */
  readonly difference: number;
  readonly ready: number;
  /** What the controllers did about it, newest first. */
  readonly steps: readonly {
    readonly id: number;
    readonly who: string;
    readonly verb: string;
    readonly what: string;
  }[];
}

const MOST_STEPS = 6;

/** A workload's wish beside its pods, and what was done about the difference. Undefined when there is no workload. */
export function reconcileLens(source: LensSource): ReconcileModel | undefined {
  const { mirror, focus, events } = source;
  const { workloads } = clusterView(mirror);
  const workload: WorkloadView | undefined =
    focus === undefined
      ? workloads.at(-1)
      : workloads.find(({ name, namespace }) => name === focus.name && namespace === focus.namespace);
  if (workload === undefined) return undefined;
  const pods = workload.sets.flatMap((set) => set.pods).map(({ name, state }) => ({ name, state }));
  const staying = pods.filter(({ state }) => state !== 'terminating' && state !== 'failed').length;
  const steps: ReconcileModel['steps'][number][] = [];
  for (let index = events.length - 1; index >= 0 && steps.length < MOST_STEPS; index--) {
    const event = events[index]!;
    if (event.kind !== 'request' || placeOf(event.actor) !== 'controllers') continue;
    const { verb, resource, subresource, name = '', code, stages } = (event as TraceEvent<'request'>).data;
    if (code >= 400 || (verb !== 'create' && verb !== 'delete' && verb !== 'update' && verb !== 'patch')) continue;
    if (subresource !== undefined || !/^(pods|replicasets|deployments|jobs|statefulsets|daemonsets)/.test(resource))
      continue;
    const revision = stages.find(({ stage }) => stage === 'storage')?.detail;
    const made =
      revision === undefined ? undefined : source.changes.findLast((change) => change.revision === Number(revision));
    const what = made === undefined ? name : made.object.metadata.name;
    if (!belongs(what, workload, made?.object)) continue;
    steps.push({ id: event.id, who: nameOf(event.actor), verb, what: `${plural(resource)} ${what}`.trim() });
  }
  const { kind, name, desired, ready } = workload;
  return { kind, name, desired, pods, difference: staying - desired, ready, steps };
}

function belongs(name: string, workload: WorkloadView, object: AnyObject | undefined): boolean {
  if (name === workload.name) return true;
  const owner = object === undefined ? undefined : controllerOf(object)?.name;
  return (
    owner === workload.name || workload.sets.some((set) => set.name === owner) || name.startsWith(`${workload.name}-`)
  );
}
