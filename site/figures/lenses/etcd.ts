import type { TraceEvent, TraceEventMap } from '../../../sim-core/engine/index.ts';
import type { FrameChange } from '../../../sim-core/host/door.ts';
import { nameOf } from './request.ts';
import type { LensSource } from './source.ts';

export interface RevisionView {
  readonly revision: number;
  readonly key: string;
  readonly type: 'create' | 'change' | 'delete';
  readonly who: string;
  /** What is different now: `spec.replicas: 1 → 3`. */
  readonly fields: readonly string[];
}

const QUIET: ReadonlySet<string> = new Set(['leases.coordination.k8s.io', 'events', 'events.events.k8s.io']);
const MOST_REVISIONS = 10;
const MOST_FIELDS = 3;

/** The latest revisions, newest first, but for the cluster's breathing; `quiet` says how many of those were left out. */
export function etcdLens({ events, changes, focus }: LensSource): {
  revision: number;
  quiet: number;
  revisions: RevisionView[];
} {
  const makers = makersOf(events);
  const revisions: RevisionView[] = [];
  let quiet = 0;
  for (let index = changes.length - 1; index >= 0 && revisions.length < MOST_REVISIONS; index--) {
    const change = changes[index]!;
    // A node's status is its breathing, too.
    if (QUIET.has(change.table) || (change.table === 'nodes' && change.type === 'MODIFIED')) {
      quiet++;
      continue;
    }
    if (focus !== undefined && (change.table !== focus.table || change.key !== `${focus.namespace}/${focus.name}`))
      continue;
    const before = change.type === 'ADDED' ? undefined : previous(changes, index);
    revisions.push({
      revision: change.revision,
      key: registryKey(change),
      type: change.type === 'ADDED' ? 'create' : change.type === 'DELETED' ? 'delete' : 'change',
      who: makers.get(change.revision) ?? '',
      fields: change.type === 'MODIFIED' && before !== undefined ? differences(before.object, change.object) : [],
    });
  }
  return { revision: changes.at(-1)?.revision ?? 0, quiet, revisions };
}

function previous(changes: readonly FrameChange[], from: number): FrameChange | undefined {
  const { table, key } = changes[from]!;
  for (let index = from - 1; index >= 0; index--) {
    const change = changes[index]!;
    if (change.table === table && change.key === key) return change;
  }
  return undefined;
}

/** Where etcd keeps an object: `/registry/deployments/default/web`. */
function registryKey({ table, key }: FrameChange): string {
  const [resource = '', ...group] = table.split('.');
  const special: Readonly<Record<string, string>> = {
    nodes: 'minions',
    endpoints: 'services/endpoints',
    services: 'services/specs',
  };
  const builtIn = group.length === 0 || !group.join('.').includes('.') || group.join('.').endsWith('k8s.io');
  const folder = Object.hasOwn(special, table) ? special[table] : builtIn ? resource : `${group.join('.')}/${resource}`;
  return `/registry/${folder}/${key}`;
}

function makersOf(events: readonly TraceEvent[]): Map<number, string> {
  const byId = new Map<number, TraceEvent>();
  const makers = new Map<number, string>();
  for (const event of events) {
    byId.set(event.id, event);
    if (event.kind !== 'revision') continue;
    const cause = byId.get(event.cause);
    if (cause !== undefined) makers.set((event.data as TraceEventMap['revision']).revision, nameOf(cause.actor));
  }
  return makers;
}

const UNTOLD: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'lastHeartbeatTime',
]);

/** The fields in which two states of an object differ. */
export function differences(before: unknown, after: unknown): string[] {
  const found: string[] = [];
  const visit = (left: unknown, right: unknown, path: string): void => {
    if (left === right || found.length >= MOST_FIELDS) return;
    const [was, is] = [byKey(left), byKey(right)];
    if (was !== undefined && is !== undefined) {
      for (const key of new Set([...was.keys(), ...is.keys()])) {
        if (UNTOLD.has(key)) continue;
        visit(
          was.get(key),
          is.get(key),
          Array.isArray(right) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
        );
      }
      return;
    }
    found.push(`${path}: ${brief(left)} → ${brief(right)}`);
  };
  visit(before, after, '');
  return found;
}

/** The parts of a map by key, or of a list by what tells its members apart (`type`, `name`); undefined for anything else. */
function byKey(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value)) {
    return new Map(value.map((member: unknown, index) => [memberKey(member) ?? String(index), member]));
  }
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function memberKey(member: unknown): string | undefined {
  if (typeof member !== 'object' || member === null) return undefined;
  const { type, name } = member as { type?: unknown; name?: unknown };
  return typeof type === 'string' ? type : typeof name === 'string' ? name : undefined;
}

function brief(value: unknown): string {
  if (value === undefined) return '∅';
  if (typeof value === 'object' && value !== null) {
    const status = (value as { status?: unknown }).status;
    return typeof status === 'string' ? status : Array.isArray(value) ? `[${value.length}]` : '{…}';
  }
  const text = String(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
