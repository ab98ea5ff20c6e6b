import type { Stage } from '../../../sim-core/apiserver/request.ts';
import type {} from '../../../sim-core/apiserver/watch-cache.ts';
import type { TraceEvent, TraceEventMap } from '../../../sim-core/engine/index.ts';
import type {} from '../../../sim-core/store/store.ts';
import { placeOf } from '../../workspace/journey.ts';
import { type LensSource, plural } from './source.ts';

/** The rooms that every request goes through, in this order. */
export const GATES = [
  'authentication',
  'authorization',
  'mutating',
  'validation',
  'validating',
  'store',
  'watchers',
] as const;
export type Gate = (typeof GATES)[number];

export interface GateView {
  readonly gate: Gate;
  /** `unused`: this kind of request does not come by here, or did not get so far. */
  readonly verdict: 'pass' | 'changed' | 'refused' | 'unused';
  /** Who looked at it, with what it had to say. */
  readonly by: readonly { readonly name: string; readonly detail: string; readonly verdict: Stage['verdict'] }[];
}

export interface RequestView {
  readonly id: number;
  readonly who: string;
  readonly you: boolean;
  readonly verb: string;
  readonly what: string;
  readonly code: number;
  readonly message: string;
  readonly gates: readonly GateView[];
}

const GATE_OF: Readonly<Record<Stage['stage'], Gate>> = {
  authentication: 'authentication',
  authorization: 'authorization',
  'mutating admission': 'mutating',
  schema: 'validation',
  validation: 'validation',
  'validating admission': 'validating',
  storage: 'store',
};
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const QUIET: ReadonlySet<string> = new Set(['leases.coordination.k8s.io', 'events', 'events.events.k8s.io']);
/** What programs in pods ask with, where a learner has them ask. */
const IN_PODS = /^(curl|wget)\b/i;
/** Doors into pods: asked for, but nothing is written. */
const DOORS: ReadonlySet<string | undefined> = new Set(['exec', 'attach', 'portforward']);
const MOST = 12;

/** The latest requests, newest first: the learner's own, and what the cluster's parts wrote because of them. */
export function requestLens({ events, mirror }: LensSource): { requests: RequestView[] } {
  const requests: RequestView[] = [];
  const told = watchersByRevision(events);
  const stored = storedKeys(events);
  for (let index = events.length - 1; index >= 0 && requests.length < MOST; index--) {
    const event = events[index]!;
    if (event.kind !== 'request') continue;
    const { data } = event as TraceEvent<'request'>;
    const you = placeOf(event.actor) === 'you';
    if (QUIET.has(data.resource) || data.subresource === 'status') continue;
    if (!you && !WRITES.has(data.verb)) continue;
    if (!you && mirror.tableNames().length > 0 && data.resource.startsWith('token')) continue;
    requests.push(viewOf(event as TraceEvent<'request'>, you, told, stored));
  }
  const own = requests.filter(
    ({ you, who, verb, what }) =>
      (you || IN_PODS.test(who)) && WRITES.has(verb) && !DOORS.has(/\/(\w+)/.exec(what.split(' ')[0]!)?.[1]),
  );
  const rest = requests.filter((request) => !own.includes(request));
  return { requests: [...own, ...rest] };
}

function viewOf(
  { id, actor, data }: TraceEvent<'request'>,
  you: boolean,
  told: ReadonlyMap<number, ReadonlySet<string>>,
  stored: ReadonlyMap<number, string>,
): RequestView {
  const gates = GATES.map((gate): GateView => {
    const stages = data.stages.filter(({ stage }) => GATE_OF[stage] === gate);
    const by = stages.map(({ by: name, detail = '', verdict }) => ({ name: nameOf(name), detail, verdict }));
    const verdict = stages.some((stage) => stage.verdict === 'refused')
      ? 'refused'
      : stages.some((stage) => stage.verdict === 'changed')
        ? 'changed'
        : stages.length > 0
          ? 'pass'
          : 'unused';
    return { gate, verdict, by };
  });
  // What somebody else has changed meanwhile is found out where it is stored.
  const stale = data.code === 409 && !gates.some(({ verdict }) => verdict === 'refused');
  const revision = Number(data.stages.find(({ stage }) => stage === 'storage')?.detail ?? 0);
  const watchers = [...(told.get(revision) ?? [])].sort();
  const name = stored.get(revision) ?? data.name ?? '';
  return {
    id,
    who: nameOf(actor),
    you,
    verb: data.verb,
    what: [plural(data.resource), data.subresource === undefined ? '' : `/${data.subresource}`, ' ', name]
      .join('')
      .trim(),
    code: data.code,
    message: data.message ?? '',
    gates: gates.map((gate) =>
      gate.gate === 'watchers' && watchers.length > 0
        ? { ...gate, verdict: 'pass', by: watchers.map((watcher) => ({ name: watcher, detail: '', verdict: 'pass' })) }
        : gate.gate === 'store' && stale
          ? { ...gate, verdict: 'refused', by: [{ name: 'etcd', detail: '', verdict: 'refused' }] }
          : gate,
    ),
  };
}

/** Who was told of each revision. */
function watchersByRevision(events: readonly TraceEvent[]): Map<number, Set<string>> {
  const told = new Map<number, Set<string>>();
  for (const { kind, actor, data } of events) {
    if (kind !== 'watch') continue;
    const { revision } = data as TraceEventMap['watch'];
    const who = told.get(revision) ?? new Set();
    who.add(nameOf(actor));
    told.set(revision, who);
  }
  return told;
}

function storedKeys(events: readonly TraceEvent[]): Map<number, string> {
  const keys = new Map<number, string>();
  for (const { kind, data } of events) {
    if (kind !== 'revision') continue;
    const { revision, key } = data as TraceEventMap['revision'];
    keys.set(revision, key);
  }
  return keys;
}

/** `kubectl/v1.33.1 (linux/amd64) …` is kubectl; `kube-controller-manager/job-controller` its controller; `kubelet/worker-1` stays. */
export function nameOf(actor: string): string {
  const [program = '', rest] = actor.split(' ')[0]!.split('/');
  if (program === 'kube-controller-manager' && rest !== undefined) return rest;
  return program === 'kubelet' || program === 'kube-proxy' ? `${program}/${rest ?? ''}` : program;
}
