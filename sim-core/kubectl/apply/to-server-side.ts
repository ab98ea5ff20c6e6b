import { difference, fromFieldsV1, setOfFields, toFieldsV1, union } from '../../api/managed-fields/field-set.ts';
import type { ManagedFieldsEntry } from '../../api/objects.ts';
import type { ApiObject } from '../api.ts';
import type { Context } from '../command.ts';
import type { DryRun } from '../dry-run.ts';
import { asError, StatusError } from '../errors.ts';
import { LAST_APPLIED, patchObject } from '../mutate.ts';
import { fetchObject, type Info } from '../resource-builder.ts';

/** Whose fields those of a server-side apply are, unless --field-manager says otherwise. */
export const SERVER_SIDE_MANAGER = 'kubectl';
/** Whose the annotation of former client-side applies is, once somebody applies on the server. */
const ANNOTATION_MANAGER = 'kubectl-last-applied';
const MAX_RETRIES = 5;

const annotationField = setOfFields(['metadata', 'annotations', LAST_APPLIED]);

/** What all patches of one apply have in common. */
interface ServerSide {
  readonly manager: string;
  readonly dryRun: DryRun;
  readonly subresource: string;
}

/**
 * After a server-side apply: an object that `kubectl apply` wrote before is handed over, so that fields which its manifest no longer has can
 * go. `applied` is the answer to the apply, `reapply` sends it again, which is only done where something was handed over. What fails is a
 * warning, since the object has been applied. Answers the object as it is then (ApplyOptions.applyOneObject).
 */
export async function toServerSide(
  context: Context,
  info: Info,
  applied: ApiObject,
  options: ServerSide,
  reapply: () => Promise<ApiObject>,
): Promise<ApiObject> {
  const warn = (what: string, error: unknown) =>
    context.err(
      `Warning: ${what}. This is non-fatal and will be retried next time you apply. Error: ${asError(error).message}\n`,
    );
  let object: ApiObject;
  try {
    object = await saveAnnotation(context, info, applied, options);
  } catch (error) {
    warn(`failed to migrate ${LAST_APPLIED} for Server-Side Apply`, error);
    return applied;
  }
  try {
    const migrated = await migrate(context, info, object, options);
    if (migrated === undefined) return object;
    object = migrated;
  } catch (error) {
    warn('server rejected managed fields migration to Server-Side Apply', error);
    return object;
  }
  try {
    return await reapply();
  } catch (error) {
    warn('failed to re-apply configuration after performing Server-Side Apply migration', error);
    return object;
  }
}

/** Gives the annotation a manager of its own, who keeps it when the others go (saveLastApplyAnnotationIfNecessary). */
async function saveAnnotation(
  context: Context,
  { mapping, namespace, name }: Info,
  object: ApiObject,
  options: ServerSide,
): Promise<ApiObject> {
  // The server keeps the annotation up to date for the default manager alone.
  if (options.manager !== SERVER_SIDE_MANAGER) return object;
  const { annotations = {} } = object.metadata;
  if (!Object.hasOwn(annotations, LAST_APPLIED)) return object;
  if (ownersOfAnnotation(object, 'Apply').length > 0) return object;
  const { apiVersion, kind, metadata } = object;
  const own = {
    annotations: { [LAST_APPLIED]: annotations[LAST_APPLIED]! },
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
  return patchObject(
    context,
    mapping,
    namespace,
    name,
    { apiVersion, kind, metadata: own },
    {
      type: 'apply',
      dryRun: options.dryRun,
      subresource: options.subresource,
      query: { fieldManager: ANNOTATION_MANAGER },
    },
  );
}

/** Makes the fields of client-side appliers the applier's own (migrateToSSAIfNecessary). Undefined when there is nothing to do. */
async function migrate(
  context: Context,
  { mapping, namespace, name }: Info,
  applied: ApiObject,
  options: ServerSide,
): Promise<ApiObject | undefined> {
  const managers = new Set(ownersOfAnnotation(applied, 'Update').map(({ manager = '' }) => manager));
  let object = applied;
  for (let attempt = 1; ; attempt++) {
    const before = entriesOf(object);
    let entries = before;
    for (const manager of managers) entries = upgraded(entries, manager, options.manager);
    if (entries === before) return undefined;
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value: entries },
      // Not "test": the server then answers with a conflict, after which one may try again.
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    ];
    try {
      return await patchObject(context, mapping, namespace, name, patch, {
        type: 'json',
        dryRun: options.dryRun,
        subresource: options.subresource,
        query: { fieldManager: options.manager },
      });
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'Conflict' || attempt === MAX_RETRIES) throw error;
    }
    object = await fetchObject(await context.api(), mapping, namespace, name, {}, options.subresource);
  }
}

/** Entries of an operation that own the annotation (csaupgrade.FindFieldsOwners). */
function ownersOfAnnotation(object: ApiObject, operation: 'Apply' | 'Update'): ManagedFieldsEntry[] {
  return entriesOf(object).filter((entry) => {
    const fields = entry.operation === operation ? fromFieldsV1(entry.fieldsV1) : undefined;
    return fields !== undefined && difference(annotationField, fields).isEmpty();
  });
}

function entriesOf({ metadata }: ApiObject): readonly ManagedFieldsEntry[] {
  return (metadata.managedFields ?? []) as ManagedFieldsEntry[];
}

/**
 * Entries in which what a client-side manager has written belongs to the server-side one (csaupgrade.upgradedManagedFields). The same array
 * when neither is there.
 */
function upgraded(
  entries: readonly ManagedFieldsEntry[],
  clientSide: string,
  serverSide: string,
): readonly ManagedFieldsEntry[] {
  const isClientSide = ({ manager, operation, subresource = '' }: ManagedFieldsEntry) =>
    manager === clientSide && operation === 'Update' && subresource === '';
  const applier = entries.findIndex(
    ({ manager, operation, subresource = '' }) => manager === serverSide && operation === 'Apply' && subresource === '',
  );
  const index = applier >= 0 ? applier : entries.findIndex(isClientSide);
  if (index < 0) return entries;
  const target = entries[index]!;
  const same = entries.find((entry) => isClientSide(entry) && entry.apiVersion === target.apiVersion);
  const fields = [target, ...(same === undefined ? [] : [same])].map(fieldsOf).reduce(union);
  const whole = { ...target, manager: serverSide, operation: 'Apply', fieldsV1: toFieldsV1(fields) };
  return entries
    .map((entry, at) => (at === index ? (whole as ManagedFieldsEntry) : entry))
    .filter((entry) => !isClientSide(entry));
}

function fieldsOf({ fieldsV1 }: ManagedFieldsEntry) {
  const fields = fromFieldsV1(fieldsV1);
  if (fields === undefined) throw new Error('failed to convert fields to set: parsing error');
  return fields;
}
