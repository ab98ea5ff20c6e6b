import type { AnyObject } from '../../api/objects.ts';
import { builtInResources } from '../../resources/index.ts';

/** Prefixes that the API server uses for historical reasons, where they are not the resource's own name. */
const PREFIXES: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  replicationcontrollers: 'controllers',
  'ingresses.networking.k8s.io': 'ingress',
};
/** Groups whose resources stand under their own name alone. */
const SHORT =
  /\.(apps|batch|autoscaling|policy|rbac\.authorization\.k8s\.io|storage\.k8s\.io|coordination\.k8s\.io|discovery\.k8s\.io|networking\.k8s\.io|scheduling\.k8s\.io|admissionregistration\.k8s\.io|certificates\.k8s\.io|node\.k8s\.io|flowcontrol\.apiserver\.k8s\.io)$/;

/** Where the keys of a table begin: `/registry/services/specs/`. */
function prefixOf(table: string): string {
  if (Object.hasOwn(PREFIXES, table)) return `/registry/${PREFIXES[table]!}/`;
  const dot = table.indexOf('.');
  if (dot < 0 || SHORT.test(table)) return `/registry/${dot < 0 ? table : table.slice(0, dot)}/`;
  return `/registry/${table.slice(dot + 1)}/${table.slice(0, dot)}/`;
}

/** The key of an object in etcd: `/registry/pods/default/web`. */
export function etcdKey(table: string, { metadata }: AnyObject): string {
  return (
    prefixOf(table) + (metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`)
  );
}

/** The table and the key in it that a key of etcd stands for; undefined when it is none of the API server's. */
export function locate(tables: readonly string[], key: string): { table: string; key: string } | undefined {
  const known = new Set(tables);
  for (const { group, plural } of builtInResources) known.add(group === '' ? plural : `${plural}.${group}`);
  for (const table of known) {
    const prefix = prefixOf(table);
    const rest = key.slice(prefix.length);
    if (key.startsWith(prefix) && rest !== '' && rest.split('/').length <= 2) return { table, key: rest };
  }
  return undefined;
}
