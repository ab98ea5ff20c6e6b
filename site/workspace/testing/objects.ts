import type { AnyObject } from '../../../sim-core/api/objects.ts';
import { Mirror } from '../mirror.ts';

let uid = 0;

/** An object as an API server would send it, with whatever a test says of it. */
export function object(kind: string, name: string, more: Record<string, unknown> = {}): AnyObject {
  const { metadata = {}, ...rest } = more as { metadata?: Record<string, unknown> };
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace: 'default',
      uid: `${kind}-${name}-${uid++}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-05T09:00:00Z',
      ...metadata,
    },
    spec: {},
    status: {},
    ...rest,
  } as AnyObject;
}

/** A mirror that holds objects, by table. */
export function mirrorOf(tables: Record<string, readonly AnyObject[]>): Mirror {
  const mirror = new Mirror();
  for (const [table, objects] of Object.entries(tables)) {
    for (const one of objects) {
      const { namespace, name } = one.metadata;
      mirror.apply({ type: 'ADDED', table, key: namespace === undefined ? name : `${namespace}/${name}`, object: one });
    }
  }
  return mirror;
}

export function node(name: string, ready: 'True' | 'False' | 'Unknown' = 'True', controlPlane = false): AnyObject {
  return object('Node', name, {
    metadata: {
      namespace: undefined,
      labels: controlPlane ? { 'node-role.kubernetes.io/control-plane': '' } : {},
    },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  });
}

export function owner(of: AnyObject) {
  const { apiVersion, kind, metadata } = of;
  return [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
}
