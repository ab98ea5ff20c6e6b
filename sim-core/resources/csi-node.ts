import { duplicate, type ErrorList, required } from '../api/field-error.ts';
import type { CSINode } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkQualifiedName, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkDriverName } from './shared/pod-validation/volume-sources.ts';

export const csiNodes: ResourceDefinition<CSINode> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  conditionalUpdateOnly: true,
  validate: checkDrivers,
  validateUpdate: (node) => checkDrivers(node),
  columns: [NAME, { name: 'Drivers', type: 'integer', value: ({ spec }) => spec?.drivers?.length ?? 0 }, AGE],
};

/** validateCSINodeDrivers */
function checkDrivers({ spec }: CSINode): ErrorList {
  const errors: ErrorList = [];
  const seen = new Set<string>();
  for (const [index, { name, nodeID, topologyKeys }] of (spec?.drivers ?? []).entries()) {
    const at = `spec.drivers[${index}]`;
    checkDriverName(name, `${at}.name`, errors);
    if (isBlank(nodeID)) errors.push(required(`${at}.nodeID`));
    for (const key of topologyKeys ?? []) checkQualifiedName(key, `${at}.topologyKeys`, errors);
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
  }
  return errors;
}
