import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { asError, ExitError, isNotFound, KubectlError, StatusError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { JsonPath, printValue, relaxedPath } from '../printers/jsonpath.ts';
import { type ObjectPrinter, operationPrinter, printFlags } from '../printers/print-flags.ts';
import { filenameFlags, filenameOptions, type Info, queryResources, selectorFlag } from '../resource-builder.ts';
import { deadline, timedOut } from '../wait-deletion.ts';

type Goal =
  | { kind: 'delete' | 'create' }
  | { kind: 'condition'; name: string; value: string }
  | { kind: 'jsonpath'; path: JsonPath; value: string | undefined };

function jsonPathGoal(text: string): Goal {
  const match = /^(\{.*\}|[^=]*?)(?:=(.*))?$/s.exec(text);
  let [expression = '', value] = [match?.[1] ?? '', match?.[2]];
  expression = unquote(expression);
  if (value !== undefined) {
    value = unquote(value);
    if (value === '') throw new KubectlError('jsonpath wait has to have a value after equal sign');
  }
  if (expression === '') throw new KubectlError('jsonpath expression cannot be empty');
  const relaxed = relaxedPath(expression);
  try {
    return { kind: 'jsonpath', path: new JsonPath(relaxed, { allowMissing: true }), value };
  } catch (error) {
    throw new KubectlError(`error parsing jsonpath ${expression}, ${asError(error).message}`);
  }
}

function unquote(text: string): string {
  const trimmed = text.trim();
  return trimmed.length >= 2 && /^(['"]).*\1$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

function parseGoal(text: string): Goal {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { kind: 'delete' };
  if (lower === 'create') return { kind: 'create' };
  if (text.startsWith('condition=')) {
    const rest = text.slice('condition='.length);
    const equals = rest.indexOf('=');
    return equals < 0
      ? { kind: 'condition', name: rest, value: 'true' }
      : { kind: 'condition', name: rest.slice(0, equals), value: unquote(rest.slice(equals + 1)) };
  }
  if (text.startsWith('jsonpath=')) return jsonPathGoal(text.slice('jsonpath='.length));
  throw new KubectlError(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** Whether an object is as the goal says. */
function reached(goal: Goal, object: ApiObject): boolean {
  if (goal.kind === 'condition') {
    const status = object.status as
      | { observedGeneration?: number; conditions?: { type?: string; status?: string; observedGeneration?: number }[] }
      | undefined;
    for (const condition of status?.conditions ?? []) {
      if ((condition.type ?? '').toLowerCase() !== goal.name.toLowerCase()) continue;
      const generation = condition.observedGeneration ?? status?.observedGeneration;
      if (generation !== undefined && generation < (object.metadata.generation ?? 0)) return false;
      return (condition.status ?? '').toLowerCase() === goal.value.toLowerCase();
    }
    return false;
  }
  if (goal.kind !== 'jsonpath') return false;
  const [values] = goal.path.results(object);
  if (values === undefined || values.length === 0) return false;
  if (values.length > 1) throw new KubectlError('given jsonpath expression matches more than one value');
  const [value] = values;
  if (goal.value === undefined) return value !== null && value !== undefined;
  if (typeof value === 'object' && value !== null)
    throw new KubectlError(`jsonpath leads to a nested object or list which is not supported`);
  return printValue(value).trim() === goal.value.trim();
}

async function waitForGoal(context: Context, info: Info, goal: Goal, until: AbortSignal): Promise<ApiObject> {
  const api = await context.api();
  const path = resourcePath(info.mapping, info.namespace, undefined);
  const fieldSelector = `metadata.name=${info.name}`;
  for (;;) {
    const list = await api.get(path, { query: { fieldSelector } });
    const [object] = (list.items ?? []) as ApiObject[];
    const full =
      object === undefined ? undefined : { ...object, kind: info.mapping.kind, apiVersion: info.object.apiVersion };
    if (goal.kind === 'delete') {
      if (
        full === undefined ||
        (info.object.metadata.uid !== undefined && full.metadata.uid !== info.object.metadata.uid)
      )
        return info.object;
    } else if (full === undefined) {
      throw new StatusError({
        status: 'Failure',
        reason: 'NotFound',
        code: 404,
        message: `${info.mapping.resource}${info.mapping.group === '' ? '' : `.${info.mapping.group}`} ${JSON.stringify(info.name)} not found`,
      });
    } else if (reached(goal, full)) return full;
    if (until.aborted) throw timedOut(info);
    let result: ApiObject | undefined;
    let failure: unknown;
    await api.watch(
      path,
      { query: { fieldSelector, watch: 'true', resourceVersion: list.metadata?.resourceVersion } },
      (event) => {
        try {
          if (event.type === 'ERROR') throw new StatusError(event.object as StatusError['status']);
          const item = event.object as ApiObject;
          if (event.type === 'DELETED') {
            if (goal.kind !== 'delete') return undefined;
            result = info.object;
            return true;
          }
          if (event.type !== 'BOOKMARK' && reached(goal, item)) {
            result = item;
            return true;
          }
        } catch (error) {
          failure = error;
          return true;
        }
        return undefined;
      },
      until,
    );
    if (failure !== undefined) throw failure;
    if (result !== undefined) return result;
    if (context.env.signal?.aborted === true) throw new ExitError(130);
    if (until.aborted) throw timedOut(info);
  }
}

/** Polls until the objects exist (`--for=create`). */
async function waitForCreation(
  context: Context,
  find: () => ReturnType<typeof queryResources>,
  until: AbortSignal,
): Promise<void> {
  for (;;) {
    const { infos, errors } = await find();
    const other = errors.find((error) => !isNotFound(error));
    if (other !== undefined) throw other;
    if (errors.length === 0 && infos.length > 0) return;
    if (until.aborted) throw new KubectlError('timed out waiting for the condition');
    await context.env.sleep(500, context.env.signal);
    if (context.env.signal?.aborted === true) throw new ExitError(130);
  }
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const goal = parseGoal(flags.string('for'));
  const files = filenameOptions({ ...context, flags });
  const { namespace, namespaceExplicit } = await context.config();
  const given = flags.duration('timeout');
  const timeout = given === 0 ? 0 : given < 0 ? 7 * 24 * 3_600_000 : given;
  const limit = deadline(context, timeout);
  const find = (): ReturnType<typeof queryResources> =>
    queryResources(context, {
      args,
      files,
      namespace,
      enforceNamespace: namespaceExplicit,
      allNamespaces: flags.bool('all-namespaces'),
      selector: flags.string('selector'),
      fieldSelector: flags.string('field-selector'),
      all: flags.bool('all'),
      latest: true,
      local: flags.bool('local'),
    });
  try {
    if (goal.kind === 'create') await waitForCreation(context, find, limit.signal);
    const { infos, errors } = await find();
    const failures = goal.kind === 'delete' ? errors.filter((error) => !isNotFound(error)) : errors;
    let printer: ObjectPrinter | undefined;
    const print = async (object: ApiObject) => {
      printer ??= await operationPrinter(context, 'condition met', 'none');
      context.out(printer(object));
    };
    const out: Error[] = [...failures];
    let late = false;
    for (const info of infos) {
      try {
        // One limit for all: once it is over, what comes later is not looked at.
        if (late) throw timedOut(info);
        if (goal.kind === 'create') await print(info.object);
        else await print(await waitForGoal(context, info, goal, limit.signal));
      } catch (error) {
        if (error instanceof ExitError) throw error;
        if (timeout === 0 && limit.signal.aborted) {
          out.push(new KubectlError(`condition not met for ${info.mapping.resource}/${info.name}`));
          continue;
        }
        late ||= limit.signal.aborted;
        out.push(asError(error));
      }
    }
    throwErrors(out);
    if (infos.length === 0 && goal.kind !== 'delete') throw new KubectlError('no matching resources found');
    return undefined;
  } finally {
    limit.cancel();
  }
}

export const command: Command = {
  name: 'wait',
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Wait for a condition of objects',
  examples: [
    'kubectl wait --for=condition=Ready pod/web',
    "kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web",
    'kubectl wait --for=delete pod/web',
  ],
  flags: [
    ...filenameFlags('the objects').filter(({ name }) => name !== 'kustomize'),
    ...printFlags(),
    selectorFlag(),
    flag('all', 'bool', 'false', 'All objects of the kind in the namespace'),
    flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
    flag('field-selector', 'string', '', 'Only objects whose fields match'),
    flag('for', 'string', '', "What to wait for: create, delete, condition=NAME[=VALUE], jsonpath='{PATH}'[=VALUE]"),
    flag('local', 'bool', 'false', 'Ask no server'),
    flag('timeout', 'duration', '30s', 'When to give up; 0 looks once, less than 0 waits a week'),
  ],
  run,
};
