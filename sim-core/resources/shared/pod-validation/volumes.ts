import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, forbidden, invalid, required } from '../../../api/field-error.ts';
import { isDNS1123Subdomain } from '../../../api/names.ts';
import { addInvalid, amountOf, checkDnsLabel, isBlank } from '../checks.ts';
import { checkClaimTemplate } from '../claim-spec.ts';
import { checkFieldRef, checkResourceFieldRef } from './env.ts';
import { checkNonReservedPath } from './paths.ts';
import { checkProjectedSources } from './projected.ts';
import type { TemplateMeta, Volume } from './types.ts';
import { checkDriverName, checkHostPath, checkNamedSource, checkNfs, type Source } from './volume-sources.ts';

const MODE_MESSAGE = 'must be a number between 0 and 0777 (octal), both inclusive';
const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Sources in the order in which upstream looks at them; the second is what the path says when it is not the field's own name. */
const SOURCES: readonly (readonly [keyof Volume, string?])[] = [
  ['emptyDir'],
  ['hostPath'],
  ['gitRepo'],
  ['gcePersistentDisk', 'persistentDisk'],
  ['awsElasticBlockStore'],
  ['secret'],
  ['nfs'],
  ['iscsi'],
  ['glusterfs'],
  ['flocker'],
  ['persistentVolumeClaim'],
  ['rbd'],
  ['cinder'],
  ['cephfs'],
  ['quobyte'],
  ['downwardAPI'],
  ['fc'],
  ['flexVolume'],
  ['configMap'],
  ['azureFile'],
  ['vsphereVolume'],
  ['photonPersistentDisk'],
  ['portworxVolume'],
  ['azureDisk'],
  ['storageos'],
  ['projected'],
  ['scaleIO'],
  ['csi'],
  ['ephemeral'],
];

/**
 * Checks a pod's volumes and answers those that are right, by name: what mounts may refer to (ValidateVolumes). `meta` is that of
 * a pod; templates have none.
 */
export function checkVolumes(
  volumes: readonly Volume[],
  meta: TemplateMeta | undefined,
  at: string,
  errors: ErrorList,
): Map<string, Volume> {
  const known = new Map<string, Volume>();
  const created = createdClaims(volumes, meta);
  for (const [index, volume] of volumes.entries()) {
    const path = `${at}[${index}]`;
    const before = errors.length;
    checkVolume(volume, meta, path, errors);
    if (isBlank(volume.name)) errors.push(required(`${path}.name`));
    else checkDnsLabel(volume.name, `${path}.name`, errors);
    if (known.has(volume.name)) errors.push(duplicate(`${path}.name`, volume.name));
    if (errors.length === before) known.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && created.has(claim))
      errors.push(
        invalid(
          `${at}.persistentVolumeClaim.claimName`,
          claim,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      );
  }
  return known;
}

/** Names of the claims that the pod's ephemeral volumes make. */
function createdClaims(volumes: readonly Volume[], meta: TemplateMeta | undefined): Set<string> {
  const names = new Set<string>();
  if (meta !== undefined && !isBlank(meta.name))
    for (const { ephemeral, name } of volumes) if (ephemeral !== undefined) names.add(`${meta.name}-${name}`);
  return names;
}

function checkVolume(volume: Volume, meta: TemplateMeta | undefined, at: string, errors: ErrorList): void {
  let sources = 0;
  for (const [field, shown = field] of SOURCES) {
    const source = volume[field];
    if (source === undefined) continue;
    if (sources++ > 0) errors.push(forbidden(`${at}.${field}`, 'may not specify more than 1 volume type'));
    else checkSource(field, volume, meta, `${at}.${shown}`, at, errors);
  }
  if (sources === 0) errors.push(required(at, 'must specify a volume type'));
}

