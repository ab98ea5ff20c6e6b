import { type ErrorList, required } from '../api/field-error.ts';
import type { ControllerRevision } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { checkImmutable, checkNonNegative } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';

export const controllerRevisions: ResourceDefinition<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  validate: checkRevision,
  validateUpdate(revision, old) {
    const errors = checkRevision(revision);
    checkImmutable(revision.data, old.data, 'data', errors);
    return errors;
  },
  columns: [
    NAME,
    {
      name: 'Controller',
      description: 'Controller of the object',
      value({ metadata }) {
        const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
        if (owner === undefined) return '<none>';
        const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/', 1)[0]}` : '';
        return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
      },
    },
    { name: 'Revision', value: ({ revision }) => revision },
    AGE,
  ],
};

/** ValidateControllerRevision */
function checkRevision({ data, revision }: ControllerRevision): ErrorList {
  const errors: ErrorList = [];
  if (data === undefined || data === null) errors.push(required('data', 'data is mandatory'));
  checkNonNegative(revision, 'revision', errors);
  return errors;
}
