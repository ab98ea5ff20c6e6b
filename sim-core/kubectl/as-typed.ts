import type { ApiObject } from './api.ts';
import { mutableCopy } from './pod-spec-update.ts';

type Json = Record<string, unknown>;

/** The object at a path of keys, where there is one. */
function inside(value: unknown, ...path: readonly string[]): Json | undefined {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Json)[key];
  }
  return typeof current === 'object' && current !== null && !Array.isArray(current) ? (current as Json) : undefined;
}

function fill(target: Json | undefined, values: Json): void {
  if (target === undefined) return;
  for (const [key, value] of Object.entries(values)) if (target[key] === undefined) target[key] = value;
}

/** Where the Pod's metadata and spec stand in an object of a kind. */
const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Fields of spec and status that Go's types write although nothing is in them. */
const EMPTY: Readonly<Record<string, { spec?: Json; status?: Json }>> = {
  Pod: { status: {} },
  Deployment: { spec: { strategy: {} }, status: {} },
  ReplicaSet: { status: { replicas: 0 } },
  ReplicationController: { status: { replicas: 0 } },
  StatefulSet: { spec: { serviceName: '', updateStrategy: {} }, status: { availableReplicas: 0, replicas: 0 } },
  DaemonSet: {
    spec: { updateStrategy: {} },
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  },
  Job: { status: {} },
  CronJob: { status: {} },
  Service: { status: { loadBalancer: {} } },
};

/** An object that was never at a server as it looks once it went through Go's types. */
export function asTyped(object: ApiObject): ApiObject {
  const copy = mutableCopy(object) as unknown as Json;
  fill(inside(copy, 'metadata'), { creationTimestamp: null });
  const { kind } = object;
  const empty = Object.hasOwn(EMPTY, kind) ? EMPTY[kind]! : {};
  fill(inside(copy, 'spec'), empty.spec ?? {});
  if (empty.status !== undefined) {
    fill(copy, { status: {} });
    fill(inside(copy, 'status'), empty.status);
  }
  if (kind === 'Service')
    for (const port of (inside(copy, 'spec')?.ports ?? []) as Json[]) fill(port, { targetPort: 0 });
  if (!Object.hasOwn(POD_PATHS, kind)) return copy as unknown as ApiObject;
  const path = POD_PATHS[kind]!;
  const template = inside(copy, ...path);
  fill(template, { metadata: {} });
  fill(inside(template, 'metadata'), { creationTimestamp: null });
  if (kind === 'CronJob') {
    fill(inside(copy, 'spec', 'jobTemplate'), { metadata: {} });
    fill(inside(copy, 'spec', 'jobTemplate', 'metadata'), { creationTimestamp: null });
  }
  const spec = inside(template, 'spec');
  for (const list of ['containers', 'initContainers'])
    for (const container of (spec?.[list] ?? []) as Json[]) fill(container, { resources: {} });
  return copy as unknown as ApiObject;
}