function checkSource(
  field: keyof Volume,
  volume: Volume,
  meta: TemplateMeta | undefined,
  at: string,
  volumeAt: string,
  errors: ErrorList,
): void {
  switch (field) {
    case 'emptyDir': {
      const limit = volume.emptyDir!.sizeLimit;
      if (limit !== undefined && amountOf(limit).sign() < 0)
        errors.push(forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
      break;
    }
    case 'hostPath':
      checkHostPath(volume.hostPath!, at, errors);
      break;
    case 'gitRepo':
      if (isBlank(volume.gitRepo!.repository)) errors.push(required(`${at}.repository`));
      break;
    case 'secret':
      checkKeyedSource(volume.secret!, volume.secret!.secretName, 'secretName', at, errors);
      break;
    case 'configMap':
      checkKeyedSource(volume.configMap!, volume.configMap!.name, 'name', at, errors);
      break;
    case 'nfs':
      checkNfs(volume.nfs!, at, errors);
      break;
    case 'persistentVolumeClaim':
      if (isBlank(volume.persistentVolumeClaim!.claimName)) errors.push(required(`${at}.claimName`));
      break;
    case 'downwardAPI':
      checkMode(volume.downwardAPI!.defaultMode, `${at}.defaultMode`, errors);
      for (const item of volume.downwardAPI!.items ?? []) checkDownwardFile(item, at, errors);
      break;
    case 'projected':
      checkMode(volume.projected!.defaultMode, `${at}.defaultMode`, errors);
      checkProjectedSources(volume.projected!.sources ?? [], at, errors);
      break;
    case 'csi':
      checkCsi(volume.csi!, at, errors);
      break;
    case 'ephemeral':
      checkEphemeral(volume, meta, at, volumeAt, errors);
      break;
    default:
      checkNamedSource(field, volume[field] as Source, false, at, errors);
  }
}

/** Bits of a file's mode. */
export function checkMode(mode: number | undefined, at: string, errors: ErrorList): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(invalid(at, mode, MODE_MESSAGE));
}

/** validateSecretVolumeSource, validateConfigMapVolumeSource */
function checkKeyedSource(
  { defaultMode, items = [] }: { defaultMode?: number; items?: CoreV1.KeyToPath[] },
  name: string | undefined,
  nameField: string,
  at: string,
  errors: ErrorList,
): void {
  if (isBlank(name)) errors.push(required(`${at}.${nameField}`));
  checkMode(defaultMode, `${at}.defaultMode`, errors);
  for (const [index, item] of items.entries()) checkKeyToPath(item, `${at}.items[${index}]`, errors);
}

/** validateKeyToPath */
export function checkKeyToPath({ key, path, mode }: CoreV1.KeyToPath, at: string, errors: ErrorList): void {
  if (isBlank(key)) errors.push(required(`${at}.key`));
  if (isBlank(path)) errors.push(required(`${at}.path`));
  checkNonReservedPath(path ?? '', `${at}.path`, errors);
  checkMode(mode, `${at}.mode`, errors);
}

/** validateDownwardAPIVolumeFile */
export function checkDownwardFile(file: CoreV1.DownwardAPIVolumeFile, at: string, errors: ErrorList): void {
  if (isBlank(file.path)) errors.push(required(`${at}.path`));
  checkNonReservedPath(file.path ?? '', `${at}.path`, errors);
  if (file.fieldRef !== undefined) {
    checkFieldRef(file.fieldRef, VOLUME_FIELDS, `${at}.fieldRef`, errors);
    if (file.resourceFieldRef !== undefined)
      errors.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef !== undefined)
    checkResourceFieldRef(file.resourceFieldRef, true, `${at}.resourceFieldRef`, errors);
  else errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  checkMode(file.mode, `${at}.mode`, errors);
}

function checkCsi({ driver, nodePublishSecretRef }: CoreV1.CSIVolumeSource, at: string, errors: ErrorList): void {
  checkDriverName(driver, `${at}.driver`, errors);
  if (nodePublishSecretRef === undefined) return;
  const { name } = nodePublishSecretRef;
  if (isBlank(name)) errors.push(required(`${at}.nodePublishSecretRef.name`));
  else addInvalid(errors, `${at}.name`, name, isDNS1123Subdomain(name));
}

function checkEphemeral(
  { name, ephemeral }: Volume,
  meta: TemplateMeta | undefined,
  at: string,
  volumeAt: string,
  errors: ErrorList,
): void {
  if (ephemeral!.volumeClaimTemplate === undefined) errors.push(required(`${at}.volumeClaimTemplate`));
  else checkClaimTemplate(ephemeral!.volumeClaimTemplate, `${at}.volumeClaimTemplate`, errors);
  if (meta === undefined || isBlank(meta.name) || isBlank(name)) return;
  const claim = `${meta.name}-${name}`;
  for (const message of isDNS1123Subdomain(claim))
    errors.push(invalid(`${volumeAt}.name`, name, `PVC name "${claim}": ${message}`));
}
