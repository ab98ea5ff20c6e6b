import type { ErrorList } from '../api/field-error.ts';
import type { RuntimeClass } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkDnsLabel, checkImmutable, checkLabels } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkResources } from './shared/pod-validation/resources.ts';
import { checkTolerations } from './shared/pod-validation/tolerations.ts';
import { oldLabelWarning } from './shared/pod-validation/warnings.ts';

export const runtimeClasses: ResourceDefinition<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  conditionalUpdateOnly: true,
  validate: checkClass,
  validateUpdate(runtimeClass, old) {
    const errors: ErrorList = [];
    checkImmutable(runtimeClass.handler, old.handler, 'handler', errors);
    return errors;
  },
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((label) => {
      const advice = oldLabelWarning(label);
      return advice === undefined ? [] : [`scheduling.nodeSelector: ${label} is ${advice}`];
    }),
  columns: [NAME, { name: 'Handler', value: ({ handler }) => handler }, AGE],
};

/** ValidateRuntimeClass */
function checkClass({ handler, overhead, scheduling }: RuntimeClass): ErrorList {
  const errors: ErrorList = [];
  checkDnsLabel(handler ?? '', 'handler', errors);
  if (overhead?.podFixed !== undefined)
    checkResources({ limits: overhead.podFixed }, new Set(), 'overhead.podFixed', errors);
  checkLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector', errors);
  if (scheduling?.tolerations !== undefined) checkTolerations(scheduling.tolerations, 'scheduling.tolerations', errors);
  return errors;
}
