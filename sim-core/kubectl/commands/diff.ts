import { unifiedHunks } from '../../api/unified-diff.ts';
import { formatNanoTime, MILLISECOND } from '../../engine/time.ts';
import type { ApiObject } from '../api.ts';
import { modifiedConfiguration, threeWayPatch } from '../apply/patcher.ts';
import { pruneResources } from '../apply/prune.ts';
import type { Command, Context } from '../command.ts';
import { fieldManagerFlag } from '../dry-run.ts';
import { asError, ExitError, isNotFound, KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { createObject, patchObject } from '../mutate.ts';
import { withoutManagedFields } from '../printers/print-flags.ts';
import { stringifyYaml } from '../printers/yaml.ts';
import {
  fetchObject,
  filenameFlags,
  filenameOptions,
  type Info,
  queryResources,
  requireFiles,
  selectorFlag,
} from '../resource-builder.ts';
import { serverSideError } from './apply.ts';

/** What the object would be: the server's own answer to a dry run. */
async function merged(context: Context, info: Info, live: ApiObject | undefined): Promise<ApiObject> {
  const { flags } = context;
  if (flags.bool('server-side')) {
    try {
      return await patchObject(context, info.mapping, info.namespace, info.name, info.object, {
        type: 'apply',
        dryRun: 'server',
        query: {
          fieldManager: flags.changed('field-manager') ? flags.string('field-manager') : 'kubectl',
          force: flags.bool('force-conflicts') ? 'true' : 'false',
        },
      });
    } catch (error) {
      throw serverSideError(error);
    }
  }
  const modified = modifiedConfiguration(info);
  if (live === undefined) return createObject(context, info.mapping, info.namespace, info.object, 'server');
  const { patch, type } = threeWayPatch(info, live, modified);
  const metadata = patch.metadata as Record<string, unknown> | undefined;
  const annotations = metadata?.annotations as Record<string, unknown> | undefined;
  if (annotations !== undefined) {
    delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
    if (Object.keys(annotations).length === 0) delete metadata!.annotations;
    if (Object.keys(metadata!).length === 0) delete patch.metadata;
  }
  if (Object.keys(patch).length === 0) return live;
  return patchObject(context, info.mapping, info.namespace, info.name, patch, { type, dryRun: 'server' });
}

/** Values of Secrets are shown as stars, and differently where they differ (diff's Masker). */
function mask(
  before: ApiObject | undefined,
  after: ApiObject | undefined,
): [ApiObject | undefined, ApiObject | undefined] {
  if ((before ?? after)?.kind !== 'Secret') return [before, after];
  const [a, b] = [(before?.data ?? {}) as Record<string, string>, (after?.data ?? {}) as Record<string, string>];
  const [x, y]: [Record<string, string>, Record<string, string>] = [{ ...a }, { ...b }];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const both = key in a && key in b;
    if (key in a) x[key] = both && a[key] !== b[key] ? '*** (before)' : '***';
    if (key in b) y[key] = both && a[key] !== b[key] ? '*** (after)' : '***';
  }
  return [
    before === undefined ? undefined : { ...before, data: x },
    after === undefined ? undefined : { ...after, data: y },
  ];
}

function fileName(info: Info): string {
  const { mapping, namespace, name } = info;
  const group = mapping.group === '' ? '' : `${mapping.group}.`;
  return `${group}${mapping.version}.${mapping.kind}.${namespace}.${name}`;
}

/** The time as `diff` prints it: `2026-01-01 00:00:00.000000000 +0000`. */
function stamp(now: number): string {
  return formatNanoTime(now * MILLISECOND)
    .replace('T', ' ')
    .replace('Z', ' +0000');
}

