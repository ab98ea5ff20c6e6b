import { deepEqual, semanticEqual } from '../api/equality.ts';
import { type ErrorList, forbidden } from '../api/field-error.ts';
import { goDiff } from '../api/go-diff/index.ts';
import type { PersistentVolumeClaim } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { accessModesText } from './shared/access-modes.ts';
import { amountOf, checkImmutable, isBlank } from './shared/checks.ts';
import { applyClaimSpecDefaults, checkClaimSpec } from './shared/claim-spec.ts';
import { AGE, NAME } from './shared/columns.ts';
import { warnOfFraction } from './shared/pod-validation/warnings.ts';

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

export const persistentVolumeClaims: ResourceDefinition<PersistentVolumeClaim> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  hasStatus: true,
  generation: false,
  applyDefaults(claim) {
    claim.spec ??= {};
    applyClaimSpecDefaults(claim.spec);
    // Behind gates that v1.33 has off.
    delete claim.spec.volumeAttributesClassName;
    if (!isBlank(claim.spec.dataSourceRef?.namespace)) delete claim.spec.dataSourceRef;
    normalizeSources(claim);
  },
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' };
  },
  validate({ spec }) {
    const errors: ErrorList = [];
    checkClaimSpec(spec, 'spec', errors);
    return errors;
  },
  validateUpdate: checkUpdate,
  warnings({ spec, metadata }, old) {
    const warnings: string[] = [];
    if (metadata.annotations?.[BETA_CLASS] !== undefined)
      warnings.push(
        `metadata.annotations[${BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      );
    if (old === undefined || !deepEqual(spec.resources, old.spec.resources))
      for (const side of ['requests', 'limits'] as const)
        warnOfFraction(spec.resources?.[side]?.storage, `spec.resources.${side}[storage]`, warnings);
    return warnings;
  },
  columns: [
    NAME,
    {
      name: 'Status',
      value: ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
    },
    { name: 'Volume', value: ({ spec }) => spec.volumeName ?? '' },
    {
      name: 'Capacity',
      value: ({ spec, status }) => (isBlank(spec.volumeName) ? '' : (status.capacity?.storage ?? '0')),
    },
    {
      name: 'Access Modes',
      value: ({ spec, status }) => (isBlank(spec.volumeName) ? '' : accessModesText(status.accessModes)),
    },
    {
      name: 'StorageClass',
      value: ({ spec, metadata }) => metadata.annotations?.[BETA_CLASS] ?? spec.storageClassName ?? '',
    },
    { name: 'VolumeAttributesClass', value: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>' },
    AGE,
    { name: 'VolumeMode', priority: 1, value: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
};

/** dataSource and dataSourceRef say the same, in the old and the new way (NormalizeDataSources). Changes. */
function normalizeSources({ spec }: PersistentVolumeClaim): void {
  if (spec.dataSource !== undefined && spec.dataSourceRef === undefined) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSource === undefined && spec.dataSourceRef !== undefined && isBlank(spec.dataSourceRef.namespace)) {
    const { kind, name, apiGroup } = spec.dataSourceRef;
    spec.dataSource = apiGroup === undefined ? { kind, name } : { apiGroup, kind, name };
  }
}

/** ValidatePersistentVolumeClaimUpdate */
function checkUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): ErrorList {
  const errors: ErrorList = [];
  const { spec } = claim;
  if (spec === old.spec || deepEqual(spec, old.spec)) return errors;
  checkClaimSpec(spec, 'spec', errors);
  const before = { ...old.spec };
  const now = { ...spec };
  if (isBlank(old.spec.volumeName)) before.volumeName = spec.volumeName;
  // A claim without a class may be given one, once.
  const annotated = old.metadata.annotations?.[BETA_CLASS];
  if (old.spec.storageClassName === undefined && (annotated === undefined || annotated === spec.storageClassName))
    before.storageClassName = spec.storageClassName;
  if (claim.status.phase === 'Bound' && now.resources?.requests !== undefined)
    now.resources = {
      ...now.resources,
      requests: { ...now.resources.requests, storage: old.spec.resources?.requests?.storage ?? '0' },
    };
  if (!semanticEqual(now, before))
    errors.push(
      forbidden(
        'spec',
        `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${goDiff('core.PersistentVolumeClaimSpec', before, now)}`,
      ),
    );
  const size = amountOf(spec.resources?.requests?.storage);
  if (
    size.compare(amountOf(old.spec.resources?.requests?.storage)) < 0 &&
    size.compare(amountOf(old.status.capacity?.storage)) <= 0
  )
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  checkImmutable(spec.volumeMode, old.spec.volumeMode, 'volumeMode', errors);
  return errors;
}
