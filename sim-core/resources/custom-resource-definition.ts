import type * as ApiextensionsV1 from 'kubernetes-types/apiextensions/v1';
import { type ErrorList, invalid, notSupported, required } from '../api/field-error.ts';
import { isDNS1035Label } from '../api/names.ts';
import type { CustomResourceDefinition } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkDnsSubdomain, checkImmutable, isBlank, NULL } from './shared/checks.ts';

const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const SCOPES = ['Cluster', 'Namespaced'];
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];

export const customResourceDefinitions: ResourceDefinition<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  conditionalUpdateOnly: true,
  hasStatus: true,
  applyDefaults({ spec }) {
    const { names } = spec;
    if (names !== undefined) {
      if (isBlank(names.singular)) names.singular = (names.kind ?? '').toLowerCase();
      if (isBlank(names.listKind) && !isBlank(names.kind)) names.listKind = `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
  },
  prepareForCreate(definition) {
    const stored = definition.spec.versions?.find(({ storage }) => storage)?.name;
    definition.status = {
      conditions: null as unknown as ApiextensionsV1.CustomResourceDefinitionCondition[],
      acceptedNames: { plural: '', kind: '' },
      storedVersions: stored === undefined ? [] : [stored],
    };
  },
  prepareForUpdate(definition, old) {
    const stored = new Set(old.status.storedVersions ?? []);
    for (const { name, storage } of definition.spec.versions ?? []) if (storage) stored.add(name);
    definition.status = { ...old.status, storedVersions: [...stored] };
  },
  // A definition goes after the objects of its kind: the API server takes them away first (REST.Delete).
  heldFromDeletion: ({ metadata }) => metadata.deletionTimestamp === undefined,
  markDeleted(definition) {
    const { metadata, status } = definition;
    if (metadata.finalizers?.includes(CLEANUP) !== true)
      metadata.finalizers = [...(metadata.finalizers ?? []), CLEANUP];
    const terminating = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
      lastTransitionTime: metadata.deletionTimestamp,
    };
    definition.status = { ...status, conditions: [...(status.conditions ?? []), terminating] };
  },
  validate: checkDefinition,
  validateUpdate(definition, old) {
    const errors = checkDefinition(definition);
    checkImmutable(definition.spec.group, old.spec.group, 'spec.group', errors);
    checkImmutable(definition.spec.names.plural, old.spec.names.plural, 'spec.names.plural', errors);
    checkImmutable(definition.spec.scope, old.spec.scope, 'spec.scope', errors);
    checkImmutable(definition.spec.names.kind, old.spec.names.kind, 'spec.names.kind', errors);
    return errors;
  },
};

/** ValidateCustomResourceDefinition, without the schemas, which the room of custom resources checks. */
function checkDefinition({ metadata, spec, status }: CustomResourceDefinition): ErrorList {
  const errors: ErrorList = [];
  const { group, names, scope } = spec;
  const versions = spec.versions ?? [];
  const expected = `${names?.plural ?? ''}.${group ?? ''}`;
  if (metadata.name !== expected)
    errors.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  if (isBlank(group)) errors.push(required('spec.group'));
  else {
    checkDnsSubdomain(group, 'spec.group', errors);
    if (!group.includes('.')) errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  }
  if (isBlank(scope)) errors.push(required('spec.scope'));
  else if (!SCOPES.includes(scope)) errors.push(notSupported('spec.scope', scope, SCOPES));
  checkVersions(versions, errors);
  checkNames(names ?? ({} as ApiextensionsV1.CustomResourceDefinitionNames), errors);
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) errors.push(invalid('status.storedVersions', NULL, 'must have at least one stored version'));
  for (const name of versions.filter(({ storage }) => storage).map((version) => version.name))
    if (stored.length > 0 && !stored.includes(name))
      errors.push(invalid('status.storedVersions', stored, `must have the storage version ${name}`));
  return errors;
}

function checkVersions(versions: readonly ApiextensionsV1.CustomResourceDefinitionVersion[], errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const at = `spec.versions[${index}]`;
    addInvalid(errors, `${at}.name`, version.name ?? '', isDNS1035Label(version.name ?? ''));
    if (version.schema?.openAPIV3Schema === undefined)
      errors.push(required(`${at}.schema.openAPIV3Schema`, 'schemas are required'));
    for (const [position, column] of (version.additionalPrinterColumns ?? []).entries()) {
      const path = `${at}.additionalPrinterColumns[${position}]`;
      if (isBlank(column.name)) errors.push(required(`${path}.name`));
      if (isBlank(column.type)) errors.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(',')}`));
      else if (!COLUMN_TYPES.includes(column.type))
        errors.push(invalid(`${path}.type`, column.type, `must be one of ${COLUMN_TYPES.join(',')}`));
      if (isBlank(column.jsonPath)) errors.push(required(`${path}.JSONPath`));
      else if (!column.jsonPath.startsWith('.'))
        errors.push(invalid(`${path}.JSONPath`, column.jsonPath, 'must be a simple json path starting with .'));
    }
    if (seen.has(version.name)) errors.push(invalid('spec.versions', versions, 'must contain unique version names'));
    seen.add(version.name);
  }
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
}

function checkNames(names: ApiextensionsV1.CustomResourceDefinitionNames, errors: ErrorList): void {
  const check = (field: 'plural' | 'singular' | 'kind' | 'listKind') => {
    const value = names[field];
    if (isBlank(value)) {
      if (field !== 'singular') errors.push(required(`spec.names.${field}`));
    } else if (field === 'plural' || field === 'singular')
      addInvalid(errors, `spec.names.${field}`, value, isDNS1035Label(value));
    else {
      const messages = isDNS1035Label(value.toLowerCase());
      const why = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
      if (messages.length > 0) errors.push(invalid(`spec.names.${field}`, value, why));
    }
  };
  check('plural');
  check('singular');
  check('kind');
  check('listKind');
  for (const [index, name] of (names.shortNames ?? []).entries())
    addInvalid(errors, `spec.names.shortNames[${index}]`, name, isDNS1035Label(name));
  if (!isBlank(names.kind) && names.kind === names.listKind)
    errors.push(invalid('spec.names.listKind', names.listKind, 'kind and listKind may not be the same'));
}
