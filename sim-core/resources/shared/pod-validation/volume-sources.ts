import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, invalid, required, tooLong } from '../../../api/field-error.ts';
import { byteLength } from '../../../api/go-format.ts';
import { isDNS1123Subdomain } from '../../../api/names.ts';
import { addInvalid, checkDnsLabel, checkEnum, checkRange, isBlank } from '../checks.ts';
import { checkNoBacksteps } from './paths.ts';

/** Sources that pods and persistent volumes share. Where the two differ, `persistent` says which it is. */
export type Source = Record<string, unknown>;

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** validateHostPathVolumeSource */
export function checkHostPath(source: CoreV1.HostPathVolumeSource, at: string, errors: ErrorList): void {
  if (isBlank(source.path)) {
    errors.push(required(`${at}.path`));
    return;
  }
  checkNoBacksteps(source.path, `${at}.path`, errors);
  if (source.type !== undefined) checkEnum(source.type, HOST_PATH_TYPES, `${at}.type`, errors);
}

/** validateNFSVolumeSource */
export function checkNfs(source: CoreV1.NFSVolumeSource, at: string, errors: ErrorList): void {
  if (isBlank(source.server)) errors.push(required(`${at}.server`));
  if (isBlank(source.path)) errors.push(required(`${at}.path`));
  if (!(source.path ?? '').startsWith('/'))
    errors.push(invalid(`${at}.path`, source.path ?? '', 'must be an absolute path'));
}

/** ValidateCSIDriverName */
export function checkDriverName(name: string | undefined, at: string, errors: ErrorList): void {
  if (isBlank(name)) errors.push(required(at));
  if (byteLength(name ?? '') > 63) errors.push(tooLong(at, 63));
  addInvalid(errors, at, name ?? '', isDNS1123Subdomain((name ?? '').toLowerCase()));
}

/** Fields that other sources must have, in upstream's order. */
const REQUIRED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  azureFile: ['secretName', 'shareName'],
  azureDisk: ['diskName', 'diskURI'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  quobyte: ['registry', 'volume'],
  flexVolume: ['driver'],
  storageos: ['volumeName'],
  iscsi: ['targetPortal', 'iqn'],
};

/** Sources of clouds and networks that only name what they are on: which of their fields are missing or wrong. */
export function checkNamedSource(
  name: string,
  source: Source,
  persistent: boolean,
  at: string,
  errors: ErrorList,
): void {
  for (const field of REQUIRED_FIELDS[name] ?? []) {
    const value = source[field] as string | unknown[] | undefined | null;
    if ((value?.length ?? 0) === 0) errors.push(required(`${at}.${field}`));
  }
  const secret = source.secretRef as { name?: string; namespace?: string } | undefined;
  switch (name) {
    case 'gcePersistentDisk':
    case 'awsElasticBlockStore':
      checkRange((source.partition as number | undefined) ?? 0, 0, 255, `${at}.partition`, errors);
      break;
    case 'cinder':
    case 'storageos':
      if (name === 'storageos' && !isBlank(source.volumeName as string))
        checkDnsLabel(source.volumeName as string, `${at}.volumeName`, errors);
      if (secret !== undefined && isBlank(secret.name)) errors.push(required(`${at}.secretRef.name`));
      if (persistent && secret !== undefined && isBlank(secret.namespace))
        errors.push(required(`${at}.secretRef.namespace`));
      break;
    case 'azureDisk':
      if (source.cachingMode !== undefined)
        checkEnum(source.cachingMode as string, ['None', 'ReadOnly', 'ReadWrite'], `${at}.cachingMode`, errors);
      if (source.kind !== undefined)
        checkEnum(source.kind as string, ['Dedicated', 'Managed', 'Shared'], `${at}.kind`, errors);
      break;
    case 'flexVolume':
      checkFlexOptions((source.options as Record<string, string> | undefined) ?? {}, `${at}.options`, errors);
      break;
    case 'iscsi':
      checkIscsi(source as unknown as CoreV1.ISCSIVolumeSource, at, errors);
      break;
    case 'fc':
      checkFibreChannel(source as unknown as CoreV1.FCVolumeSource, at, errors);
  }
}

function checkFlexOptions(options: Readonly<Record<string, string>>, at: string, errors: ErrorList): void {
  for (const key of Object.keys(options)) {
    const owner = `.${key.split('/', 1)[0]!.toLowerCase()}`;
    if (owner.endsWith('.kubernetes.io') || owner.endsWith('.k8s.io'))
      errors.push(invalid(`${at}[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'));
  }
}

const IQN = /^iqn\.\d{4}-\d{2}\.([-\w.]+)(:[^,;*&$|\s]+)$/;
const EUI = /^eui\.[A-Fa-f0-9]{16}$/;
const NAA = /^naa\.[A-Fa-f0-9]{32}$/;

function checkIscsi(source: CoreV1.ISCSIVolumeSource, at: string, errors: ErrorList): void {
  const checkName = (name: string, path: string) => {
    const kind = name.slice(0, 3);
    if (kind !== 'iqn' && kind !== 'eui' && kind !== 'naa')
      errors.push(invalid(path, name, 'must be valid format starting with iqn, eui, or naa'));
    else if (!(kind === 'iqn' ? IQN : kind === 'eui' ? EUI : NAA).test(name))
      errors.push(invalid(path, name, 'must be valid format'));
  };
  if (!isBlank(source.iqn)) checkName(source.iqn, `${at}.iqn`);
  checkRange(source.lun ?? 0, 0, 255, `${at}.lun`, errors);
  if ((source.chapAuthDiscovery === true || source.chapAuthSession === true) && source.secretRef === undefined)
    errors.push(required(`${at}.secretRef`));
  if (source.initiatorName !== undefined) checkName(source.initiatorName, `${at}.initiatorname`);
}

function checkFibreChannel(source: CoreV1.FCVolumeSource, at: string, errors: ErrorList): void {
  const targets = source.targetWWNs?.length ?? 0;
  const ids = source.wwids?.length ?? 0;
  if (targets === 0 && ids === 0)
    errors.push(required(`${at}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (targets !== 0 && ids !== 0)
    errors.push(
      invalid(`${at}.targetWWNs`, source.targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'),
    );
  if (targets === 0 || ids !== 0) return;
  if (source.lun === undefined) errors.push(required(`${at}.lun`, 'lun is required if targetWWNs is specified'));
  else checkRange(source.lun, 0, 255, `${at}.lun`, errors);
}
