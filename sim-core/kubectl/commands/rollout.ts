import { createTwoWayPatch } from '../../api/patch/strategic-diff.ts';
import type { ApiObject } from '../api.ts';
import { patchView } from '../apply/patch-view.ts';
import type { Command, Context } from '../command.ts';
import { groupResource, resourcePath } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from '../dry-run.ts';
import { asError, ExitError, KubectlError, quote, StatusError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { patchObject } from '../mutate.ts';
import { mutableCopy } from '../pod-spec-update.ts';
import { rfc3339 } from '../printers/human.ts';
import { operationPrinter, printerFor, printFlags } from '../printers/print-flags.ts';
import {
  filenameFlags,
  filenameOptions,
  hasFiles,
  type Info,
  type QueryResult,
  queryResources,
  selectorFlag,
} from '../resource-builder.ts';
import { deadline } from '../wait-deletion.ts';
import { printHistory, revisionsOf, undoPatch } from './rollout/history.ts';
import { rolloutStatus } from './rollout/status.ts';

async function find(context: Context, allowEmptySelector: boolean): Promise<QueryResult> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (args.length === 0 && !hasFiles(files)) throw new KubectlError('required resource not specified');
  const { namespace, namespaceExplicit } = await context.config();
  return queryResources(context, {
    args,
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    selector: flags.string('selector'),
    allowEmptySelector,
    latest: true,
  });
}

type Change = (object: ApiObject, info: Info) => void;

/** pause, resume and restart: change a copy, send what differs. */
async function change(context: Context, operation: string, verb: string, apply: Change): Promise<undefined> {
  const { infos, errors } = await find(context, true);
  const printer = await operationPrinter(context, operation, 'none');
  if (infos.length === 0 && errors.length === 0)
    context.err(`No resources found in ${(await context.config()).namespace} namespace.\n`);
  for (const info of infos) {
    const after = mutableCopy(info.object);
    try {
      apply(after, info);
      const patch = createTwoWayPatch(
        info.object as Record<string, unknown>,
        after as Record<string, unknown>,
        patchView(info.mapping.kind),
      );
      if (Object.keys(patch).length === 0) {
        errors.push(new KubectlError(`${groupResource(info.mapping)} ${quote(info.name)} ${verb}`));
        continue;
      }
      try {
        context.out(printer(await patchObject(context, info.mapping, info.namespace, info.name, patch)));
      } catch (error) {
        errors.push(new KubectlError(`failed to patch: ${asError(error).message}`));
      }
    } catch (error) {
      const { message } = asError(error);
      errors.push(
        new KubectlError(
          message.startsWith('if restart')
            ? `failed to create patch for ${info.name}: ${message}`
            : `${groupResource(info.mapping)} ${quote(info.name)} ${message}`,
        ),
      );
    }
  }
  throwErrors(errors);
  return undefined;
}

function spec(object: ApiObject): Record<string, unknown> {
  object.spec ??= {};
  return object.spec as Record<string, unknown>;
}

const pause: Change = (object) => {
  if (object.kind !== 'Deployment') throw new KubectlError('pausing is not supported');
  if (spec(object).paused === true) throw new KubectlError('is already paused');
  spec(object).paused = true;
};

const resume: Change = (object) => {
  if (object.kind !== 'Deployment') throw new KubectlError('resuming is not supported');
  if (spec(object).paused !== true) throw new KubectlError('is not paused');
  delete spec(object).paused;
};

function restart(now: number): Change {
  return (object) => {
    if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(object.kind))
      throw new KubectlError('restarting is not supported');
    if (object.kind === 'Deployment' && spec(object).paused === true)
      throw new KubectlError("can't restart paused deployment (run rollout resume first)");
    const template = (spec(object).template ?? {}) as { metadata?: { annotations?: Record<string, string> } };
    template.metadata ??= {};
    const stamp = rfc3339(now);
    if (template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'] === stamp)
      throw new KubectlError(
        'if restart has already been triggered within the past second, please wait before attempting to trigger another',
      );
    template.metadata.annotations = { ...template.metadata.annotations, 'kubectl.kubernetes.io/restartedAt': stamp };
  };
}

