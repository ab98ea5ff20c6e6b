import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import type { FrameChange } from '../../../sim-core/host/door.ts';
import type { SchedulingExplanation } from '../../../sim-core/scheduler/explain.ts';
import type { Mirror } from '../../workspace/mirror.ts';

/** Everything that a lens can look at: what a cluster holds, and what is remembered of how it came about. */
export interface LensSource {
  readonly mirror: Mirror;
  /** Trace events, oldest first. */
  readonly events: readonly TraceEvent[];
  /** Changes of objects, oldest first. */
  readonly changes: readonly FrameChange[];
  /** Virtual time, microseconds. */
  readonly now: number;
  /** What the lens is about: `deployment/web`, `pod/web-0`, `service/web`, `pvc/data`; without it, what happened last. */
  readonly focus: Focus | undefined;
  /** What the scheduler thinks of the pod in focus. */
  readonly explanation: SchedulingExplanation | undefined;
}

export interface Focus {
  readonly table: string;
  readonly namespace: string;
  readonly name: string;
}

const TABLES: Readonly<Record<string, string>> = {
  pod: 'pods',
  deployment: 'deployments.apps',
  replicaset: 'replicasets.apps',
  statefulset: 'statefulsets.apps',
  daemonset: 'daemonsets.apps',
  job: 'jobs.batch',
  service: 'services',
  node: 'nodes',
  pvc: 'persistentvolumeclaims',
  pv: 'persistentvolumes',
};

/** `deployment/web` or `shop/deployment/web` as a focus. Throws, naming the kinds, when it is neither. */
export function parseFocus(text: string): Focus {
  const parts = text.split('/');
  const [kind = '', name = ''] = parts.slice(-2);
  if (!Object.hasOwn(TABLES, kind) || name === '' || parts.length > 3) {
    throw new Error(`focus "${text}" is not <kind>/<name> with one of the kinds ${Object.keys(TABLES).join(', ')}`);
  }
  return { table: TABLES[kind]!, namespace: parts.length === 3 ? parts[0]! : 'default', name };
}

/** The namespace of a store key, and the rest. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** `deployments.apps` is `deployments` to a reader. */
export function plural(table: string): string {
  return table.split('.')[0]!;
}
