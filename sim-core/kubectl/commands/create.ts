import type { Command, Context } from '../command.ts';
import { dryRunOf, validationOf } from '../dry-run.ts';
import { addSource, asError, KubectlError, throwErrors, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { createFlags, createObject, saveConfig } from '../mutate.ts';
import { operationPrinter } from '../printers/print-flags.ts';
import { rawWrite } from '../raw.ts';
import { filenameFlags, filenameOptions, queryResources, requireFiles, selectorFlag } from '../resource-builder.ts';
import { configmap, genericSecret, registrySecret, tlsSecret } from './create/config-data.ts';
import { generatorCommand } from './create/generator.ts';
import {
  ingress,
  namespace,
  poddisruptionbudget,
  priorityclass,
  quota,
  serviceaccount,
  tokenCommand,
} from './create/others.ts';
import { clusterrole, clusterrolebinding, role, rolebinding } from './create/rbac.ts';
import { serviceCommand } from './create/service.ts';
import { cronjob, deployment, job } from './create/workloads.ts';

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (args.length > 0) throw usageError(context.path, `Unexpected args: [${args.join(' ')}]`);
  if (flags.string('raw') !== '') {
    if (flags.bool('edit')) throw new KubectlError('--raw and --edit are mutually exclusive');
    return rawWrite(context, 'POST', files);
  }
  requireFiles(files);
  if (flags.bool('edit')) {
    const { editBeforeCreate } = await import('../edit.ts');
    return editBeforeCreate(context);
  }
  const dryRun = dryRunOf(context);
  const printer = await operationPrinter(context, 'created', dryRun);
  validationOf(context);
  const { namespace: where, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    files,
    namespace: where,
    enforceNamespace: namespaceExplicit,
    selector: flags.string('selector'),
  });
  for (const info of infos) {
    try {
      const object = saveConfig(context, info.object);
      const created =
        dryRun === 'client' ? object : await createObject(context, info.mapping, info.namespace, object, dryRun);
      context.out(printer(created));
    } catch (error) {
      errors.push(addSource('creating', info.source, asError(error)));
    }
  }
  throwErrors(errors);
  if (infos.length === 0) throw new KubectlError('no objects passed to create');
  return undefined;
}

const secretCommand: Command = {
  name: 'secret',
  use: 'create secret (docker-registry | generic | tls)',
  short: 'Create a Secret',
  flags: [],
  subcommands: [registrySecret, genericSecret, tlsSecret].map(generatorCommand),
};

export const command: Command = {
  name: 'create',
  use: 'create -f FILENAME',
  short: 'Create an object from a file or from flags',
  examples: ['kubectl create -f pod.yaml', 'kubectl create deployment web --image=nginx'],
  flags: [
    ...filenameFlags('the objects to create'),
    ...createFlags('kubectl-create'),
    selectorFlag(),
    flag('edit', 'bool', 'false', 'Edit the objects before they are created'),
    flag('raw', 'string', '', 'A path of the API to POST the file to as it is'),
    flag('windows-line-endings', 'bool', 'false', 'Use Windows line endings in the editor'),
  ],
  subcommands: [
    ...[
      clusterrole,
      clusterrolebinding,
      configmap,
      cronjob,
      deployment,
      ingress,
      job,
      namespace,
      poddisruptionbudget,
    ].map(generatorCommand),
    ...[priorityclass, quota, role, rolebinding].map(generatorCommand),
    secretCommand,
    serviceCommand,
    generatorCommand(serviceaccount),
    tokenCommand,
  ],
  run,
};