/** Follows one rollout to its end. */
async function follow(context: Context, info: Info): Promise<void> {
  const { flags } = context;
  const revision = flags.number('revision');
  const watch = flags.bool('watch');
  const groupKind = `${info.mapping.kind}.${info.mapping.group}`;
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(info.mapping.kind))
    throw new KubectlError(`no status viewer has been implemented for ${groupKind.replace(/\.$/, '')}`);
  const api = await context.api();
  const timeout = flags.duration('timeout');
  const limit = timeout > 0 ? deadline(context, timeout) : undefined;
  const path = resourcePath(info.mapping, info.namespace, undefined);
  const fieldSelector = `metadata.name=${info.name}`;
  try {
    for (;;) {
      const list = await api.get(path, { query: { fieldSelector } });
      let done = false;
      const look = (object: ApiObject): boolean => {
        const verdict = rolloutStatus({ ...object, kind: info.mapping.kind }, revision, groupKind);
        context.out(verdict.message);
        done = verdict.done;
        return verdict.done || !watch;
      };
      const [current] = (list.items ?? []) as ApiObject[];
      if (current === undefined) throw new KubectlError('object has been deleted');
      if (look(current)) return;
      let failure: unknown;
      await api.watch(
        path,
        { query: { fieldSelector, watch: 'true', resourceVersion: list.metadata?.resourceVersion } },
        (event) => {
          try {
            if (event.type === 'ERROR') throw new StatusError(event.object as StatusError['status']);
            if (event.type === 'DELETED') throw new KubectlError('object has been deleted');
            if (event.type === 'ADDED' || event.type === 'MODIFIED') return look(event.object as ApiObject);
          } catch (error) {
            failure = error;
            return true;
          }
          return undefined;
        },
        limit?.signal,
      );
      if (failure !== undefined) throw failure;
      if (done || !watch) return;
      if (context.env.signal?.aborted === true) throw new ExitError(130);
      if (limit?.signal.aborted === true) throw new KubectlError('timed out waiting for the condition');
    }
  } finally {
    limit?.cancel();
  }
}

async function status(context: Context): Promise<undefined> {
  const { flags } = context;
  if (flags.number('revision') < 0)
    throw new KubectlError(`revision must be a positive integer: ${flags.string('revision')}`);
  if (flags.changed('timeout') && flags.duration('timeout') < 0)
    throw new KubectlError('--timeout must be greater than 0');
  const { infos, errors } = await find(context, true);
  throwErrors(errors);
  if (infos.length === 0) context.err(`No resources found in ${(await context.config()).namespace} namespace.\n`);
  for (const info of infos) await follow(context, info);
  return undefined;
}