async function run(context: Context): Promise<number> {
  const { flags, args, env } = context;
  const files = filenameOptions(context);
  try {
    if (args.length > 0)
      throw new KubectlError(`Unexpected args: [${args.join(' ')}]\nSee 'kubectl diff -h' for help and examples`);
    requireFiles(files);
    if (flags.bool('force-conflicts') && !flags.bool('server-side'))
      throw new KubectlError('--force-conflicts only works with --server-side');
    const { namespace, namespaceExplicit } = await context.config();
    const { infos, errors } = await queryResources(context, {
      files,
      namespace,
      enforceNamespace: namespaceExplicit,
      selector: flags.string('selector'),
    });
    if (errors.length > 0) throw asError(errors[0]);
    const api = await context.api();
    const live = `/tmp/LIVE-${Math.floor((env.random?.() ?? 0.5) * 1e9)}`;
    const target = `/tmp/MERGED-${Math.floor((env.random?.() ?? 0.25) * 1e9)}`;
    let differs = false;
    const show = (info: Info, before: ApiObject | undefined, after: ApiObject | undefined) => {
      const clean = (object: ApiObject | undefined): ApiObject | undefined =>
        object === undefined || flags.bool('show-managed-fields') ? object : withoutManagedFields(object);
      const [x, y] = mask(clean(before), clean(after));
      const hunks = unifiedHunks(x === undefined ? '' : stringifyYaml(x), y === undefined ? '' : stringifyYaml(y));
      if (hunks === '') return;
      differs = true;
      const name = fileName(info);
      const time = stamp(env.now());
      context.out(
        `diff -u -N ${live}/${name} ${target}/${name}\n--- ${live}/${name}\t${time}\n+++ ${target}/${name}\t${time}\n${hunks}`,
      );
    };
    const uids = new Set<string>();
    const pairs: [Info, ApiObject | undefined, ApiObject | undefined][] = [];
    for (const info of infos) {
      let current: ApiObject | undefined;
      try {
        current = await fetchObject(api, info.mapping, info.namespace, info.name);
        if (current.metadata.uid !== undefined) uids.add(current.metadata.uid);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      pairs.push([info, current, await merged(context, info, current)]);
    }
    if (flags.bool('prune')) await diffPruned(context, infos, uids, pairs);
    pairs.sort(([a], [b]) => (fileName(a) < fileName(b) ? -1 : 1));
    for (const [info, before, after] of pairs) show(info, before, after);
    return differs ? 1 : 0;
  } catch (error) {
    const { describeError } = await import('../errors.ts');
    const { text } = describeError(error);
    throw new ExitError(2, text);
  }
}

async function diffPruned(
  context: Context,
  infos: readonly Info[],
  uids: ReadonlySet<string>,
  pairs: [Info, ApiObject | undefined, ApiObject | undefined][],
): Promise<void> {
  const { prune } = await import('../apply/prune.ts');
  const { findKind } = await import('../resource-builder.ts');
  const gone: ApiObject[] = [];
  await prune(context, await pruneResources(context, context.flags.list('prune-allowlist')), {
    selector: context.flags.string('selector'),
    dryRun: 'client',
    cascade: 'Background',
    gracePeriod: -1,
    visitedUids: uids,
    visitedNamespaces: new Set(infos.map(({ namespace }) => namespace).filter((namespace) => namespace !== '')),
    print: (object) => gone.push(object),
  });
  for (const object of gone) {
    const mapping = await findKind(context, object, '');
    pairs.push([
      { mapping, namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '', object },
      object,
      undefined,
    ]);
  }
}

export const command: Command = {
  name: 'diff',
  use: 'diff -f FILENAME',
  short: 'Compare files with what is live',
  long: 'Show what `kubectl apply` would change. The exit code is 0 without differences, 1 with some, and more after an error.',
  flags: [
    ...filenameFlags('the objects to compare'),
    selectorFlag(),
    fieldManagerFlag('kubectl-client-side-apply'),
    flag('concurrency', 'int', '1', 'How many objects to compare at once'),
    flag('force-conflicts', 'bool', 'false', 'Take fields over from other managers'),
    flag('prune', 'bool', 'false', 'Show what apply --prune would delete as well'),
    flag('prune-allowlist', 'stringArray', '[]', 'Kinds to prune: group/version/Kind'),
    flag('server-side', 'bool', 'false', 'Let the server merge, field by field'),
    flag('show-managed-fields', 'bool', 'false', 'Compare metadata.managedFields too'),
  ],
  run,
};
