import type { KubeObject } from '../api/objects.ts';

/** A label of objects of a namespace, as indexes of objects by their labels have it: `namespace/key=value`. */
export function labelName(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}

/** The labels of an object as `labelName` has them. */
export function labelNames({ metadata }: KubeObject): string[] {
  const { namespace = '', labels = {} } = metadata;
  return Object.keys(labels).map((key) => labelName(namespace, key, labels[key]!));
}
