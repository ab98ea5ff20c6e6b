import { isValidLabelValue } from '../api/names.ts';
import { createMergePatch } from '../api/patch/merge-patch.ts';
import type { ApiObject } from './api.ts';
import type { Command, Context } from './command.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from './dry-run.ts';
import { asError, KubectlError, throwErrors } from './errors.ts';
import { flag } from './flags.ts';
import { patchObject } from './mutate.ts';
import { compactJson } from './printers/json.ts';
import { operationPrinter, printFlags } from './printers/print-flags.ts';
import { filenameFlags, filenameOptions, hasFiles, queryResources, selectorFlag } from './resource-builder.ts';

interface Changes {
  readonly set: Map<string, string>;
  readonly remove: string[];
}

/** Splits `TYPE NAME a=b c-` into resources and changes (GetResourcesAndPairs). */
export function splitPairs(args: readonly string[], what: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  let found = false;
  for (const arg of args) {
    const pair = (arg.includes('=') && !arg.startsWith('=')) || (arg.endsWith('-') && arg !== '-');
    if (!found && pair) found = true;
    if (!found) resources.push(arg);
    else if (pair) pairs.push(arg);
    else throw new KubectlError(`all resources must be specified before ${what} changes: ${arg}`);
  }
  return { resources, pairs };
}

function parseLabels(pairs: readonly string[]): Changes {
  const set = new Map<string, string>();
  const remove: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals >= 0) {
      const parts = pair.split('=');
      if (parts.length !== 2) throw new KubectlError(`invalid label spec: ${pair}`);
      const errors = isValidLabelValue(parts[1]!);
      if (errors.length > 0)
        throw new KubectlError(`invalid label value: ${JSON.stringify(pair)}: ${errors.join(';')}`);
      set.set(parts[0]!, parts[1]!);
    } else if (pair.endsWith('-')) remove.push(pair.slice(0, -1));
    else throw new KubectlError(`unknown label spec: ${pair}`);
  }
  for (const key of remove)
    if (set.has(key)) throw new KubectlError('can not both modify and remove a label in the same command');
  return { set, remove };
}

function parseAnnotations(pairs: readonly string[]): Changes {
  const set = new Map<string, string>();
  const remove: string[] = [];
  const invalid: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) set.set(pair.slice(0, equals), pair.slice(equals + 1));
    else if (pair.endsWith('-')) remove.push(pair.slice(0, -1));
    else invalid.push(pair);
  }
  if (invalid.length > 0) throw new KubectlError(`invalid annotation format: ${invalid.join(', ')}`);
  for (const key of remove)
    if (set.has(key)) throw new KubectlError('can not both modify and remove an annotation in the same command');
  return { set, remove };
}

function applyChanges(
  what: 'label' | 'annotation',
  object: ApiObject,
  changes: Changes,
  overwrite: boolean,
): { object: ApiObject; notFound: string[] } {
  const field = what === 'label' ? 'labels' : 'annotations';
  const before = (object.metadata[field] ?? {}) as Record<string, string>;
  if (!overwrite) {
    const clashes = [...changes.set].filter(
      ([key, value]) => Object.hasOwn(before, key) && (what === 'annotation' ? true : before[key] !== value),
    );
    if (clashes.length > 0) {
      if (what === 'label')
        throw new KubectlError(
          clashes.map(([key]) => `'${key}' already has a value (${before[key]}), and --overwrite is false`).join('\n'),
        );
      throw new KubectlError(
        clashes
          .map(
            ([key]) =>
              `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${before[key]})`,
          )
          .join('\n'),
      );
    }
  }
  const after = new Map(Object.entries(before));
  const notFound: string[] = [];
  for (const [key, value] of changes.set) after.set(key, value);
  for (const key of changes.remove) if (!after.delete(key)) notFound.push(key);
  const values = Object.fromEntries(after);
  return { object: { ...object, metadata: { ...object.metadata, [field]: values } }, notFound };
}

function labelMessage(before: ApiObject, after: ApiObject, changes: Changes): string {
  const same = compactJson(before.metadata.labels ?? {}) === compactJson(after.metadata.labels ?? {});
  if (same) return 'not labeled';
  return changes.set.size === 0 && changes.remove.length > 0 ? 'unlabeled' : 'labeled';
}

