import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { type DryRun, dryRunFlag, dryRunOf } from '../dry-run.ts';
import { addSource, asError, isNotFound, isReason, KubectlError, throwErrors } from '../errors.ts';
import { type FlagSpec, flag } from '../flags.ts';
import { rawWrite } from '../raw.ts';
import {
  filenameFlags,
  filenameOptions,
  hasFiles,
  type Info,
  queryResources,
  selectorFlag,
} from '../resource-builder.ts';
import { waitForDeletion } from '../wait-deletion.ts';

/** --cascade and the others that say how something is deleted. */
export function deleteOptionFlags(): FlagSpec[] {
  return [
    flag('cascade', 'string', 'background', 'What becomes of what the object owns: background, orphan or foreground', {
      alone: 'background',
    }),
    flag('force', 'bool', 'false', 'Delete at once, without waiting for the node'),
    flag('grace-period', 'int', '-1', 'Seconds to end in; -1 leaves it to the object'),
    flag('timeout', 'duration', '0s', 'How long to wait for the deletion; 0 leaves it to the size of the object'),
    flag('wait', 'bool', 'false', 'Wait until the objects are gone'),
  ];
}

/** cmdutil.GetCascadingStrategy */
export function cascadeOf(context: Context): 'Background' | 'Foreground' | 'Orphan' {
  const value = context.flags.string('cascade');
  if (value === 'background' || value === 'true') {
    if (value === 'true')
      context.err(
        'warning: --cascade=true is deprecated (boolean value) and can be replaced with --cascade=background.\n',
      );
    return 'Background';
  }
  if (value === 'false') {
    context.err('warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.\n');
    return 'Orphan';
  }
  if (value === 'foreground') return 'Foreground';
  if (value === 'orphan') return 'Orphan';
  throw new KubectlError(`invalid cascade value (${value}). Must be "background", "foreground", or "orphan"`);
}

export interface DeleteSettings {
  gracePeriod: number;
  force: boolean;
  wait: boolean;
  timeout: number;
  ignoreNotFound: boolean;
  cascade: 'Background' | 'Foreground' | 'Orphan';
  dryRun: DryRun;
  quiet?: boolean;
  output: string;
}

function announce(context: Context, info: Info, settings: DeleteSettings): void {
  if (settings.output === 'name') {
    const { mapping } = info;
    const kind = mapping.group === '' ? mapping.kind.toLowerCase() : `${mapping.kind.toLowerCase()}.${mapping.group}`;
    context.out(`${kind}/${info.name}\n`);
    return;
  }
  const { mapping } = info;
  const kind = mapping.group === '' ? mapping.kind.toLowerCase() : `${mapping.kind.toLowerCase()}.${mapping.group}`;
  const operation = settings.gracePeriod === 0 ? 'force deleted' : 'deleted';
  const suffix = settings.dryRun === 'client' ? ' (dry run)' : settings.dryRun === 'server' ? ' (server dry run)' : '';
  context.out(`${kind} "${info.name}" ${operation}${suffix}\n`);
}

/** DELETEs each object and, where asked, waits until they are gone (DeleteOptions.DeleteResult). */
export async function deleteInfos(
  context: Context,
  infos: readonly Info[],
  errors: Error[],
  settings: DeleteSettings,
): Promise<void> {
  const gone: { info: Info; uid: string }[] = [];
  const api = await context.api();
  let warnedClusterScope = false;
  for (const info of infos) {
    if (settings.dryRun === 'client') {
      announce(context, info, settings);
      continue;
    }
    if (!info.mapping.namespaced && !warnedClusterScope && context.flags.string('namespace') !== '') {
      warnedClusterScope = true;
      context.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
    }
    if (
      settings.gracePeriod === 0 &&
      settings.force &&
      gone.length === 0 &&
      errors.length === 0 &&
      !forced.has(context)
    ) {
      forced.add(context);
      context.err(
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
      );
    }
    const body: Record<string, unknown> = { kind: 'DeleteOptions', apiVersion: 'v1' };
    if (settings.gracePeriod >= 0) body.gracePeriodSeconds = settings.gracePeriod;
    body.propagationPolicy = settings.cascade;
    if (settings.dryRun === 'server') body.dryRun = ['All'];
    try {
      const answer = await api.request<ApiObject>('DELETE', resourcePath(info.mapping, info.namespace, info.name), {
        body,
        query: { dryRun: settings.dryRun === 'server' ? 'All' : undefined },
      });
      announce(context, info, settings);
      const details = (answer as { details?: { uid?: string } }).details;
      gone.push({ info, uid: answer.kind === 'Status' ? (details?.uid ?? '') : (answer.metadata?.uid ?? '') });
    } catch (error) {
      if (settings.ignoreNotFound && isNotFound(error)) continue;
      errors.push(addSource('deleting', info.source, asError(error)));
    }
  }
  if (settings.wait && settings.dryRun === 'none' && gone.length > 0) {
    try {
      await waitForDeletion(context, gone, settings.timeout === 0 ? 168 * 3_600_000 : settings.timeout);
    } catch (error) {
      if (isReason(error, 'Forbidden') || isReason(error, 'MethodNotAllowed')) return;
      errors.push(asError(error));
    }
  }
}

