import { semanticEqual } from '../api/equality.ts';
import { type ErrorList, invalid, required } from '../api/field-error.ts';
import type { VolumeAttachment } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkDnsSubdomain, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkDriverName } from './shared/pod-validation/volume-sources.ts';

export const volumeAttachments: ResourceDefinition<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  conditionalUpdateOnly: true,
  hasStatus: true,
  generation: false,
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  validate: checkAttachment,
  validateUpdate(attachment, old) {
    const errors = checkAttachment(attachment);
    if (!semanticEqual(attachment.spec, old.spec)) errors.push(invalid('spec', attachment.spec, 'field is immutable'));
    return errors;
  },
  columns: [
    NAME,
    { name: 'Attacher', format: 'name', value: ({ spec }) => spec.attacher },
    { name: 'PV', value: ({ spec }) => spec.source?.persistentVolumeName ?? '' },
    { name: 'Node', value: ({ spec }) => spec.nodeName },
    { name: 'Attached', type: 'boolean', value: ({ status }) => status.attached === true },
    AGE,
  ],
};

/** ValidateVolumeAttachment */
function checkAttachment({ spec }: VolumeAttachment): ErrorList {
  const errors: ErrorList = [];
  checkDriverName(spec.attacher, 'spec.attacher', errors);
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = spec.source ?? {};
  if (volume === undefined && inline === undefined)
    errors.push(required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  else if (volume !== undefined && inline !== undefined)
    errors.push(
      invalid('spec.source', spec.source, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'),
    );
  else if (volume === '')
    errors.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
  if (!isBlank(spec.nodeName)) checkDnsSubdomain(spec.nodeName, 'spec.nodeName', errors);
  else checkDnsSubdomain('', 'spec.nodeName', errors);
  return errors;
}