async function run(context: Context, what: 'label' | 'annotation'): Promise<undefined> {
  const { flags } = context;
  const verb = what === 'label' ? 'label' : 'annotation';
  const { resources, pairs } = splitPairs(context.args, verb);
  const files = filenameOptions(context);
  const list = flags.bool('list');
  const local = flags.bool('local');
  const all = flags.bool('all');
  const selector = flags.string('selector');
  if (resources.length < 1 && !hasFiles(files))
    throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  const changes = what === 'label' ? parseLabels(pairs) : parseAnnotations(pairs);
  if (pairs.length < 1 && !list) throw new KubectlError(`at least one ${verb} update is required`);
  if (all && selector !== '') throw new KubectlError('cannot set --all and --selector at the same time');
  if (all && flags.string('field-selector') !== '')
    throw new KubectlError('cannot set --all and --field-selector at the same time');
  const version = flags.string('resource-version');
  if (version !== '' && all) throw new KubectlError('--resource-version may only be used with a single resource');
  const dryRun = dryRunOf(context);
  if (local && dryRun === 'server')
    throw new KubectlError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const sample = what === 'label' ? 'pod' : 'rsrc';
  if (local && !hasFiles(files))
    throw new KubectlError(
      `can only use local files by -f ${sample}.yaml or --filename=${sample}.json when --local=true is set`,
    );
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors, singleItem } = await queryResources(context, {
    args: resources,
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    allNamespaces: flags.bool('all-namespaces'),
    selector,
    fieldSelector: flags.string('field-selector'),
    all,
    latest: true,
    local,
  });
  if (version !== '' && !singleItem && infos.length !== 1)
    throw new KubectlError('--resource-version may only be used with a single resource');
  for (const info of infos) {
    try {
      const before = info.object;
      const values = (what === 'label' ? before.metadata.labels : before.metadata.annotations) ?? {};
      if (list) {
        if (!singleItem) context.out(`Listing ${verb}s for ${info.mapping.kind}.${info.mapping.group}/${info.name}:\n`);
        for (const key of Object.keys(values).sort())
          context.out(`${singleItem ? '' : ' '}${key}=${(values as Record<string, string>)[key]}\n`);
        if (pairs.length === 0) continue;
      }
      const applied = applyChanges(what, before, changes, flags.bool('overwrite'));
      let after = applied.object;
      if (what === 'label')
        for (const key of applied.notFound) context.out(`label ${JSON.stringify(key)} not found.\n`);
      if (version !== '') after = { ...after, metadata: { ...after.metadata, resourceVersion: version } };
      const message = what === 'label' ? labelMessage(before, after, changes) : 'annotated';
      if (!local && dryRun !== 'client') {
        const patch = createMergePatch(before as Record<string, unknown>, after as Record<string, unknown>);
        if (what === 'annotation' || Object.keys(patch).length > 0)
          after = await patchObject(context, info.mapping, info.namespace, info.name, patch, { type: 'merge', dryRun });
      }
      if (list) continue;
      context.out((await operationPrinter(context, message, dryRun))(after));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}

/** `kubectl label` and `kubectl annotate` differ in a few words. */
export function metadataCommand(what: 'label' | 'annotation'): Command {
  const verb = what === 'label' ? 'label' : 'annotate';
  return {
    name: verb,
    use: `${verb} [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N`,
    short: `Change the ${what}s of objects`,
    examples: [`kubectl ${verb} pod web tier=front`, `kubectl ${verb} pod web tier-`],
    flags: [
      ...filenameFlags('the objects'),
      ...printFlags(),
      selectorFlag(),
      dryRunFlag(),
      fieldManagerFlag(`kubectl-${verb}`),
      flag('all', 'bool', 'false', 'All objects of the kind in the namespace'),
      flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
      flag('field-selector', 'string', '', 'Only objects whose fields match'),
      flag('list', 'bool', 'false', `Show the ${what}s`),
      flag('local', 'bool', 'false', 'Only print what would be; ask no server'),
      flag('overwrite', 'bool', 'false', 'Change values that are there already'),
      flag('resource-version', 'string', '', 'Only if the object has this version now'),
    ],
    run: (context) => run(context, what),
  };
}
