import type * as CoreV1 from 'kubernetes-types/core/v1';
import { deepEqual, semanticEqual } from '../api/equality.ts';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../api/field-error.ts';
import { goDiff } from '../api/go-diff/index.ts';
import type { PersistentVolume } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { accessModesText } from './shared/access-modes.ts';
import {
  amountOf,
  checkDnsLabel,
  checkDnsSubdomain,
  checkImmutable,
  checkPositiveQuantity,
  isBlank,
  NULL,
} from './shared/checks.ts';
import { checkAccessModes, VOLUME_MODES } from './shared/claim-spec.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkNodeSelector } from './shared/pod-validation/affinity.ts';
import { checkNoBacksteps } from './shared/pod-validation/paths.ts';
import {
  checkDriverName,
  checkHostPath,
  checkNamedSource,
  checkNfs,
  type Source,
} from './shared/pod-validation/volume-sources.ts';
import { warnOfTerm } from './shared/pod-validation/warnings.ts';
import { applyVolumeSourceDefaults } from './shared/volume-defaults.ts';

const RECLAIM = ['Delete', 'Recycle', 'Retain'];
/** Sources in the order in which upstream looks at them. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

export const persistentVolumes: ResourceDefinition<PersistentVolume> = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  hasStatus: true,
  generation: false,
  applyDefaults(volume) {
    volume.spec ??= {};
    const { spec } = volume;
    spec.persistentVolumeReclaimPolicy ??= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    // Behind a gate that v1.33 has off.
    delete spec.volumeAttributesClassName;
    if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
    applyVolumeSourceDefaults(spec as unknown as Parameters<typeof applyVolumeSourceDefaults>[0]);
  },
  prepareForCreate(volume) {
    volume.status = { phase: 'Pending' };
  },
  validate({ spec }) {
    const errors: ErrorList = [];
    checkSpec(spec, errors);
    return errors;
  },
  validateUpdate({ spec }, old) {
    const errors: ErrorList = [];
    if (deepEqual(spec, old.spec)) return errors;
    checkSpec(spec, errors);
    if (!semanticEqual(sourceOf(spec), sourceOf(old.spec)))
      errors.push(
        forbidden(
          'spec.persistentvolumesource',
          `spec.persistentvolumesource is immutable after creation\n${goDiff('core.PersistentVolumeSource', old.spec, spec)}`,
        ),
      );
    checkImmutable(spec.volumeMode, old.spec.volumeMode, 'volumeMode', errors);
    if (old.spec.nodeAffinity !== undefined && !semanticEqual(spec.nodeAffinity, old.spec.nodeAffinity))
      errors.push(
        invalid(
          'nodeAffinity',
          spec.nodeAffinity ?? NULL,
          'field is immutable, except for updating from beta label to GA',
        ),
      );
    return errors;
  },
  warnings({ spec, metadata }) {
    const warnings: string[] = [];
    for (const [index, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
      warnOfTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, warnings);
    if (metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined)
      warnings.push(
        'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      );
    if (spec.persistentVolumeReclaimPolicy === 'Recycle')
      warnings.push(
        'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      );
    return warnings;
  },
  columns: [
    NAME,
    { name: 'Capacity', value: ({ spec }) => spec.capacity?.storage ?? '0' },
    { name: 'Access Modes', value: ({ spec }) => accessModesText(spec.accessModes) },
    { name: 'Reclaim Policy', value: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '' },
    {
      name: 'Status',
      value: ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
    },
    {
      name: 'Claim',
      value: ({ spec }) => (spec.claimRef === undefined ? '' : `${spec.claimRef.namespace}/${spec.claimRef.name}`),
    },
    { name: 'StorageClass', value: ({ spec }) => spec.storageClassName ?? '' },
    { name: 'VolumeAttributesClass', value: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>' },
    { name: 'Reason', value: ({ status }) => status.reason ?? '' },
    AGE,
    { name: 'VolumeMode', priority: 1, value: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
};

function sourceOf(spec: CoreV1.PersistentVolumeSpec): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of SOURCES) if (spec[name] !== undefined) found[name] = spec[name];
  return found;
}

/** ValidatePersistentVolumeSpec */
function checkSpec(spec: CoreV1.PersistentVolumeSpec, errors: ErrorList): void {
  const { accessModes = [], capacity, persistentVolumeReclaimPolicy: policy, nodeAffinity, hostPath } = spec;
  if (accessModes.length === 0) errors.push(required('spec.accessModes'));
  checkAccessModes(accessModes, 'spec.accessModes', errors);
  const names = Object.keys(capacity ?? {});
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (capacity?.storage === undefined || names.length > 1)
    errors.push(notSupported('spec.capacity', capacity ?? NULL, ['storage']));
  for (const name of names) {
    const amount = amountOf(capacity![name]);
    if (amount.sign() < 0)
      errors.push(invalid(`spec.capacity[${name}]`, amount.value(), 'must be a valid resource quantity'));
    checkPositiveQuantity(capacity![name]!, `spec.capacity[${name}]`, errors);
  }
  if (!isBlank(policy) && !RECLAIM.includes(policy))
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM));
  if (nodeAffinity !== undefined) {
    if (nodeAffinity.required === undefined)
      errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
    else checkNodeSelector(nodeAffinity.required, 'spec.nodeAffinity.required', errors);
  }
  checkSources(spec, errors);
  if (hostPath !== undefined && /^\/+(?:\.?\/*)*$/.test(hostPath.path ?? '') && policy === 'Recycle')
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (!isBlank(spec.storageClassName)) checkDnsSubdomain(spec.storageClassName, 'spec.storageClassName', errors);
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode))
    errors.push(notSupported('spec.volumeMode', spec.volumeMode, VOLUME_MODES));
}

function checkSources(spec: CoreV1.PersistentVolumeSpec, errors: ErrorList): void {
  let sources = 0;
  for (const name of SOURCES) {
    if (spec[name] === undefined) continue;
    const at = `spec.${name === 'gcePersistentDisk' ? 'persistentDisk' : name}`;
    if (sources++ > 0) errors.push(forbidden(`spec.${name}`, 'may not specify more than 1 volume type'));
    else if (name === 'hostPath') checkHostPath(spec.hostPath!, at, errors);
    else if (name === 'nfs') checkNfs(spec.nfs!, at, errors);
    else if (name === 'csi') checkCsi(spec.csi!, errors);
    else if (name === 'local') {
      if (isBlank(spec.local!.path)) errors.push(required(`${at}.path`));
      else checkNoBacksteps(spec.local!.path, `${at}.path`, errors);
      if (spec.nodeAffinity === undefined)
        errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
    } else checkNamedSource(name, spec[name] as unknown as Source, true, at, errors);
  }
  if (sources === 0) errors.push(required('spec', 'must specify a volume type'));
}

function checkCsi(source: CoreV1.CSIPersistentVolumeSource, errors: ErrorList): void {
  checkDriverName(source.driver, 'spec.csi.driver', errors);
  if (isBlank(source.volumeHandle)) errors.push(required('spec.csi.volumeHandle'));
  for (const field of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const) {
    const secret = source[field];
    if (secret === undefined) continue;
    const at = `spec.csi.${field}`;
    if (isBlank(secret.name)) errors.push(required(`${at}.name`));
    else checkDnsSubdomain(secret.name, `${at}.name`, errors);
    if (isBlank(secret.namespace)) errors.push(required(`${at}.namespace`));
    else checkDnsLabel(secret.namespace, `${at}.namespace`, errors);
  }
}
