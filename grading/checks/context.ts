import type { KubeObject } from '../../sim-core/api/objects.ts';
import { parseLabelSelector } from '../../sim-core/api/selector.ts';
import type { Cluster } from '../../sim-core/cluster/cluster.ts';
import { splitGroupVersion } from '../../sim-core/resources/registry.ts';
import type { Exercise } from '../format/exercise.ts';
import type { ObjectSelection, Test } from '../format/tests.ts';
import type { Message } from '../messages.ts';
import type { Copies, Copy } from './copies.ts';

/** What came of a test. */
export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly message: Message }
  /** It could not be asked here: never a pass. */
  | { readonly status: 'not-run'; readonly message: Message };

/** The objects that a test looks at, when they are not those of now. */
export interface ObjectView {
  list(table: string, prefix: string): readonly KubeObject[];
}

export interface TestContext {
  readonly cluster: Cluster;
  /** Objects of a past moment. */
  readonly view?: ObjectView;
  /** The cluster as a copy of its own, with what is known of its past; absent while a learner types. */
  readonly here?: Copy;
  /** Where copies to try things in come from; absent while a learner types, and inside of a copy. */
  readonly copies?: Copies;
  readonly exercise?: Exercise;
  /** Outcomes of tests that have been asked of this cluster already. */
  readonly known?: ReadonlyMap<Test, Outcome>;
}

export const PASSED: Outcome = { status: 'passed' };
export const NOT_NOW: Outcome = { status: 'not-run', message: { key: 'not-run', values: {} } };

export function failed(key: Message['key'], values: Message['values']): Outcome {
  return { status: 'failed', message: { key, values } };
}

/** It could not be asked, for a reason that is the author's, or ours. */
export function notRun(found: string): Outcome {
  return { status: 'not-run', message: { key: 'could-not-run', values: { found } } };
}

/** Table of a kind in the store; undefined when the cluster does not serve the kind. */
export function tableOf(
  cluster: Cluster,
  { apiVersion, kind }: { apiVersion: string; kind: string },
): { readonly table: string; readonly namespaced: boolean } | undefined {
  const { group, version } = splitGroupVersion(apiVersion);
  const served = cluster.server.resources.kind(group, version, kind);
  if (served === undefined) return undefined;
  const { plural, namespaced } = served.resource;
  return { table: served.resource.group === '' ? plural : `${plural}.${served.resource.group}`, namespaced };
}

/** The objects that a selection chooses, in name order. */
export function select(context: Pick<TestContext, 'cluster' | 'view'>, selection: ObjectSelection): KubeObject[] {
  const { cluster, view = cluster.store } = context;
  const where = tableOf(cluster, selection);
  if (where === undefined) return [];
  const labels = selection.labels === undefined ? undefined : parseLabelSelector(selection.labels);
  const { namespace = 'default' } = selection;
  return view
    .list(where.table, where.namespaced && namespace !== '*' ? `${namespace}/` : '')
    .filter(
      ({ metadata }) =>
        (selection.name === undefined || metadata.name === selection.name) &&
        labels?.matches(metadata.labels) !== false,
    );
}

/** The words for a selection, and the command that looks at it. */
export function valuesOf(
  { kind, namespace = 'default', name, labels }: ObjectSelection,
  found?: string,
): Record<string, string> {
  const which = name ?? found ?? '';
  const where = namespace === 'default' ? '' : namespace === '*' ? ' -A' : ` -n ${namespace}`;
  const flags = `${where}${labels === undefined || which !== '' ? '' : ` -l ${labels}`}`;
  const look =
    which === ''
      ? `kubectl get ${kind.toLowerCase()}${flags}`
      : `kubectl get ${kind.toLowerCase()} ${which}${flags} -o yaml`;
  return { kind, namespace, name: which, look };
}
