import type { ApiObject } from '../api.ts';
import { editLastApplied, setLastApplied, viewLastApplied } from '../apply/last-applied.ts';
import { Patcher } from '../apply/patcher.ts';
import { prune, pruneResources } from '../apply/prune.ts';
import { SERVER_SIDE_MANAGER, toServerSide } from '../apply/to-server-side.ts';
import type { Command, Context } from '../command.ts';
import type { ApiResource } from '../discovery.ts';
import { type DryRun, dryRunFlag, dryRunOf, fieldManagerFlag, validateFlag, validationOf } from '../dry-run.ts';
import { addSource, asError, isNotFound, KubectlError, StatusError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { createObject, LAST_APPLIED, patchObject, withLastApplied } from '../mutate.ts';
import { type ObjectPrinter, operationPrinter, printerFor, printFlags } from '../printers/print-flags.ts';
import { recorded } from '../record.ts';
import {
  fetchObject,
  filenameFlags,
  filenameOptions,
  type Info,
  queryResources,
  requireFiles,
  selectorFlag,
} from '../resource-builder.ts';
import { cascadeOf, deleteOptionFlags } from './delete.ts';

interface Applied {
  readonly object: ApiObject;
  readonly operation: 'created' | 'configured' | 'unchanged' | 'serverside-applied' | 'pruned';
}

const CONFLICT_HELP = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

/** The error of a server-side apply that other managers stand in the way of. */
export function serverSideError(error: unknown): Error {
  if (!(error instanceof StatusError) || error.reason !== 'Conflict') return asError(error);
  return new KubectlError(`${error.message}\n${CONFLICT_HELP}`);
}

async function applyServerSide(context: Context, info: Info, dryRun: DryRun): Promise<Applied> {
  const { flags } = context;
  if (dryRun === 'client') throw new KubectlError("--dry-run=client can't be used with --server-side");
  const manager = flags.changed('field-manager') ? flags.string('field-manager') : SERVER_SIDE_MANAGER;
  const subresource = flags.string('subresource');
  const send = () =>
    patchObject(context, info.mapping, info.namespace, info.name, info.object, {
      type: 'apply',
      dryRun,
      subresource,
      query: { fieldManager: manager, force: flags.bool('force-conflicts') ? 'true' : 'false' },
    });
  let applied: ApiObject;
  try {
    applied = await send();
  } catch (error) {
    throw serverSideError(error);
  }
  const object = await toServerSide(context, info, applied, { manager, dryRun, subresource }, send);
  warnIfDeleting(context, object);
  return { object, operation: 'serverside-applied' };
}

function warnIfDeleting(context: Context, { metadata }: ApiObject): void {
  if (metadata.deletionTimestamp === undefined) return;
  context.err(`Warning: Detected changes to resource ${metadata.name} which is currently being deleted.\n`);
}

function missingAnnotation(context: Context, info: Info): void {
  context.err(
    `Warning: resource ${info.mapping.resource}/${info.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
  );
}

async function applyClientSide(context: Context, info: Info, patcher: Patcher, dryRun: DryRun): Promise<Applied> {
  const api = await context.api();
  let live: ApiObject;
  try {
    live = await fetchObject(api, info.mapping, info.namespace, info.name, {}, context.flags.string('subresource'));
  } catch (error) {
    if (!isNotFound(error))
      throw addSource(
        `retrieving current configuration of:\n${(await import('../apply/patcher.ts')).infoText(info)}\nfrom server for:`,
        info.source,
        error,
      );
    const manifest = withLastApplied(info.object);
    if (dryRun === 'client') return { object: manifest, operation: 'created' };
    try {
      return {
        object: await createObject(context, info.mapping, info.namespace, manifest, dryRun),
        operation: 'created',
      };
    } catch (second) {
      throw addSource('creating', info.source, second);
    }
  }
  warnIfDeleting(context, live);
  if (dryRun === 'client') return { object: live, operation: 'configured' };
  const annotations = live.metadata.annotations;
  if (annotations === undefined || !Object.hasOwn(annotations, LAST_APPLIED)) missingAnnotation(context, info);
  const { object, unchanged } = await patcher.patch(info, live);
  return { object, operation: unchanged ? 'unchanged' : 'configured' };
}

function printers(context: Context, dryRun: DryRun): (applied: Applied) => Promise<string> {
  const cache = new Map<string, Promise<ObjectPrinter>>();
  return async ({ object, operation }) => {
    let printer = cache.get(operation);
    if (printer === undefined) {
      printer = operationPrinter(context, operation, dryRun);
      cache.set(operation, printer);
    }
    return (await printer)(object);
  };
}

async function checkPrune(context: Context): Promise<readonly ApiResource[] | undefined> {
  const { flags } = context;
  if (!flags.bool('prune')) {
    if (flags.list('prune-allowlist').length > 0)
      throw new KubectlError('--prune-allowlist can only be used with --prune');
    return undefined;
  }
  if (flags.bool('force')) throw new KubectlError('--force cannot be used with --prune');
  if (!flags.bool('all') && flags.string('selector') === '')
    throw new KubectlError(
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    );
  if (flags.bool('all') && flags.string('selector') !== '')
    throw new KubectlError('cannot set --all and --selector at the same time');
  if (flags.bool('server-side'))
    throw new KubectlError("--prune is in alpha and doesn't currently work on objects created by server-side apply");
  return pruneResources(context, flags.list('prune-allowlist'));
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (args.length > 0)
    throw new KubectlError(`Unexpected args: [${args.join(' ')}]\nSee 'kubectl apply -h' for help and examples`);
  const dryRun = dryRunOf(context);
  const serverSide = flags.bool('server-side');
  if (flags.bool('force-conflicts') && !serverSide)
    throw new KubectlError('--force-conflicts only works with --server-side');
  if (serverSide && dryRun === 'client')
    throw new KubectlError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (serverSide && flags.bool('force')) throw new KubectlError('--force cannot be used with --server-side');
  if (dryRun === 'server' && flags.bool('force'))
    throw new KubectlError('--dry-run=server cannot be used with --force');
  if (flags.string('subresource') !== '' && !serverSide)
    throw new KubectlError('--subresource can only be specified for --server-side');
  requireFiles(files);
  const cascade = cascadeOf(context);
  validationOf(context);
  const pruned = await checkPrune(context);
  if (flags.string('output') !== '') await printerFor(context);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    selector: flags.string('selector'),
  });
  if (errors.length === 0 && infos.length === 0) throw new KubectlError('no objects passed to apply');
  const gracePeriod = flags.number('grace-period');
  const patcher = new Patcher(context, {
    dryRun,
    force: flags.bool('force'),
    gracePeriod,
    cascade,
    timeout: flags.duration('timeout'),
    subresource: flags.string('subresource'),
  });
  const print = printers(context, dryRun);
  const structured = flags.string('output') !== '' && flags.string('output') !== 'name';
  const results: ApiObject[] = [];
  const uids = new Set<string>();
  const namespaces = new Set<string>();
  for (const info of infos) {
    try {
      info.object = recorded(context, info.object);
      const { generateName = '' } = info.object.metadata;
      if (info.name === '' && generateName !== '')
        throw new KubectlError(`from ${generateName}: cannot use generate name with apply`);
      const applied = serverSide
        ? await applyServerSide(context, info, dryRun)
        : await applyClientSide(context, info, patcher, dryRun);
      if (applied.object.metadata.uid !== undefined) uids.add(applied.object.metadata.uid);
      if (info.namespace !== '') namespaces.add(info.namespace);
      if (structured) results.push(applied.object);
      else context.out(await print(applied));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  if (structured && results.length > 0) {
    const printer = await printerFor(context);
    if (results.length === 1) context.out(printer(results[0]!));
    else context.out(printer({ apiVersion: 'v1', items: results, kind: 'List', metadata: {} } as unknown as ApiObject));
  }
  throwErrors(errors);
  if (pruned !== undefined) {
    const lines: Promise<string>[] = [];
    await prune(context, pruned, {
      selector: flags.string('selector'),
      dryRun,
      cascade,
      gracePeriod,
      visitedUids: uids,
      visitedNamespaces: namespaces,
      print: (object) => {
        lines.push(print({ object, operation: 'pruned' }));
      },
    });
    for (const line of await Promise.all(lines)) context.out(line);
  }
  return undefined;
}

export const command: Command = {
  name: 'apply',
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Make objects be as a file says',
  long: 'Create the objects of a file, or change those that exist so that they are as the file says. What the file no longer says is taken away again.',
  examples: [
    'kubectl apply -f deployment.yaml',
    'kubectl apply -k overlays/dev',
    'kubectl apply --server-side -f app.yaml',
  ],
  flags: [
    ...filenameFlags('the objects to apply'),
    ...deleteOptionFlags(),
    ...printFlags(),
    dryRunFlag(),
    validateFlag(),
    fieldManagerFlag('kubectl-client-side-apply'),
    selectorFlag(),
    flag('all', 'bool', 'false', 'With --prune: all objects of the namespace'),
    flag('force-conflicts', 'bool', 'false', 'Take fields over from other managers'),
    flag('openapi-patch', 'bool', 'true', 'Take merge keys from the schema'),
    flag('overwrite', 'bool', 'true', 'Settle differences in favour of the file'),
    flag('prune', 'bool', 'false', 'Delete what was applied before and is not in the file'),
    flag('prune-allowlist', 'stringArray', '[]', 'Kinds to prune: group/version/Kind'),
    flag('server-side', 'bool', 'false', 'Let the server merge, field by field'),
    flag('subresource', 'string', '', 'Apply to a subresource'),
  ],
  subcommands: [editLastApplied, setLastApplied, viewLastApplied],
  run,
};
