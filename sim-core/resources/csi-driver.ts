import type { ErrorList } from '../api/field-error.ts';
import type { CSIDriver } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkEnum, checkImmutable } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkDriverName } from './shared/pod-validation/volume-sources.ts';

export const csiDrivers: ResourceDefinition<CSIDriver> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  conditionalUpdateOnly: true,
  generation: true,
  applyDefaults(driver) {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes?.length ?? 0) === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
    // Behind a gate that v1.33 has off.
    delete (spec as { nodeAllocatableUpdatePeriodSeconds?: number }).nodeAllocatableUpdatePeriodSeconds;
  },
  validate: checkDriver,
  validateUpdate(driver, old) {
    const errors = checkDriver(driver);
    checkImmutable(driver.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired', errors);
    checkImmutable(
      driver.spec.volumeLifecycleModes,
      old.spec.volumeLifecycleModes,
      'spec.volumeLifecycleModes',
      errors,
    );
    return errors;
  },
  columns: [
    NAME,
    { name: 'AttachRequired', type: 'boolean', value: ({ spec }) => spec.attachRequired !== false },
    { name: 'PodInfoOnMount', type: 'boolean', value: ({ spec }) => spec.podInfoOnMount === true },
    { name: 'StorageCapacity', type: 'boolean', value: ({ spec }) => spec.storageCapacity === true },
    {
      name: 'TokenRequests',
      value: ({ spec }) => (spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
    },
    { name: 'RequiresRepublish', type: 'boolean', value: ({ spec }) => spec.requiresRepublish === true },
    { name: 'Modes', value: ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',') || '<none>' },
    AGE,
  ],
};

/** ValidateCSIDriver */
function checkDriver({ metadata, spec }: CSIDriver): ErrorList {
  const errors: ErrorList = [];
  checkDriverName(metadata.name, 'metadata.name', errors);
  for (const mode of spec.volumeLifecycleModes ?? [])
    checkEnum(mode, ['Ephemeral', 'Persistent'], 'spec.volumeLifecycleModes', errors);
  if (spec.fsGroupPolicy !== undefined)
    checkEnum(spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'], 'spec.fsGroupPolicy', errors);
  return errors;
}
