import type { AnyObject } from '../../sim-core/api/objects.ts';

/** The API path of an object in a table of the store: `pods`, `deployments.apps`. */
export function objectPath(table: string, { apiVersion, metadata }: AnyObject): string {
  const plural = table.split('.')[0]!;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${place}/${plural}/${metadata.name}`;
}

/** The command that deletes an object, as a learner would type it. */
export function deleteCommand({ kind, metadata }: AnyObject): string {
  const place = metadata.namespace === undefined || metadata.namespace === 'default' ? '' : ` -n ${metadata.namespace}`;
  return `kubectl delete ${kind.toLowerCase()} ${metadata.name}${place}`;
}
