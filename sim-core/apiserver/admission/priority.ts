import type { Pod, PriorityClass } from '../../api/objects.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const CLASSES = 'priorityclasses.scheduling.k8s.io';

/** Resolves a pod's priority class to its number, and allows one default class only (plugin/pkg/admission/priority). */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  handles: (operation, resource, subresource) =>
    subresource === undefined &&
    (operation === 'CREATE' || operation === 'UPDATE') &&
    (resource === 'pods' || resource === CLASSES),
  mutate(attributes, context) {
    if (attributes.request.target.resource.plural !== 'pods') return false;
    return attributes.operation === 'CREATE' ? resolve(attributes, context) : keep(attributes);
  },
  validate(attributes, context) {
    if (attributes.request.target.resource.plural === 'pods') return;
    const asked = attributes.object as unknown as PriorityClass;
    if (asked.globalDefault !== true) return;
    const other = defaultClass(context);
    if (other !== undefined && (attributes.operation === 'CREATE' || other.metadata.name !== asked.metadata.name)) {
      throw refuse(
        attributes,
        `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
      );
    }
  },
};

function resolve(attributes: AdmissionAttributes, context: AdmissionContext): boolean {
  const pod = attributes.object as unknown as Pod;
  const spec = { ...pod.spec };
  pod.spec = spec;
  const named = spec.priorityClassName ?? '';
  const found =
    named === '' ? defaultClass(context) : (context.store.get(CLASSES, named) as unknown as PriorityClass | undefined);
  if (named !== '' && found === undefined) throw refuse(attributes, `no PriorityClass with name ${named} was found`);
  const value = found?.value ?? 0;
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refuse(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refuse(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
  if (found !== undefined) spec.priorityClassName = found.metadata.name;
  return true;
}

/** An update that leaves the numbers out keeps them. */
function keep({ object, old }: AdmissionAttributes): boolean {
  const pod = object as unknown as Pod;
  const { priority: number, preemptionPolicy } = (old as unknown as Pod).spec;
  const { spec } = pod;
  const lost =
    (spec.priority === undefined && number !== undefined) ||
    (spec.preemptionPolicy === undefined && preemptionPolicy !== undefined);
  if (!lost) return false;
  pod.spec = {
    ...spec,
    priority: spec.priority ?? number,
    preemptionPolicy: spec.preemptionPolicy ?? preemptionPolicy,
  };
  return true;
}

/** The class marked as default; of several the one of lowest value. */
function defaultClass({ store }: AdmissionContext): PriorityClass | undefined {
  let lowest: PriorityClass | undefined;
  for (const one of store.list(CLASSES) as unknown as PriorityClass[]) {
    if (one.globalDefault === true && (lowest === undefined || one.value < lowest.value)) lowest = one;
  }
  return lowest;
}
