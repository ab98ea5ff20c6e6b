import { createTwoWayPatch } from '../api/patch/strategic-diff.ts';
import type { ApiObject } from './api.ts';
import { patchView } from './apply/patch-view.ts';
import { asTyped } from './as-typed.ts';
import type { Context } from './command.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from './dry-run.ts';
import { asError, KubectlError, throwErrors } from './errors.ts';
import { type FlagSpec, flag } from './flags.ts';
import { patchObject } from './mutate.ts';
import { operationPrinter, printFlags } from './printers/print-flags.ts';
import { recordedAnnotations } from './record.ts';
import { filenameFlags, filenameOptions, type Info, queryResources, selectorFlag } from './resource-builder.ts';

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: Record<string, Record<string, unknown>>;
}

export interface ContainerLike {
  name: string;
  image?: string;
  env?: EnvVar[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  [key: string]: unknown;
}

export interface PodSpecLike {
  containers?: ContainerLike[];
  initContainers?: ContainerLike[];
  serviceAccountName?: string;
  [key: string]: unknown;
}

/** The Pod spec inside an object, for the kinds that have one (polymorphichelpers.UpdatePodSpecForObject). */
export function podSpecOf(object: ApiObject): PodSpecLike | undefined {
  const spec = object.spec as Record<string, unknown> | undefined;
  const inner = (value: unknown, ...path: string[]): PodSpecLike | undefined => {
    let current = value;
    for (const key of path)
      current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined;
    return current as PodSpecLike | undefined;
  };
  switch (object.kind) {
    case 'Pod':
      return spec as PodSpecLike;
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
    case 'ReplicationController':
      return inner(spec, 'template', 'spec');
    case 'CronJob':
      return inner(spec, 'jobTemplate', 'spec', 'template', 'spec');
    default:
      return undefined;
  }
}

export function notPodTemplate({ mapping, name }: Info): KubectlError {
  return new KubectlError(
    `${mapping.resource}/${name} the object is not a pod or does not have a pod template: *v1.${mapping.kind}`,
  );
}

/** Flags of `kubectl set` commands. */
export function setFlags(): FlagSpec[] {
  return [
    ...filenameFlags('the objects to change'),
    ...printFlags(),
    selectorFlag(),
    dryRunFlag(),
    fieldManagerFlag('kubectl-set'),
    flag('all', 'bool', 'false', 'All objects of the kind in the namespace'),
    flag('local', 'bool', 'false', 'Only print what would be; ask no server'),
  ];
}

export function mutableCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export interface Change {
  readonly info: Info;
  readonly after: ApiObject;
}

/** Finds the objects of a set command, changes copies of them, and patches what differs. */
export async function updateObjects(
  context: Context,
  resources: readonly string[],
  operation: string,
  change: (object: ApiObject, info: Info) => Promise<boolean> | boolean,
  frame: (error: Error, info: Info) => Error,
  { validate = () => {}, evenUnchanged = false }: { validate?: () => void; evenUnchanged?: boolean } = {},
): Promise<undefined> {
  const { flags } = context;
  const dryRun = dryRunOf(context);
  const local = flags.bool('local');
  const files = filenameOptions(context);
  if (local && dryRun === 'server')
    throw new KubectlError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const printer = await operationPrinter(context, operation, dryRun);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args: resources,
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    selector: flags.has('selector') ? flags.string('selector') : '',
    all: flags.bool('all'),
    latest: !local,
    local,
  });
  throwErrors(errors);
  validate();
  const failures: Error[] = [];
  const changes: Change[] = [];
  for (const info of infos) {
    const after = mutableCopy(info.object);
    try {
      if (await change(after, info)) changes.push({ info, after });
    } catch (error) {
      failures.push(asError(error));
    }
  }
  for (const { info, after } of changes) {
    const patch = createTwoWayPatch(
      info.object as Record<string, unknown>,
      after as Record<string, unknown>,
      patchView(info.mapping.kind),
    );
    if (Object.keys(patch).length === 0 && !evenUnchanged && recordedAnnotations(context) === undefined) continue;
    if (local || dryRun === 'client') {
      context.out(printer(local ? asTyped(after) : after));
      continue;
    }
    try {
      context.out(printer(await patchObject(context, info.mapping, info.namespace, info.name, patch, { dryRun })));
    } catch (error) {
      failures.push(frame(asError(error), info));
    }
  }
  throwErrors(failures);
  return undefined;
}

/** Containers (or init containers) whose names match: `*`, or a pattern with stars. */
export function matchContainers(containers: readonly ContainerLike[], pattern: string): ContainerLike[] {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${escaped.join('.*')}$`);
  return containers.filter(({ name }) => expression.test(name));
}