async function history(context: Context): Promise<undefined> {
  const { flags } = context;
  if (flags.number('revision') < 0)
    throw new KubectlError(`revision must be a positive integer: ${flags.string('revision')}`);
  const { infos, errors } = await find(context, true);
  for (const info of infos) {
    try {
      if (flags.string('output') === '') {
        // A template without -o is of the object itself: upstream asks for the flag by name.
        if (flags.string('template') === '') await printHistory(context, info);
        else context.out((await printerFor(context))(info.object));
      } else {
        const printer = await printerFor(context);
        const typed = (source: ApiObject): ApiObject => ({
          ...source,
          apiVersion: source.apiVersion ?? 'apps/v1',
          kind: source.kind ?? (info.mapping.kind === 'Deployment' ? 'ReplicaSet' : 'ControllerRevision'),
        });
        const revisions = await revisionsOf(context, info.object);
        const wanted = flags.number('revision');
        if (wanted > 0) {
          const found = revisions.find(({ number }) => number === wanted);
          if (found === undefined) throw new KubectlError(`unable to find the specified revision`);
          context.out(printer(typed(found.source)));
        } else for (const { source } of revisions) context.out(printer(typed(source)));
      }
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}

async function undo(context: Context): Promise<undefined> {
  const dryRun = dryRunOf(context);
  const { infos, errors } = await find(context, true);
  for (const info of infos) {
    try {
      if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(info.object.kind))
        throw new KubectlError(
          `no rollbacker has been implemented for ${quote(`${info.mapping.kind}.${info.mapping.group}`)}`,
        );
      const result = await undoPatch(context, info);
      if (dryRun === 'client') {
        const { DescriptionWriter } = await import('../describe/writer.ts');
        const { podTemplateLines } = await import('../describe/pod-template.ts');
        const writer = new DescriptionWriter({ aligned: false });
        podTemplateLines(writer, result.shown ?? result.template);
        context.out((await operationPrinter(context, writer.text(), dryRun))(info.object));
        continue;
      }
      if (result.skipped === undefined)
        await patchObject(context, info.mapping, info.namespace, info.name, result.patch, {
          type: result.type,
          dryRun,
        });
      const printer = await operationPrinter(context, result.skipped ?? 'rolled back', dryRun);
      context.out(printer(info.object));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}

export const command: Command = {
  name: 'rollout',
  use: 'rollout SUBCOMMAND',
  short: 'Watch, pause, restart or undo a rollout',
  flags: [],
  bareHelp: { output: 'stdout', exitCode: 1 },
  subcommands: [
    {
      name: 'history',
      use: 'rollout history (TYPE NAME | TYPE/NAME) [flags]',
      short: 'Show the revisions',
      flags: [
        ...filenameFlags('the objects'),
        ...printFlags(),
        selectorFlag(),
        flag('revision', 'int64', '0', 'Show this revision'),
      ],
      run: history,
    },
    {
      name: 'pause',
      use: 'rollout pause RESOURCE',
      short: 'Stop a rollout for now',
      flags: [...filenameFlags('the objects'), ...printFlags(), selectorFlag(), fieldManagerFlag('kubectl-rollout')],
      run: (context) => change(context, 'paused', 'already paused', pause),
    },
    {
      name: 'restart',
      use: 'rollout restart RESOURCE',
      short: 'Replace all Pods, one after another',
      flags: [...filenameFlags('the objects'), ...printFlags(), selectorFlag(), fieldManagerFlag('kubectl-rollout')],
      run: (context) => change(context, 'restarted', 'already restarted', restart(context.env.now())),
    },
    {
      name: 'resume',
      use: 'rollout resume RESOURCE',
      short: 'Go on with a rollout that is paused',
      flags: [...filenameFlags('the objects'), ...printFlags(), selectorFlag(), fieldManagerFlag('kubectl-rollout')],
      run: (context) => change(context, 'resumed', 'already resumed', resume),
    },
    {
      name: 'status',
      use: 'rollout status (TYPE NAME | TYPE/NAME) [flags]',
      short: 'Show how far a rollout is',
      flags: [
        ...filenameFlags('the objects'),
        selectorFlag(),
        flag('revision', 'int64', '0', 'Only this revision'),
        flag('timeout', 'duration', '0s', 'When to give up; 0 is never'),
        flag('w,watch', 'bool', 'true', 'Wait until it is done'),
      ],
      run: status,
    },
    {
      name: 'undo',
      use: 'rollout undo (TYPE NAME | TYPE/NAME) [flags]',
      short: 'Go back to an earlier revision',
      flags: [
        ...filenameFlags('the objects'),
        ...printFlags(),
        selectorFlag(),
        dryRunFlag(),
        flag('to-revision', 'int64', '0', 'The revision; 0 is the one before'),
      ],
      run: undo,
    },
  ],
};
