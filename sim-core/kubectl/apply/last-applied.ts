import type { Command, Context } from '../command.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, validateFlag } from '../dry-run.ts';
import { KubectlError, throwErrors, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { LAST_APPLIED, patchObject } from '../mutate.ts';
import { compactJson } from '../printers/json.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { stringifyYaml } from '../printers/yaml.ts';
import {
  fetchObject,
  filenameFlags,
  filenameOptions,
  queryResources,
  requireFiles,
  selectorFlag,
} from '../resource-builder.ts';
import { originalConfiguration } from './patcher.ts';

async function view(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const output = flags.string('output');
  if (output !== 'yaml' && output !== 'json')
    throw usageError(context.path, `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args,
    files: filenameOptions(context),
    namespace,
    enforceNamespace: namespaceExplicit,
    selector: flags.string('selector'),
    all: flags.bool('all'),
    latest: true,
  });
  throwErrors(errors);
  for (const info of infos) {
    const text = originalConfiguration(info.object);
    if (text === undefined) continue;
    if (output === 'json') context.out(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    else context.out(stringifyYaml(JSON.parse(text)));
  }
  return undefined;
}

async function set(context: Context): Promise<undefined> {
  const { flags } = context;
  const files = { ...filenameOptions(context), kustomize: '', recursive: false };
  requireFiles(files);
  const dryRun = dryRunOf(context);
  const printer = await operationPrinter(context, 'configured', dryRun);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, { files, namespace, enforceNamespace: namespaceExplicit });
  throwErrors(errors);
  if (infos.length === 0) throw new KubectlError('no objects passed to apply');
  const api = await context.api();
  for (const info of infos) {
    const live = await fetchObject(api, info.mapping, info.namespace, info.name);
    const before = originalConfiguration(live);
    if (before === undefined && !flags.bool('create-annotation'))
      throw new KubectlError(
        `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
      );
    const text = `${compactJson(info.object)}\n`;
    if (before === text) {
      context.out(`set-last-applied ${info.name}: no changes required.\n`);
      continue;
    }
    let object = live;
    if (dryRun !== 'client') {
      object = await patchObject(
        context,
        info.mapping,
        info.namespace,
        info.name,
        { metadata: { annotations: { [LAST_APPLIED]: text } } },
        {
          type: 'merge',
          dryRun,
          query: { fieldManager: 'kubectl-client-side-apply' },
        },
      );
    }
    context.out(printer(object));
  }
  return undefined;
}

export const viewLastApplied: Command = {
  name: 'view-last-applied',
  use: 'apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  short: 'Show what an object was last applied with',
  flags: [
    ...filenameFlags('the objects'),
    selectorFlag(),
    flag('all', 'bool', 'false', 'All objects of the kind in the namespace'),
    flag('o,output', 'string', 'yaml', 'yaml or json'),
  ],
  run: view,
};

export const setLastApplied: Command = {
  name: 'set-last-applied',
  use: 'apply set-last-applied -f FILENAME',
  short: 'Write what an object was last applied with',
  flags: [
    ...filenameFlags('the objects').filter(({ name }) => name === 'filename'),
    ...printFlags(),
    dryRunFlag(),
    flag('create-annotation', 'bool', 'false', 'Write it where there is none as well'),
  ],
  run: set,
};

export const editLastApplied: Command = {
  name: 'edit-last-applied',
  use: 'apply edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit what an object was last applied with',
  flags: [
    ...filenameFlags('the objects'),
    ...printFlags(),
    validateFlag(),
    fieldManagerFlag('kubectl-client-side-apply'),
    flag('windows-line-endings', 'bool', 'false', 'Use Windows line endings in the editor'),
  ],
  async run(context) {
    const { editObjects } = await import('../edit.ts');
    return editObjects(context, 'last-applied');
  },
};
