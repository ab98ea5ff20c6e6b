import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { groupVersion } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from '../dry-run.ts';
import { asError, KubectlError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { createObject, saveConfig, typedResource } from '../mutate.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { filenameFlags, filenameOptions, type Info, queryResources } from '../resource-builder.ts';
import { meta } from './create/generator.ts';

const SCALABLE = ['ReplicationController', 'Deployment', 'ReplicaSet', 'StatefulSet'];

function scalerFor(context: Context, info: Info, namespace: string | undefined): ApiObject {
  const { flags } = context;
  const [min, cpu] = [flags.number('min'), flags.number('cpu-percent')];
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata: meta(flags.string('name') || info.name, { namespace }),
    spec: {
      scaleTargetRef: { kind: info.mapping.kind, name: info.name, apiVersion: groupVersion(info.mapping) },
      minReplicas: min > 0 ? min : undefined,
      maxReplicas: flags.number('max'),
      metrics:
        cpu >= 0
          ? [
              {
                type: 'Resource',
                resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
              },
            ]
          : undefined,
    },
    status: { desiredReplicas: 0, currentMetrics: null },
  };
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const dryRun = dryRunOf(context);
  const [min, max] = [flags.number('min'), flags.number('max')];
  if (max < 1) throw new KubectlError(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min)
    throw new KubectlError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  const printer = await operationPrinter(context, 'autoscaled', dryRun, { ordered: true });
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args,
    files: filenameOptions(context),
    namespace,
    enforceNamespace: namespaceExplicit,
    latest: true,
  });
  for (const info of infos) {
    try {
      if (!SCALABLE.includes(info.mapping.kind))
        throw new KubectlError(
          `cannot autoscale a ${info.mapping.kind}: could not find scale subresource for ${info.mapping.group}/${info.mapping.version}, Resource=${info.mapping.resource} in discovery information`,
        );
      const scaler = saveConfig(context, scalerFor(context, info, namespaceExplicit ? namespace : undefined));
      const made =
        dryRun === 'client'
          ? scaler
          : await createObject(
              context,
              typedResource(scaler, 'horizontalpodautoscalers', true),
              info.namespace,
              scaler,
              dryRun,
            );
      context.out(printer(made));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  if (infos.length === 0) throw new KubectlError('no objects passed to autoscale');
  return undefined;
}

export const command: Command = {
  name: 'autoscale',
  use: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]',
  short: 'Make a HorizontalPodAutoscaler',
  flags: [
    ...filenameFlags('the object to scale'),
    ...printFlags(),
    dryRunFlag(),
    fieldManagerFlag('kubectl-autoscale'),
    flag('cpu-percent', 'int32', '-1', 'CPU use to aim for, in percent of what is asked for'),
    flag('max', 'int32', '-1', 'At most this many Pods', { required: true }),
    flag('min', 'int32', '-1', 'At least this many Pods'),
    flag('name', 'string', '', "The autoscaler's name"),
    flag('save-config', 'bool', 'false', 'Keep the configuration in an annotation, for a later apply'),
  ],
  run,
};
