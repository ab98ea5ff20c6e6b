import { deepEqual } from '../../api/equality.ts';
import type { Pod, RuntimeClass } from '../../api/objects.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const TABLE = 'runtimeclasses.node.k8s.io';

/** Gives pods of a runtime class its overhead and the nodes where it runs (plugin/pkg/admission/runtimeclass). */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  handles: (operation, resource, subresource) =>
    operation === 'CREATE' && resource === 'pods' && subresource === undefined,
  mutate(attributes, context) {
    const pod = attributes.object as unknown as Pod;
    const found = classOf(attributes, context);
    if (found === undefined) return false;
    const spec = { ...pod.spec };
    const { overhead, scheduling } = found;
    if (overhead?.podFixed !== undefined) {
      if (spec.overhead !== undefined && !deepEqual(spec.overhead, overhead.podFixed))
        throw refuse(attributes, `pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead`);
      spec.overhead = overhead.podFixed;
    }
    const { nodeSelector, tolerations } = scheduling ?? {};
    for (const [key, value] of Object.entries(nodeSelector ?? {})) {
      const own = Object.hasOwn(spec.nodeSelector ?? {}, key) ? spec.nodeSelector![key] : undefined;
      if (own !== undefined && own !== value) {
        throw refuse(
          attributes,
          `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
        );
      }
    }
    if (nodeSelector !== undefined) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
    for (const toleration of tolerations ?? []) {
      if (spec.tolerations?.some((own) => deepEqual(own, toleration)) !== true)
        spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
    pod.spec = spec;
    return true;
  },
  validate(attributes, context) {
    const { spec } = attributes.object as unknown as Pod;
    if (spec.overhead === undefined) return;
    const found = classOf(attributes, context);
    if (found === undefined)
      throw refuse(attributes, `pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead`);
    if (!deepEqual(found.overhead?.podFixed, spec.overhead)) {
      throw refuse(
        attributes,
        found.overhead === undefined
          ? 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'
          : `pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead`,
      );
    }
  },
};

function classOf(attributes: AdmissionAttributes, { store }: AdmissionContext): RuntimeClass | undefined {
  const name = (attributes.object as unknown as Pod).spec.runtimeClassName;
  if (name === undefined || name === '') return undefined;
  const found = store.get(TABLE, name) as unknown as RuntimeClass | undefined;
  if (found === undefined) throw refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`);
  return found;
}
