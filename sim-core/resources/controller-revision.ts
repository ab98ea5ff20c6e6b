import type { ControllerRevision } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const controllerRevisions: ResourceDefinition<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
};
