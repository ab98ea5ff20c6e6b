import type { ErrorList } from '../api/field-error.ts';
import type { CSIStorageCapacity } from '../api/objects.ts';
import type { LabelSelectorObject } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkDnsSubdomain, checkImmutable, checkLabelSelector, checkNonNegativeQuantity } from './shared/checks.ts';
import { NAME } from './shared/columns.ts';

export const csiStorageCapacities: ResourceDefinition<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  conditionalUpdateOnly: true,
  validate: checkCapacity,
  validateUpdate(capacity, old) {
    const errors = checkCapacity(capacity);
    checkImmutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology', errors);
    checkImmutable(capacity.storageClassName, old.storageClassName, 'storageClassName', errors);
    return errors;
  },
  columns: [
    NAME,
    { name: 'StorageClassName', value: ({ storageClassName }) => storageClassName },
    { name: 'Capacity', value: ({ capacity }) => capacity ?? '<unset>' },
  ],
};

/** ValidateCSIStorageCapacity */
function checkCapacity({ nodeTopology, storageClassName, capacity, maximumVolumeSize }: CSIStorageCapacity): ErrorList {
  const errors: ErrorList = [];
  checkDnsSubdomain(storageClassName ?? '', 'storageClassName', errors);
  checkLabelSelector(nodeTopology as LabelSelectorObject | undefined, 'nodeTopology', errors);
  if (capacity !== undefined) checkNonNegativeQuantity(capacity, 'capacity', errors);
  if (maximumVolumeSize !== undefined) checkNonNegativeQuantity(maximumVolumeSize, 'maximumVolumeSize', errors);
  return errors;
}
