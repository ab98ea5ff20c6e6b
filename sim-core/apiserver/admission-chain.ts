import type { AnyObject } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import type { AdmissionAttributes } from './admission/plugin.ts';
import type { Stage } from './request.ts';
import { type ResourceStorage, tableOf } from './resource-storage.ts';

/** Asks every admission plugin that has a say, in order: first all that change, later (after validation) all that only refuse. */
export function admit(
  storage: ResourceStorage,
  attributes: AdmissionAttributes,
  stages: Stage[],
  phase: 'mutate' | 'validate',
): void {
  const { request, operation } = attributes;
  const resource = tableOf(request.target);
  for (const plugin of storage.admission) {
    const asked = phase === 'validate' ? plugin.validate : (plugin.mutate ?? plugin.refuse);
    if (asked === undefined || !plugin.handles(operation, resource, request.subresource)) continue;
    const stage = phase === 'mutate' ? 'mutating admission' : 'validating admission';
    try {
      const changed: unknown = asked.call(plugin, attributes, storage.server);
      stages.push({ stage, by: plugin.name, verdict: changed === true ? 'changed' : 'pass' });
    } catch (error) {
      if (error instanceof StatusError)
        stages.push({ stage, by: plugin.name, verdict: 'refused', detail: error.message });
      throw error;
    }
  }
}

/** The object as it is before plugins change it: a copy, if any of them may; else the object itself. Plugins replace what is below metadata and spec. */
export function beforeAdmission(
  storage: ResourceStorage,
  { request, operation, object }: AdmissionAttributes,
): AnyObject {
  const resource = tableOf(request.target);
  const changes = storage.admission.some(
    (plugin) => plugin.mutate !== undefined && plugin.handles(operation, resource, request.subresource),
  );
  return changes ? { ...object!, metadata: { ...object!.metadata } } : object!;
}
