import type { Pod } from '../../../sim-core/api/objects.ts';
import type { TraceEvent } from '../../../sim-core/engine/index.ts';
import type { SchedulingExplanation } from '../../../sim-core/scheduler/explain.ts';
import type { LensSource } from './source.ts';

export interface SchedulerModel {
  readonly pod: string;
  /** Where it is now; empty when nowhere. */
  readonly node: string;
  /** Filters that refused at least one node; the others let all pass. */
  readonly filters: readonly string[];
  readonly passedAll: readonly string[];
  readonly scorers: readonly { readonly plugin: string; readonly weight: number }[];
  readonly rows: readonly {
    readonly node: string;
    readonly feasible: boolean;
    /** By the order of `filters`: why not, or empty. */
    readonly refusals: readonly string[];
    /** By the order of `scorers`: weighted. */
    readonly scores: readonly number[];
    readonly total: number;
    readonly best: boolean;
  }[];
  readonly message: string;
}

/** `namespace/name` of the pod whose placing is to be explained: the one in focus, a pending one, or the last one placed. */
export function podToExplain({
  mirror,
  events,
  focus,
}: Pick<LensSource, 'mirror' | 'events' | 'focus'>): string | undefined {
  if (focus?.table === 'pods') return `${focus.namespace}/${focus.name}`;
  const pods = (mirror.list('pods') as unknown as Pod[]).filter(({ metadata }) => metadata.namespace !== 'kube-system');
  const pending = pods.find(({ spec }) => (spec.nodeName ?? '') === '');
  if (pending !== undefined) return `${pending.metadata.namespace}/${pending.metadata.name}`;
  const placed = events.findLast(
    (event) =>
      event.kind === 'schedule' &&
      !(event as TraceEvent<'schedule'>).data.pod.startsWith('kube-system/') &&
      mirror.get('pods', (event as TraceEvent<'schedule'>).data.pod) !== undefined,
  );
  if (placed !== undefined) return (placed as TraceEvent<'schedule'>).data.pod;
  const last = pods.at(-1);
  return last === undefined ? undefined : `${last.metadata.namespace}/${last.metadata.name}`;
}

/** The scheduler's table of nodes and plugins. Undefined until it was asked for. */
export function schedulerLens({ mirror, explanation }: LensSource): SchedulerModel | undefined {
  if (explanation === undefined) return undefined;
  const pod = mirror.get('pods', explanation.pod) as unknown as Pod | undefined;
  return tableOf(explanation, pod?.spec.nodeName ?? '');
}

function tableOf({ pod, rows, best, message = '', preFilter }: SchedulingExplanation, node: string): SchedulerModel {
  const plugins = [...new Set(rows.flatMap(({ filters }) => filters.map(({ plugin }) => plugin)))];
  const refused = plugins.filter((plugin) =>
    rows.some(({ filters }) => filters.some((said) => said.plugin === plugin && said.code !== 'Success')),
  );
  const scorers =
    rows.find(({ scores }) => scores.length > 0)?.scores.map(({ plugin, weight }) => ({ plugin, weight })) ?? [];
  return {
    pod,
    node,
    filters: refused,
    passedAll: plugins.filter((plugin) => !refused.includes(plugin)),
    scorers,
    rows: [...rows]
      .sort((left, right) => (left.node < right.node ? -1 : 1))
      .map((row) => ({
        node: row.node,
        feasible: row.feasible,
        refusals: refused.map((plugin) => {
          const said = row.filters.find((one) => one.plugin === plugin);
          return said === undefined || said.code === 'Success' ? '' : said.reasons.join(', ');
        }),
        scores: scorers.map(({ plugin }) =>
          Math.round(row.scores.find((score) => score.plugin === plugin)?.weighted ?? 0),
        ),
        total: Math.round(row.total),
        best: best.includes(row.node),
      })),
    message: message || preFilter.flatMap(({ reasons }) => reasons).join(', '),
  };
}