const forced = new WeakSet<Context>();

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (flags.string('raw') !== '') return rawWrite(context, 'DELETE', files);
  const cascade = cascadeOf(context);
  const selector = flags.string('selector');
  const all = flags.bool('all');
  let gracePeriod = flags.number('grace-period');
  if (all && selector !== '') throw new KubectlError('cannot set --all and --selector at the same time');
  if (all && flags.string('field-selector') !== '')
    throw new KubectlError('cannot set --all and --field-selector at the same time');
  const output = flags.string('output');
  if (output !== '' && output !== 'name')
    throw new KubectlError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  const dryRun = dryRunOf(context);
  if (flags.bool('now')) {
    if (gracePeriod !== -1) throw new KubectlError('--now and --grace-period cannot be specified together');
    gracePeriod = 1;
  }
  let force = flags.bool('force');
  let wait = flags.bool('wait');
  if (gracePeriod === 0 && !force) {
    gracePeriod = 1;
    wait = flags.changed('wait') ? wait : true;
  }
  if (force && gracePeriod < 0) gracePeriod = 0;
  if (gracePeriod > 0 && force)
    throw new KubectlError('--force and --grace-period greater than 0 cannot be specified together');
  if (flags.changed('force') && flags.changed('grace-period') && gracePeriod === 0) force = true;
  const { namespace, namespaceExplicit } = await context.config();
  const allNamespaces = flags.bool('all-namespaces');
  const usesSelector = selector !== '' || flags.string('field-selector') !== '' || all;
  const { infos, errors } = await queryResources(context, {
    args,
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    allNamespaces,
    selector,
    fieldSelector: flags.string('field-selector'),
    all,
    noFetch: true,
  });
  if (flags.bool('interactive')) {
    context.out(`You are about to delete the following ${infos.length} resource(s):\n`);
    for (const { mapping, name } of infos)
      context.out(`${[mapping.singular, mapping.group].filter(Boolean).join('.')}/${name}\n`);
    context.out('Do you want to continue? (y/n): ');
    const { readStdin } = await import('../manifests.ts');
    const answer = String.fromCharCode(...(await readStdin(context.env))).trim();
    if (answer !== 'y' && answer !== 'Y') {
      context.out('deletion is cancelled\n');
      return undefined;
    }
  }
  const ignoreNotFound = flags.bool('ignore-not-found') || (all && !flags.changed('ignore-not-found')) || usesSelector;
  await deleteInfos(context, infos, errors, {
    gracePeriod,
    force,
    wait,
    timeout: flags.duration('timeout'),
    ignoreNotFound,
    cascade,
    dryRun,
    output,
  });
  throwErrors(errors);
  if (infos.length === 0 && !hasFiles(files)) context.out('No resources found\n');
  return undefined;
}

export const command: Command = {
  name: 'delete',
  use: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete objects',
  examples: ['kubectl delete -f pod.yaml', 'kubectl delete pod web', 'kubectl delete pods -l app=web'],
  flags: [
    ...filenameFlags('the objects to delete'),
    ...deleteOptionFlags().filter(({ name }) => name !== 'wait'),
    flag('wait', 'bool', 'true', 'Wait until the objects are gone'),
    selectorFlag(),
    dryRunFlag(),
    flag('all', 'bool', 'false', 'All objects of the kind in the namespace'),
    flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
    flag('field-selector', 'string', '', 'Only objects whose fields match'),
    flag('ignore-not-found', 'bool', 'false', 'It is no error when an object does not exist'),
    flag('i,interactive', 'bool', 'false', 'Ask before deleting'),
    flag('now', 'bool', 'false', 'The same as --grace-period=1'),
    flag('o,output', 'string', '', 'name prints kind/name alone'),
    flag('raw', 'string', '', 'A path of the API to DELETE as it is'),
  ],
  run,
};
