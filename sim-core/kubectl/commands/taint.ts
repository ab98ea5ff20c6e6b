import { isQualifiedName, isValidLabelValue } from '../../api/names.ts';
import { createTwoWayPatch } from '../../api/patch/strategic-diff.ts';
import { patchView } from '../apply/patch-view.ts';
import type { Command, Context } from '../command.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, validateFlag, validationOf } from '../dry-run.ts';
import { asError, KubectlError, quote, throwErrors, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { patchObject } from '../mutate.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { queryResources, selectorFlag } from '../resource-builder.ts';

interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function checkEffect(effect: string): void {
  if (!EFFECTS.includes(effect)) throw new KubectlError(`invalid taint effect: ${effect}, unsupported taint effect`);
}

/** key=value:effect, key:effect, key- (parseTaints) */
function parseTaint(spec: string): Taint {
  const parts = spec.split(':');
  let [key = '', value, effect = ''] = [parts[0]!, undefined as string | undefined, parts[1] ?? ''];
  if (parts.length > 2) throw new KubectlError(`invalid taint spec: ${spec}`);
  if (parts.length === 2) {
    checkEffect(effect);
    const pair = key.split('=');
    if (pair.length > 2) throw new KubectlError(`invalid taint spec: ${spec}`);
    key = pair[0]!;
    if (pair.length === 2) {
      value = pair[1]!;
      const errors = isValidLabelValue(value);
      if (errors.length > 0) throw new KubectlError(`invalid taint spec: ${spec}, ${errors.join('; ')}`);
    }
  } else effect = '';
  const errors = isQualifiedName(key);
  if (errors.length > 0) throw new KubectlError(`invalid taint spec: ${spec}, ${errors.join('; ')}`);
  return { key, value, effect };
}

function parseTaints(specs: readonly string[]): { add: Taint[]; remove: Taint[] } {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  const seen = new Map<string, Set<string>>();
  for (const spec of specs) {
    if (spec.endsWith('-')) {
      remove.push(parseTaint(spec.slice(0, -1)));
      continue;
    }
    const taint = parseTaint(spec);
    if (taint.effect === '') throw new KubectlError(`invalid taint spec: ${spec}`);
    const effects = seen.get(taint.key) ?? new Set();
    if (effects.has(taint.effect))
      throw new KubectlError(
        `duplicated taints with the same key and effect: {${taint.key} ${taint.value ?? ''} ${taint.effect} <nil>}`,
      );
    seen.set(taint.key, effects.add(taint.effect));
    add.push(taint);
  }
  return { add, remove };
}

/** What is both set and taken away, as `key=effect` (checkIfTaintsAlreadyExists' counterpart in Validate). */
function contradictions({ add, remove }: { add: Taint[]; remove: Taint[] }): string[] {
  return add.flatMap((taint) =>
    remove
      .filter(({ key, effect }) => key === taint.key && (effect === '' || effect === taint.effect))
      .map(({ key, effect }) => `${key}=${effect}`),
  );
}

const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

/** The node's taints after the change, and what was done (reorganizeTaints). */
function reorganize(
  old: readonly Taint[],
  add: readonly Taint[],
  remove: readonly Taint[],
  overwrite: boolean,
  node: string,
): { taints: Taint[]; operation: string } {
  if (!overwrite) {
    const clashes = [
      ...new Set(add.filter((taint) => old.some((before) => same(before, taint))).map(({ key }) => key)),
    ];
    if (clashes.length > 0)
      throw new KubectlError(
        `node ${node} already has ${clashes.join(',')} taint(s) with same effect(s) and --overwrite is false`,
      );
  }
  const result: Taint[] = [...add];
  for (const taint of old) if (!result.some((added) => same(added, taint))) result.push(taint);
  const missing: Error[] = [];
  let kept = result;
  for (const { key, effect } of remove) {
    const after = kept.filter((taint) => !(taint.key === key && (effect === '' || taint.effect === effect)));
    if (after.length === kept.length)
      missing.push(new KubectlError(`taint ${quote(effect === '' ? key : `${key}:${effect}`)} not found`));
    kept = after;
  }
  throwErrors(missing);
  const overwritten = add.some((taint) => old.some((before) => same(before, taint)));
  const operation = add.length === 0 ? 'untainted' : remove.length > 0 || overwritten ? 'modified' : 'tainted';
  return { taints: kept, operation };
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const dryRun = dryRunOf(context);
  const resources: string[] = [];
  const specs: string[] = [];
  for (const arg of args) {
    const isTaint = arg.includes('=') || arg.endsWith('-') || (arg.includes(':') && resources.length > 0);
    if (isTaint) specs.push(arg);
    else if (specs.length > 0)
      throw usageError(context.path, `all resources must be specified before taint changes: ${arg}`);
    else resources.push(arg);
  }
  if (resources.length < 1) throw new KubectlError('one or more resources must be specified as <resource> <name>');
  if (specs.length < 1) throw new KubectlError('at least one taint update is required');
  let parsed: { add: Taint[]; remove: Taint[] };
  try {
    parsed = parseTaints(specs);
  } catch (error) {
    throw usageError(context.path, (error as Error).message);
  }
  const both = contradictions(parsed);
  if (both.length > 0)
    throw new KubectlError(
      `can not both modify and remove the following taint(s) in the same command: ${both.join(', ')}`,
    );
  const [type = '', ...names] = resources;
  const all = flags.bool('all');
  const selector = flags.string('selector');
  const lower = type.toLowerCase();
  if (!['node', 'nodes', 'no'].includes(lower))
    throw new KubectlError(`invalid resource type ${type}, only node types are supported`);
  if (all && selector !== '') throw new KubectlError("setting 'all' parameter with a non empty selector is prohibited");
  if (!all && selector === '' && names.length < 1)
    throw new KubectlError("at least one resource name must be specified since '--all' parameter is not set");
  if (all && names.length > 0) throw new KubectlError('resource name(s) should not be specified when --all=true');
  validationOf(context);
  const { namespace } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args: all || names.length === 0 ? ['nodes'] : ['nodes', ...names],
    namespace,
    selector,
    all,
  });
  for (const info of infos) {
    try {
      const spec = (info.object.spec ?? {}) as { taints?: Taint[] };
      const { taints, operation } = reorganize(
        spec.taints ?? [],
        parsed.add,
        parsed.remove,
        flags.bool('overwrite'),
        info.name,
      );
      let after = { ...info.object, spec: { ...spec, taints: taints.length === 0 ? undefined : taints } };
      if (dryRun !== 'client') {
        const cleaned = JSON.parse(JSON.stringify(after)) as Record<string, unknown>;
        const patch = createTwoWayPatch(info.object as Record<string, unknown>, cleaned, patchView('Node'));
        after = (await patchObject(context, info.mapping, '', info.name, patch, { dryRun })) as typeof after;
      }
      context.out((await operationPrinter(context, operation, 'none'))(after));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}

export const command: Command = {
  name: 'taint',
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Change the taints of nodes',
  examples: ['kubectl taint node worker-1 gpu=yes:NoSchedule', 'kubectl taint node worker-1 gpu-'],
  flags: [
    ...printFlags(),
    dryRunFlag(),
    validateFlag(),
    fieldManagerFlag('kubectl-taint'),
    selectorFlag(),
    flag('all', 'bool', 'false', 'All nodes'),
    flag('overwrite', 'bool', 'false', 'Change taints that are there already'),
  ],
  run,
};
