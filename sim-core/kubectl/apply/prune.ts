import type { ApiObject } from '../api.ts';
import type { Context } from '../command.ts';
import { type ApiResource, resourcePath } from '../discovery.ts';
import type { DryRun } from '../dry-run.ts';
import { isNotFound, KubectlError } from '../errors.ts';
import { originalConfiguration } from './patcher.ts';

/** The kinds that --prune looks at without an allow list. */
const DEFAULTS = [
  'core/v1/ConfigMap',
  'core/v1/Endpoints',
  'core/v1/Namespace',
  'core/v1/PersistentVolumeClaim',
  'core/v1/PersistentVolume',
  'core/v1/Pod',
  'core/v1/ReplicationController',
  'core/v1/Secret',
  'core/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
];

/** Reads the allow list: group/version/Kind, `core` for the group without a name. */
export async function pruneResources(context: Context, list: readonly string[]): Promise<ApiResource[]> {
  const discovery = await context.discovery();
  const found: ApiResource[] = [];
  for (const text of list.length === 0 ? DEFAULTS : list) {
    const parts = text.split('/');
    if (parts.length !== 3)
      throw new KubectlError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
    const [group, version, kind] = parts as [string, string, string];
    const apiVersion = group === 'core' ? version : `${group}/${version}`;
    const resource = discovery.forKind(apiVersion, kind);
    if (resource !== undefined) found.push(resource);
    else if (list.length > 0) throw new KubectlError(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
  return found;
}

export interface PruneOptions {
  readonly selector: string;
  readonly dryRun: DryRun;
  readonly cascade: string;
  readonly gracePeriod: number;
  readonly visitedUids: ReadonlySet<string>;
  readonly visitedNamespaces: ReadonlySet<string>;
  print(object: ApiObject): void;
}

/** Deletes what was applied once, carries the labels, and was not applied this time. */
export async function prune(context: Context, resources: readonly ApiResource[], options: PruneOptions): Promise<void> {
  const api = await context.api();
  const inNamespaces = resources.filter(({ namespaced }) => namespaced);
  const places: [ApiResource, string][] = [...options.visitedNamespaces].flatMap((namespace) =>
    inNamespaces.map((resource): [ApiResource, string] => [resource, namespace]),
  );
  for (const resource of resources) if (!resource.namespaced) places.push([resource, '']);
  for (const [resource, namespace] of places) {
    let list: ApiObject;
    try {
      list = await api.get(resourcePath(resource, namespace, undefined), {
        query: { labelSelector: options.selector },
      });
    } catch (error) {
      if (isNotFound(error)) continue;
      throw error;
    }
    for (const item of (list.items ?? []) as ApiObject[]) {
      const object = {
        ...item,
        apiVersion: item.apiVersion ?? `${resource.group === '' ? '' : `${resource.group}/`}${resource.version}`,
        kind: resource.kind,
      };
      if (originalConfiguration(object) === undefined || options.visitedUids.has(object.metadata.uid ?? '')) continue;
      if (options.dryRun !== 'client') {
        const body: Record<string, unknown> = {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          propagationPolicy: options.cascade,
        };
        if (options.gracePeriod >= 0) body.gracePeriodSeconds = options.gracePeriod;
        if (options.dryRun === 'server') body.dryRun = ['All'];
        await api.request('DELETE', resourcePath(resource, namespace, object.metadata.name), { body });
      }
      options.print(object);
    }
  }
}
