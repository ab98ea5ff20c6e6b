import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { nodesOf, setUnschedulable } from '../cordon.ts';
import { type DryRun, dryRunFlag, dryRunOf } from '../dry-run.ts';
import {
  AggregateKubectlError,
  asError,
  ExitError,
  isNotFound,
  isReason,
  KubectlError,
  throwErrors,
} from '../errors.ts';
import { flag, formatDuration } from '../flags.ts';
import { type Info, selectorFlag } from '../resource-builder.ts';

interface PodSpec {
  volumes?: { emptyDir?: unknown }[];
}

interface Verdict {
  readonly pod: ApiObject;
  readonly remove: boolean;
  readonly error?: string;
  readonly warning?: string;
}

const DAEMON_SET_ERROR = 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)';
const LOCAL_ERROR = 'cannot delete Pods with local storage (use --delete-emptydir-data to override)';
const BARE_ERROR = 'cannot delete cannot delete Pods that declare no controller (use --force to override)';

function controller(pod: ApiObject): { kind: string; name: string } | undefined {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** drain's filters, in their order: DaemonSet, mirror Pods, local storage, no controller. */
async function judge(context: Context, pod: ApiObject): Promise<Verdict> {
  const { flags } = context;
  const force = flags.bool('force');
  const phase = (pod.status as { phase?: string } | undefined)?.phase;
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const owner = controller(pod);
  let warning: string | undefined;
  if (owner?.kind === 'DaemonSet' && !finished) {
    const api = await context.api();
    try {
      await api.get(`/apis/apps/v1/namespaces/${pod.metadata.namespace}/daemonsets/${owner.name}`);
      return flags.bool('ignore-daemonsets')
        ? { pod, remove: false, warning: 'ignoring DaemonSet-managed Pods' }
        : { pod, remove: false, error: DAEMON_SET_ERROR };
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (!force) return { pod, remove: false, error: asError(error).message };
      warning = asError(error).message;
    }
  }
  if (pod.metadata.annotations !== undefined && Object.hasOwn(pod.metadata.annotations, 'kubernetes.io/config.mirror'))
    return { pod, remove: false };
  if (!finished && (pod.spec as PodSpec).volumes?.some((volume) => volume.emptyDir !== undefined) === true) {
    if (!flags.bool('delete-emptydir-data')) return { pod, remove: false, error: LOCAL_ERROR };
  }
  if (!finished && owner === undefined) {
    if (!force) return { pod, remove: false, error: BARE_ERROR };
    warning = 'deleting Pods that declare no controller';
  }
  return { pod, remove: true, warning };
}

function group(verdicts: readonly Verdict[], key: 'error' | 'warning'): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const verdict of verdicts) {
    const text = verdict[key];
    if (text === undefined) continue;
    const { namespace, name } = verdict.pod.metadata;
    groups.set(text, [...(groups.get(text) ?? []), `${namespace}/${name}`]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

class Drain {
  readonly #context: Context;
  readonly #dryRun: DryRun;
  readonly #deadline: number;

  constructor(context: Context, dryRun: DryRun) {
    this.#context = context;
    this.#dryRun = dryRun;
    const timeout = context.flags.duration('timeout');
    this.#deadline = timeout === 0 ? Number.POSITIVE_INFINITY : context.env.now() + timeout;
  }

  /** Evicts or deletes one Pod and waits until it is gone. */
  async remove(pod: ApiObject): Promise<void> {
    const { env, flags } = this.#context;
    const { name = '', namespace = '', uid } = pod.metadata;
    const api = await this.#context.api();
    const disable = flags.bool('disable-eviction');
    const grace = flags.number('grace-period');
    const options: Record<string, unknown> = {
      ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
      ...(this.#dryRun === 'server' ? { dryRun: ['All'] } : {}),
    };
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const suffix = this.#dryRun === 'server' ? ' (server dry run)' : '';
    const globalTimeout = () =>
      new KubectlError(
        `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${formatDuration(flags.duration('timeout'))}`,
      );
    for (;;) {
      this.#context.out(
        disable ? `deleting pod ${namespace}/${name}${suffix}\n` : `evicting pod ${namespace}/${name}${suffix}\n`,
      );
      try {
        if (disable)
          await api.request('DELETE', path, { body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options } });
        else
          await api.request('POST', `${path}/eviction`, {
            body: {
              kind: 'Eviction',
              apiVersion: 'policy/v1',
              metadata: { name, namespace, creationTimestamp: null },
              deleteOptions: options,
            },
          });
        break;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isReason(error, 'TooManyRequests'))
          throw new KubectlError(
            `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${asError(error).message}`,
          );
        this.#context.err(
          `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${asError(error).message}\n`,
        );
        const left = this.#deadline - env.now();
        await env.sleep(left < 5000 ? Math.max(left, 0) : 5000, env.signal);
        if (env.signal?.aborted === true) throw new ExitError(130);
        if (env.now() >= this.#deadline) throw globalTimeout();
      }
    }
    if (this.#dryRun === 'server') return;
    for (;;) {
      try {
        const live = await api.get(path);
        if (live.metadata.uid !== uid) break;
      } catch (error) {
        if (!isNotFound(error)) throw error;
        break;
      }
      if (env.now() >= this.#deadline) throw globalTimeout();
      await env.sleep(1000, env.signal);
      if (env.signal?.aborted === true) throw new ExitError(130);
    }
    this.#context.out(`pod/${name} ${disable ? 'deleted' : 'evicted'}\n`);
  }

  /** Drains one node; throws what stands in the way. */
  async node(info: Info): Promise<void> {
    const api = await this.#context.api();
    const list = await api.get('/api/v1/pods', {
      query: {
        fieldSelector: `spec.nodeName=${info.name}`,
        labelSelector: this.#context.flags.string('pod-selector'),
        limit: this.#context.flags.number('chunk-size') || undefined,
      },
    });
    const verdicts: Verdict[] = [];
    for (const pod of (list.items ?? []) as ApiObject[]) verdicts.push(await judge(this.#context, pod));
    const errors = group(verdicts, 'error');
    if (errors.length > 0)
      throw aggregate(errors.map(([text, pods]) => new KubectlError(`${text}: ${pods.join(', ')}`)));
    const warnings = group(verdicts, 'warning');
    if (warnings.length > 0)
      this.#context.err(`Warning: ${warnings.map(([text, pods]) => `${text}: ${pods.join(', ')}`).join('; ')}\n`);
    const pods = verdicts.filter(({ remove }) => remove).map(({ pod }) => pod);
    if (this.#dryRun === 'client') {
      for (const pod of pods)
        this.#context.out(`evicting pod ${pod.metadata.namespace}/${pod.metadata.name} (dry run)\n`);
      return;
    }
    const results = await Promise.allSettled(pods.map((pod) => this.remove(pod)));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [asError(result.reason)] : []));
    if (failures.length === 0) return;
    const exit = failures.find((failure) => failure instanceof ExitError);
    if (exit !== undefined) throw exit;
    const error = aggregate(failures);
    const pending = pods.filter((_, index) => results[index]!.status === 'rejected');
    this.#context.err(
      `There are pending pods in node ${JSON.stringify(info.name)} when an error occurred: ${error.message}\n`,
    );
    for (const pod of pending) this.#context.err(`pod/${pod.metadata.name}\n`);
    throw error;
  }
}

function aggregate(errors: readonly Error[]): Error {
  return errors.length === 1 ? errors[0]! : new AggregateKubectlError(errors);
}

async function run(context: Context): Promise<undefined> {
  const dryRun = dryRunOf(context);
  const { infos, errors } = await nodesOf(context, 'drain');
  throwErrors(errors);
  await setUnschedulable(context, infos, true, dryRun);
  const drain = new Drain(context, dryRun);
  const suffix = dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
  const fatal: Error[] = [];
  const pending: string[] = [];
  for (const info of infos) {
    try {
      await drain.node(info);
      context.out(`node/${info.name} drained${suffix}\n`);
    } catch (error) {
      if (error instanceof ExitError) throw error;
      fatal.push(asError(error));
      pending.push(info.name);
      context.err(
        `error: unable to drain node ${JSON.stringify(info.name)} due to error: ${asError(error).message}, continuing command...\n`,
      );
    }
  }
  if (pending.length > 0) {
    context.err('There are pending nodes to be drained:\n');
    for (const name of pending) context.err(` ${name}\n`);
  }
  const flat = fatal.flatMap((error) => (error instanceof AggregateKubectlError ? [...error.errors] : [error]));
  if (flat.length > 0) throw new ExitError(1, flat.map(({ message }) => message).join('\n'));
  return undefined;
}

export const command: Command = {
  name: 'drain',
  use: 'drain NODE',
  short: 'Move the Pods off a node',
  long: 'Mark a node as unschedulable, then evict its Pods. Pods of DaemonSets stay; Pods that nothing would start again need --force.',
  examples: ['kubectl drain worker-1 --ignore-daemonsets'],
  flags: [
    dryRunFlag(),
    selectorFlag(),
    flag('chunk-size', 'int64', '500', 'How many objects to ask for at once'),
    flag('delete-emptydir-data', 'bool', 'false', 'Go on although Pods lose what they keep in emptyDir'),
    flag('disable-eviction', 'bool', 'false', 'Delete instead of evicting: disruption budgets do not count'),
    flag('force', 'bool', 'false', 'Also Pods that no controller would start again'),
    flag('grace-period', 'int', '-1', 'Seconds for each Pod to end in; -1 leaves it to the Pod'),
    flag('ignore-daemonsets', 'bool', 'false', 'Leave Pods of DaemonSets alone'),
    flag('pod-selector', 'string', '', 'Only Pods with these labels'),
    flag(
      'skip-wait-for-delete-timeout',
      'int',
      '0',
      'Do not wait for Pods that have been ending for longer than this many seconds',
    ),
    flag('timeout', 'duration', '0s', 'When to give up; 0 is never'),
  ],
  run,
};
