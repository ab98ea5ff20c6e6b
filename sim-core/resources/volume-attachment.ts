import type { VolumeAttachment } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const volumeAttachments: ResourceDefinition<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  namespaced: false,
  hasStatus: true,
};
