import type * as ApiextensionsV1 from 'kubernetes-types/apiextensions/v1';
import { deepEqual } from '../../api/equality.ts';
import type { ErrorList, FieldError } from '../../api/field-error.ts';
import { type AnyObject, type CustomResourceDefinition, clone } from '../../api/objects.ts';
import { setOwn } from '../../api/own-property.ts';
import { decode } from '../../api/schema/decode.ts';
import { structuralType } from '../../api/schema/structural.ts';
import type { OtherVersion, ResourceDefinition, ScaleAccess } from '../../resources/resource.ts';
import { type CelCompiler, hasRules, validateRules } from './cel.ts';
import { columnsOf, find, type PrinterColumn, parsePath } from './columns.ts';
import { applyDefaults } from './defaults.ts';
import { readerOf } from './from-storage.ts';
import { type JsonObject, schemaOf } from './json-schema.ts';
import { validateListTypes, validateValue } from './validate.ts';

type Version = ApiextensionsV1.CustomResourceDefinitionVersion;

/**
 * The kind that a CustomResourceDefinition describes, as the API server serves it. Every version is stored as the storage version; conversion
 * changes the apiVersion and prunes (strategy None). Undefined when no version is served.
 */
export function definitionOf(
  { spec }: CustomResourceDefinition,
  cel: () => CelCompiler | undefined,
): ResourceDefinition | undefined {
  const { group, names, scope, versions } = spec;
  const served = versions.filter((version) => version.served);
  const stored = served.find(({ storage }) => storage) ?? served[0];
  if (stored === undefined) return undefined;
  const schema = schemaOf(stored);
  const ruled = hasRules(schema);
  const hasStatus = stored.subresources?.status !== undefined;
  const check = (object: AnyObject, old: AnyObject | undefined): ErrorList => {
    const compiler = ruled ? cel() : undefined;
    return [
      ...validateValue(content(object), schema, ''),
      ...validateListTypes(content(object), schema, ''),
      ...(compiler === undefined ? [] : validateRules(compiler, object, old, schema, '')),
    ];
  };
  const checkChange = (object: AnyObject, old: AnyObject): ErrorList => {
    const errors = check(object, old);
    if (errors.length === 0) return errors;
    // What was wrong before and has not changed is let be (CRDValidationRatcheting).
    const before = check(old, undefined);
    return errors.filter((error) => !before.some((other) => sameError(error, other)) || changedAt(error, object, old));
  };
  return {
    group,
    version: stored.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.shortNames === undefined ? {} : { shortNames: names.shortNames }),
    ...(names.categories === undefined ? {} : { categories: names.categories }),
    namespaced: scope === 'Namespaced',
    custom: true,
    type: structuralType(group, stored.name, names.kind, schema),
    schema,
    generation: true,
    hasStatus,
    conditionalUpdateOnly: true,
    fields: Object.fromEntries(served.flatMap(selectableFields)),
    ...(stored.deprecated === true ? { deprecation: deprecationOf(group, stored, names.kind) } : {}),
    ...(stored.subresources?.scale === undefined ? {} : { scale: scaleOf(stored.subresources.scale) }),
    otherVersions: served.filter((version) => version !== stored).map((version) => other(version, stored, spec)),
    columns: columnsOf(stored.additionalPrinterColumns as PrinterColumn[] | undefined),
    fromStorage: readerOf(spec, stored),
    applyDefaults: (object) => applyDefaults(object, schema),
    prepareForCreate(object) {
      if (hasStatus) delete object.status;
    },
    warnings: finalizerWarnings,
    validate: (object) => check(object, undefined),
    validateUpdate: checkChange,
    validateStatusUpdate: checkChange,
  };
}

const STANDARD_FINALIZERS: readonly string[] = ['orphan', 'foregroundDeletion', 'kubernetes'];

/** New finalizers that others might have chosen, too (generateWarningsFromObj). */
function finalizerWarnings({ metadata }: AnyObject, old: AnyObject | undefined): string[] {
  return (metadata.finalizers ?? [])
    .filter((one) => !one.includes('/') && !STANDARD_FINALIZERS.includes(one))
    .filter((one) => old?.metadata.finalizers?.includes(one) !== true)
    .map(
      (one) =>
        `metadata.finalizers: "${one}": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    );
}

/** Metadata is checked as that of every object; schemas may narrow its name at most. */
function content(object: AnyObject): AnyObject {
  return object;
}

function sameError(a: FieldError, b: FieldError): boolean {
  return a.field === b.field && a.type === b.type && a.detail === b.detail;
}

function changedAt({ field }: FieldError, object: AnyObject, old: AnyObject): boolean {
  const path = parsePath(`.${field}`);
  return !deepEqual(find(object, path), find(old, path));
}

function deprecationOf(group: string, { name, deprecationWarning }: Version, kind: string): string {
  return deprecationWarning ?? `${group}/${name} ${kind} is deprecated`;
}

function other(version: Version, stored: Version, { group, names }: CustomResourceDefinition['spec']): OtherVersion {
  const schema = schemaOf(version);
  const type = structuralType(group, version.name, names.kind, schema);
  const pruned = (object: AnyObject, apiVersion: string): AnyObject => {
    const { value } = decode(object, type, { strict: 'Ignore', reuse: true });
    return { ...((value ?? object) as AnyObject), apiVersion };
  };
  return {
    group,
    version: version.name,
    type,
    schema,
    toStored: (object) => {
      const incoming = clone(object);
      applyDefaults(incoming, schema);
      const converted = pruned(incoming, `${group}/${stored.name}`);
      // Upstream defaults by the storage version what it reads from etcd.
      applyDefaults(converted, schemaOf(stored));
      return converted;
    },
    fromStored: (object) => pruned(object, `${group}/${version.name}`),
    ...(version.deprecated === true ? { deprecation: deprecationOf(group, version, names.kind) } : {}),
    columns: columnsOf(version.additionalPrinterColumns as PrinterColumn[] | undefined),
  };
}

/** What field selectors may ask of a version's objects, beside name and namespace: values as text, '' where there is none. */
function selectableFields({ selectableFields = [] }: Version): [string, (object: AnyObject) => string][] {
  return selectableFields.map(({ jsonPath }) => [
    jsonPath.replace(/^\./, ''),
    (object) => {
      const value = find(object, parsePath(jsonPath));
      return value === undefined || value === null ? '' : String(value);
    },
  ]);
}

function scaleOf({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath,
}: ApiextensionsV1.CustomResourceSubresourceScale): ScaleAccess {
  const number = (object: AnyObject, path: string) => {
    const value = find(object, parsePath(path));
    return typeof value === 'number' ? value : 0;
  };
  return {
    replicas: (object) => number(object, specReplicasPath),
    withReplicas: (object, replicas) => withValue(object, specReplicasPath.slice(1).split('.'), replicas),
    statusReplicas: (object) => number(object, statusReplicasPath),
    selector(object) {
      const value = labelSelectorPath === undefined ? undefined : find(object, parsePath(labelSelectorPath));
      return typeof value === 'string' ? value : '';
    },
  };
}

/** A copy of an object with one value changed. */
function withValue(object: AnyObject, path: readonly string[], value: unknown): AnyObject {
  const [name, ...rest] = path;
  if (name === undefined) return object;
  const copy: JsonObject = { ...object };
  const inner = (Object.hasOwn(object, name) ? object[name] : {}) as AnyObject;
  setOwn(copy, name, rest.length === 0 ? value : withValue(inner, rest, value));
  return copy as AnyObject;
}
