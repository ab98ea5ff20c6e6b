import type { Command, Context } from './command.ts';
import { type DryRun, dryRunFlag, dryRunOf } from './dry-run.ts';
import { asError, throwErrors, usageError } from './errors.ts';
import { patchObject } from './mutate.ts';
import { type Info, queryResources, selectorFlag } from './resource-builder.ts';

/** The nodes that cordon, uncordon and drain are about. */
export async function nodesOf(context: Context, verb: string): Promise<{ infos: Info[]; errors: Error[] }> {
  const { flags, args } = context;
  const selector = flags.string('selector');
  if (args.length === 0 && !flags.changed('selector')) throw usageError(context.path, `USAGE: ${verb} NODE [flags]`);
  if (args.length > 0 && selector !== '')
    throw usageError(context.path, 'error: cannot specify both a node name and a --selector option');
  const { namespace } = await context.config();
  return queryResources(context, {
    ...(args.length > 0 ? { resourceNames: { resource: 'nodes', names: args } } : { args: ['nodes'] }),
    namespace,
    selector,
  });
}

/** Sets spec.unschedulable; prints what happened (RunCordonOrUncordon). Answers the errors. */
export async function setUnschedulable(
  context: Context,
  infos: readonly Info[],
  desired: boolean,
  dryRun: DryRun,
): Promise<Error[]> {
  const word = desired ? 'cordoned' : 'uncordoned';
  const suffix = dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
  const errors: Error[] = [];
  for (const info of infos) {
    const spec = (info.object.spec ?? {}) as { unschedulable?: boolean };
    if ((spec.unschedulable ?? false) === desired) {
      context.out(`node/${info.name} already ${word}${suffix}\n`);
      continue;
    }
    try {
      if (dryRun !== 'client')
        await patchObject(
          context,
          info.mapping,
          '',
          info.name,
          { spec: { unschedulable: desired ? true : null } },
          { dryRun },
        );
      context.out(`node/${info.name} ${word}${suffix}\n`);
    } catch (error) {
      context.err(
        `error: unable to ${desired ? 'cordon' : 'uncordon'} node ${JSON.stringify(info.name)}: ${asError(error).message}\n`,
      );
    }
  }
  return errors;
}

/** `kubectl cordon` and `kubectl uncordon` */
export function cordonCommand(desired: boolean): Command {
  const verb = desired ? 'cordon' : 'uncordon';
  return {
    name: verb,
    use: `${verb} NODE`,
    short: desired ? 'Keep new Pods off a node' : 'Let Pods onto a node again',
    flags: [dryRunFlag(), selectorFlag()],
    async run(context) {
      const dryRun = dryRunOf(context);
      const { infos, errors } = await nodesOf(context, verb);
      throwErrors(errors);
      await setUnschedulable(context, infos, desired, dryRun);
      return 0;
    },
  };
}
