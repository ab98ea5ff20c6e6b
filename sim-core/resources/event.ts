import type { CoreEvent } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';

export const events: ResourceDefinition<CoreEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
};
