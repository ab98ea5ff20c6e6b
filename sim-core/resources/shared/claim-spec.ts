import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../../api/field-error.ts';
import * as names from '../../api/names.ts';
import type { LabelSelectorObject } from '../../api/selector.ts';
import {
  addInvalid,
  checkAnnotations,
  checkDnsLabel,
  checkDnsSubdomain,
  checkEnum,
  checkLabelSelector,
  checkLabels,
  checkPositiveQuantity,
  isBlank,
} from './checks.ts';

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const VOLUME_MODES = ['Block', 'Filesystem'];

/** Access modes of a claim or volume: known ones, and ReadWriteOncePod alone. */
export function checkAccessModes(modes: readonly string[], at: string, errors: ErrorList): void {
  for (const mode of modes) checkEnum(mode, ACCESS_MODES, at, errors);
  if (
    modes.includes('ReadWriteOncePod') &&
    modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode))
  )
    errors.push(forbidden(at, 'may not use ReadWriteOncePod with other access modes'));
}

/** ValidatePersistentVolumeClaimSpec */
export function checkClaimSpec(spec: CoreV1.PersistentVolumeClaimSpec, at: string, errors: ErrorList): void {
  const { accessModes = [], selector, resources, storageClassName, volumeMode, dataSource, dataSourceRef } = spec;
  if (accessModes.length === 0) errors.push(required(`${at}.accessModes`, 'at least 1 access mode is required'));
  checkLabelSelector(selector as LabelSelectorObject | undefined, `${at}.selector`, errors);
  checkAccessModes(accessModes, `${at}.accessModes`, errors);
  const storage = resources?.requests?.storage;
  if (storage === undefined) errors.push(required(`${at}.resources[storage]`));
  else checkPositiveQuantity(storage, `${at}.resources[storage]`, errors);
  if (!isBlank(storageClassName)) checkDnsSubdomain(storageClassName, `${at}.storageClassName`, errors);
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode))
    errors.push(notSupported(`${at}.volumeMode`, volumeMode, VOLUME_MODES));
  if (dataSource !== undefined) checkDataSource(dataSource, `${at}.dataSource`, errors);
  if (dataSourceRef !== undefined) {
    checkDataSource(dataSourceRef, `${at}.dataSourceRef`, errors);
    if (!isBlank(dataSourceRef.namespace))
      checkDnsLabel(dataSourceRef.namespace, `${at}.dataSourceRef.namespace`, errors);
  }
  if (dataSource === undefined || dataSourceRef === undefined) return;
  if (!isBlank(dataSourceRef.namespace))
    errors.push(invalid(at, `${at}.dataSource`, 'may not be specified when dataSourceRef.namespace is specified'));
  else if (
    dataSource.apiGroup !== dataSourceRef.apiGroup ||
    dataSource.kind !== dataSourceRef.kind ||
    dataSource.name !== dataSourceRef.name
  )
    errors.push(invalid(at, `${at}.dataSource`, 'must match dataSourceRef'));
}

function checkDataSource(
  { name, kind, apiGroup }: { name: string; kind: string; apiGroup?: string },
  at: string,
  errors: ErrorList,
): void {
  if (isBlank(name)) errors.push(required(`${at}.name`));
  if (isBlank(kind)) errors.push(required(`${at}.kind`));
  if (isBlank(apiGroup)) {
    if (kind !== 'PersistentVolumeClaim')
      errors.push(invalid(at, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  } else addInvalid(errors, `${at}.apiGroup`, apiGroup, names.isDNS1123Subdomain(apiGroup));
}

/** ValidatePersistentVolumeClaimTemplate: of its metadata only labels and annotations may be given. */
export function checkClaimTemplate(
  { metadata = {}, spec }: CoreV1.PersistentVolumeClaimTemplate,
  at: string,
  errors: ErrorList,
): void {
  checkAnnotations(metadata.annotations, `${at}.metadata.annotations`, errors);
  checkLabels(metadata.labels, `${at}.metadata.labels`, errors);
  for (const [field, value] of Object.entries(metadata)) {
    if (field === 'annotations' || field === 'labels' || value === null || value === undefined || value === '')
      continue;
    errors.push(forbidden(`${at}.metadata.${field}`, 'cannot be set'));
  }
  checkClaimSpec(spec ?? {}, `${at}.spec`, errors);
}

/** Fills in a claim's defaults (SetDefaults_PersistentVolumeClaimSpec). Changes. */
export function applyClaimSpecDefaults(spec: CoreV1.PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
}
