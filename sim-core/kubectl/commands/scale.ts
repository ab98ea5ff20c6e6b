import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { dryRunFlag, dryRunOf } from '../dry-run.ts';
import { AggregateKubectlError, asError, KubectlError, throwErrors, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { patchObject } from '../mutate.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { recordedAnnotations } from '../record.ts';
import { filenameFlags, filenameOptions, type Info, queryResources, selectorFlag } from '../resource-builder.ts';

interface Scale extends ApiObject {
  spec: { replicas?: number };
}

async function waitForReplicas(context: Context, info: Info, wanted: number, timeout: number): Promise<void> {
  const api = await context.api();
  const until = context.env.now() + timeout;
  for (;;) {
    const scale = await api.get<Scale>(resourcePath(info.mapping, info.namespace, info.name, 'scale'));
    const status = scale.status as { replicas?: number } | undefined;
    if ((scale.spec.replicas ?? 0) === wanted && (status?.replicas ?? 0) === wanted) return;
    if (context.env.now() >= until) throw new KubectlError('timed out waiting for the condition');
    await context.env.sleep(250, context.env.signal);
  }
}

/** Sets replicas through the scale subresource; with a precondition it reads first. */
async function scaleOne(context: Context, info: Info, dryRun: string): Promise<void> {
  const { flags } = context;
  const replicas = flags.number('replicas');
  const current = flags.number('current-replicas');
  const version = flags.string('resource-version');
  const api = await context.api();
  const path = resourcePath(info.mapping, info.namespace, info.name, 'scale');
  const query = { dryRun: dryRun === 'server' ? 'All' : undefined };
  if (current < 0 && version === '') {
    await api.request('PATCH', path, {
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas } },
      query,
    });
    return;
  }
  const scale = await api.get<Scale>(path);
  if (current >= 0 && scale.spec.replicas !== current)
    throw new KubectlError(`Expected replicas to be ${current}, was ${scale.spec.replicas ?? 0}`);
  if (version !== '' && scale.metadata.resourceVersion !== version)
    throw new KubectlError(`Expected resource version to be ${version}, was ${scale.metadata.resourceVersion ?? ''}`);
  await api.request('PUT', path, { body: { ...scale, spec: { ...scale.spec, replicas } }, query });
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const dryRun = dryRunOf(context);
  const printer = await operationPrinter(context, 'scaled', dryRun);
  if (flags.number('replicas') < 0)
    throw new KubectlError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  const selector = flags.string('selector');
  if (flags.bool('all') && selector !== '')
    throw usageError(context.path, 'cannot set --all and --selector at the same time');
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args,
    files: filenameOptions(context),
    namespace,
    enforceNamespace: namespaceExplicit,
    all: flags.bool('all'),
    selector,
    latest: true,
  });
  if (infos.length === 0 && errors.length > 0)
    throw new KubectlError(`no objects passed to scale ${new AggregateKubectlError(errors).message}`);
  if (flags.string('resource-version') !== '' && infos.length > 1)
    throw usageError(context.path, 'cannot use --resource-version with multiple resources');
  const failures: Error[] = [...errors];
  for (const info of infos) {
    try {
      if (dryRun !== 'client') await scaleOne(context, info, dryRun);
      if (dryRun === 'none' && recordedAnnotations(context) !== undefined)
        await patchObject(context, info.mapping, info.namespace, info.name, {}, { type: 'merge' });
      if (flags.duration('timeout') > 0 && dryRun === 'none')
        await waitForReplicas(context, info, flags.number('replicas'), flags.duration('timeout'));
      context.out(printer(info.object));
    } catch (error) {
      failures.push(asError(error));
    }
  }
  throwErrors(failures);
  if (infos.length === 0) throw new KubectlError('no objects passed to scale');
  return undefined;
}

export const command: Command = {
  name: 'scale',
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set the number of replicas',
  examples: ['kubectl scale deploy/web --replicas=3'],
  flags: [
    ...filenameFlags('the objects to scale'),
    ...printFlags(),
    selectorFlag(),
    dryRunFlag(),
    flag('all', 'bool', 'false', 'All objects of the kind in the namespace'),
    flag('current-replicas', 'int', '-1', 'Only if it has this many replicas now'),
    flag('replicas', 'int', '0', 'The number of replicas', { required: true }),
    flag('resource-version', 'string', '', 'Only if it has this version now'),
    flag('timeout', 'duration', '0s', 'How long to wait until it is so; 0 does not wait'),
  ],
  run,
};
