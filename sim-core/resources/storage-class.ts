import { deepEqual } from '../api/equality.ts';
import { duplicate, type ErrorList, forbidden, invalid, notSupported, required, tooLong } from '../api/field-error.ts';
import { byteLength } from '../api/go-format.ts';
import { isQualifiedName } from '../api/names.ts';
import type { StorageClass } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkImmutable, checkQualifiedName, isBlank } from './shared/checks.ts';
import { AGE } from './shared/columns.ts';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_SIZE = 256 * 1024;

export const storageClasses: ResourceDefinition<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  applyDefaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: checkClass,
  validateUpdate(storageClass, old) {
    const errors = checkClass(storageClass);
    if (!deepEqual(storageClass.parameters ?? {}, old.parameters ?? {}))
      errors.push(forbidden('parameters', 'updates to parameters are forbidden.'));
    for (const field of ['provisioner', 'reclaimPolicy'] as const)
      if (storageClass[field] !== old[field]) errors.push(forbidden(field, `updates to ${field} are forbidden.`));
    checkImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode', errors);
    return errors;
  },
  columns: [
    {
      name: 'Name',
      format: 'name',
      value: ({ metadata }) =>
        metadata.annotations?.[DEFAULT_CLASS] === 'true' ? `${metadata.name} (default)` : metadata.name,
    },
    { name: 'Provisioner', value: ({ provisioner }) => provisioner },
    { name: 'ReclaimPolicy', value: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete' },
    { name: 'VolumeBindingMode', value: ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>' },
    { name: 'AllowVolumeExpansion', value: ({ allowVolumeExpansion }) => allowVolumeExpansion === true },
    AGE,
  ],
};

/** ValidateStorageClass */
function checkClass(storageClass: StorageClass): ErrorList {
  const errors: ErrorList = [];
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  if (isBlank(provisioner)) errors.push(required('provisioner'));
  else addInvalid(errors, 'provisioner', provisioner, isQualifiedName(provisioner.toLowerCase()));
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) errors.push(tooLong('parameters', MAX_PARAMETERS));
  if (entries.some(([key]) => key === '')) errors.push(invalid('parameters', '', 'field can not be empty.'));
  let size = 0;
  for (const [key, value] of entries) size += byteLength(key) + byteLength(value);
  if (size > MAX_PARAMETERS_SIZE) errors.push(tooLong('parameters', MAX_PARAMETERS_SIZE));
  if (!isBlank(reclaimPolicy) && reclaimPolicy !== 'Delete' && reclaimPolicy !== 'Retain')
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']));
  if (isBlank(volumeBindingMode)) errors.push(required('volumeBindingMode'));
  else if (volumeBindingMode !== 'Immediate' && volumeBindingMode !== 'WaitForFirstConsumer')
    errors.push(notSupported('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']));
  const seen = new Set<string>();
  for (const [index, term] of allowedTopologies.entries()) {
    const at = `allowedTopologies[${index}]`;
    const keys = new Set<string>();
    for (const [position, { key, values: given }] of (term.matchLabelExpressions ?? []).entries()) {
      const path = `${at}.matchLabelExpressions[${position}]`;
      const values = given ?? [];
      if (values.length === 0) errors.push(required(`${path}.values`));
      for (const [place, value] of values.entries())
        if (values.indexOf(value) < place) errors.push(duplicate(`${path}.values[${place}]`, value));
      checkQualifiedName(key, `${path}.key`, errors);
      if (keys.has(key)) errors.push(duplicate(`${path}.key`, key));
      keys.add(key);
    }
    const text = JSON.stringify(term.matchLabelExpressions ?? []);
    if (seen.has(text)) errors.push(duplicate(`${at}.matchLabelExpressions`, ''));
    seen.add(text);
  }
  return errors;
}
