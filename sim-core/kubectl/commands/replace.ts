import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, validateFlag, validationOf, writeQuery } from '../dry-run.ts';
import { addSource, asError, KubectlError, throwErrors, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { createObject, saveConfig } from '../mutate.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { rawWrite } from '../raw.ts';
import { filenameFlags, filenameOptions, queryResources, requireFiles } from '../resource-builder.ts';
import { waitForDeletion } from '../wait-deletion.ts';
import { cascadeOf, deleteInfos, deleteOptionFlags } from './delete.ts';

async function forceReplace(context: Context): Promise<undefined> {
  const { flags } = context;
  const files = filenameOptions(context);
  const cascade = cascadeOf(context);
  const { namespace, namespaceExplicit } = await context.config();
  const query = { files, namespace, enforceNamespace: namespaceExplicit };
  const { infos, errors } = await queryResources(context, query);
  throwErrors(errors);
  const gracePeriod = flags.number('grace-period');
  const failures: Error[] = [];
  await deleteInfos(context, infos, failures, {
    gracePeriod: gracePeriod === 0 ? 1 : gracePeriod,
    force: false,
    wait: true,
    timeout: flags.duration('timeout'),
    ignoreNotFound: true,
    cascade,
    dryRun: 'none',
    output: '',
  });
  throwErrors(failures);
  const timeout = flags.duration('timeout') || 300_000;
  await waitForDeletion(
    context,
    infos.map((info) => ({ info, uid: '' })),
    timeout,
  );
  const printer = await operationPrinter(context, 'replaced', 'none');
  for (const info of infos) {
    const object = saveConfig(context, info.object);
    context.out(printer(await createObject(context, info.mapping, info.namespace, object, 'none')));
  }
  return undefined;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (args.length > 0) throw usageError(context.path, `Unexpected args: [${args.join(' ')}]`);
  const dryRun = dryRunOf(context);
  validationOf(context);
  if (flags.number('grace-period') >= 0 && !flags.bool('force'))
    throw new KubectlError('--grace-period must have --force specified');
  if (flags.duration('timeout') !== 0 && !flags.bool('force'))
    throw new KubectlError('--timeout must have --force specified');
  if (flags.string('raw') !== '') return rawWrite(context, 'PUT', files);
  requireFiles(files);
  if (flags.bool('force')) return forceReplace(context);
  const printer = await operationPrinter(context, 'replaced', dryRun);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, { files, namespace, enforceNamespace: namespaceExplicit });
  const api = await context.api();
  const subresource = flags.string('subresource');
  for (const info of infos) {
    try {
      const object = saveConfig(context, info.object);
      if (dryRun === 'client') {
        context.out(printer(object));
        continue;
      }
      const answer = await api.request<ApiObject>(
        'PUT',
        resourcePath(info.mapping, info.namespace, info.name, subresource),
        {
          body: await withVersion(context, info.mapping, info.namespace, info.name, object, subresource),
          query: writeQuery(context, dryRun),
        },
      );
      context.out(printer(answer));
    } catch (error) {
      errors.push(addSource('replacing', info.source, asError(error)));
    }
  }
  throwErrors(errors);
  if (infos.length === 0) throw new KubectlError('no objects passed to replace');
  return undefined;
}

/** Helper.Replace: an object without a version takes the one that is live, where there is one. */
async function withVersion(
  context: Context,
  mapping: Parameters<typeof resourcePath>[0],
  namespace: string,
  name: string,
  object: ApiObject,
  subresource: string,
): Promise<ApiObject> {
  if (object.metadata.resourceVersion !== undefined && object.metadata.resourceVersion !== '') return object;
  try {
    const live = await (await context.api()).get(resourcePath(mapping, namespace, name, subresource));
    return { ...object, metadata: { ...object.metadata, resourceVersion: live.metadata.resourceVersion } };
  } catch {
    return object;
  }
}

export const command: Command = {
  name: 'replace',
  use: 'replace -f FILENAME',
  short: 'Replace an object by a file',
  flags: [
    ...filenameFlags('the objects'),
    ...deleteOptionFlags(),
    ...printFlags(),
    dryRunFlag(),
    validateFlag(),
    fieldManagerFlag('kubectl-replace'),
    flag('raw', 'string', '', 'A path of the API to PUT the file to as it is'),
    flag('save-config', 'bool', 'false', 'Keep the configuration in an annotation, for a later apply'),
    flag('subresource', 'string', '', 'Replace a subresource: status, scale or resize'),
  ],
  run,
};
