import { bytesOfString } from '../../api/byte-string.ts';
import { encodeUtf8 } from '../../api/utf8.ts';
import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { asError, isNotFound, KubectlError, quote, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { containersOf, defaultContainer, podRunningTimeout, podsBehind, warnOfDefault } from '../pod-of.ts';
import { parseTime } from '../printers/human.ts';
import { queryResources, selectorFlag } from '../resource-builder.ts';

const USAGE =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

interface Source {
  readonly pod: ApiObject;
  readonly container: string;
}

/** What RFC 3339 consists of, by the names of Go's layout. */
const TIME_PARTS: readonly (readonly [string, RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d([.,]\d+)?/],
  ['Z07:00', /^(Z|[-+]\d\d:\d\d)/],
];

/** Throws what Go's time.Parse says of a time that is none. */
function checkTime(text: string): void {
  if (parseTime(text) !== undefined) return;
  const failed = (why: string) => new KubectlError(`parsing time ${JSON.stringify(text)}${why}`);
  let rest = text;
  for (const [name, part] of TIME_PARTS) {
    const found = part.exec(rest);
    if (found === null)
      throw failed(` as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(rest)} as "${name}"`);
    rest = rest.slice(found[0].length);
  }
  throw failed(rest === '' ? ': day out of range' : `: extra text: ${JSON.stringify(rest)}`);
}

function sourcesOf(context: Context, pod: ApiObject, container: string, all: boolean): Source[] {
  if (all) {
    const order = containersOf(pod);
    return [
      ...order.filter(({ kind }) => kind === 'init'),
      ...order.filter(({ kind }) => kind === 'container'),
      ...order.filter(({ kind }) => kind === 'ephemeral'),
    ].map(({ name }) => ({
      pod,
      container: name,
    }));
  }
  if (container === '') {
    warnOfDefault(context, pod);
    return [{ pod, container: defaultContainer(context, pod, context.flags.bool('all-pods')) }];
  }
  if (!containersOf(pod).some(({ name }) => name === container))
    throw new KubectlError(`container ${container} is not valid for pod ${pod.metadata.name}`);
  return [{ pod, container }];
}

/** `[pod/web/nginx] ` before each line where --prefix asks for it. */
class LineWriter {
  readonly #context: Context;
  readonly #prefix: Uint8Array;
  #start = true;

  constructor(context: Context, prefix: string) {
    this.#context = context;
    this.#prefix = encodeUtf8(prefix);
  }

  write(bytes: Uint8Array): void {
    if (this.#prefix.length === 0) {
      this.#context.env.stdout.write(bytes);
      return;
    }
    let from = 0;
    for (let i = 0; i <= bytes.length; i++) {
      if (i < bytes.length && bytes[i] !== 10) continue;
      const end = Math.min(i + 1, bytes.length);
      if (end > from) {
        if (this.#start) this.#context.env.stdout.write(this.#prefix);
        this.#context.env.stdout.write(bytes.slice(from, end));
        this.#start = bytes[end - 1] === 10;
      }
      from = end;
    }
  }
}

async function stream(context: Context, source: Source, query: Record<string, string | undefined>): Promise<void> {
  const { flags } = context;
  const prefix =
    flags.bool('prefix') || flags.bool('all-pods') ? `[pod/${source.pod.metadata.name}/${source.container}] ` : '';
  try {
    await streamLog(context, source, query, prefix);
  } catch (error) {
    if (!flags.bool('ignore-errors')) throw error;
    context.out(`error: ${asError(error).message}\n`);
  }
}

/** Prints the log of one container until the server ends it. */
export async function streamLog(
  context: Context,
  source: { readonly pod: ApiObject; readonly container: string },
  query: Record<string, string | undefined>,
  prefix = '',
): Promise<void> {
  const { name, namespace } = source.pod.metadata;
  const writer = new LineWriter(context, prefix);
  const api = await context.api();
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
  const options = { accept: '*/*', query: { ...query, container: source.container } };
  const { opened, ended } = api.open('GET', path, options, (chunk) => {
    if (chunk.kind === 'data') writer.write(bytesOfString(chunk.data));
  });
  await opened;
  await ended;
}

function logQuery(context: Context, several: boolean): Record<string, string | undefined> {
  const { flags } = context;
  const tail = flags.number('tail');
  const query: Record<string, string | undefined> = {
    follow: flags.bool('follow') ? 'true' : undefined,
    previous: flags.bool('previous') ? 'true' : undefined,
    timestamps: flags.bool('timestamps') ? 'true' : undefined,
    insecureSkipTLSVerifyBackend: flags.bool('insecure-skip-tls-verify-backend') ? 'true' : undefined,
    limitBytes: flags.number('limit-bytes') > 0 ? flags.string('limit-bytes') : undefined,
    sinceTime: flags.string('since-time') || undefined,
    sinceSeconds: flags.duration('since') > 0 ? String(Math.round(flags.duration('since') / 1000)) : undefined,
    tailLines: tail >= 0 ? String(tail) : undefined,
  };
  if (several && !flags.changed('tail')) query.tailLines = '10';
  return query;
}

function check(context: Context): void {
  const { flags, args } = context;
  const selector = flags.string('selector');
  if (args.length === 0 && selector === '') throw usageError(context.path, USAGE);
  if (args.length > 2) throw usageError(context.path, USAGE);
  if (args.length > 0 && selector !== '')
    throw usageError(context.path, 'only a selector (-l) or a POD name is allowed');
  if (flags.string('since-time') !== '') checkTime(flags.string('since-time'));
}

/** What is looked at once the Pods are known (LogsOptions.Validate). */
function validate({ flags, args }: Context): void {
  if (flags.string('since-time') !== '' && flags.duration('since') !== 0)
    throw new KubectlError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  const container = args[1] ?? flags.string('container');
  if (flags.bool('all-containers') && container !== '')
    throw new KubectlError(`--all-containers=true should not be specified with container name ${container}`);
  if (args.length === 2 && flags.changed('container'))
    throw new KubectlError('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags.number('limit-bytes') < 0) throw new KubectlError('--limit-bytes must be greater than 0');
  if (flags.duration('since') < 0) throw new KubectlError('--since must be greater than 0');
  if (flags.number('tail') < -1) throw new KubectlError('--tail must be greater than or equal to -1');
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  check(context);
  const { namespace } = await context.config();
  const selector = flags.string('selector');
  const word = args[0] ?? '';
  const { infos, errors } = await queryResources(context, {
    ...(selector !== ''
      ? { args: ['pods'], selector }
      : word.includes('/')
        ? { args: [word] }
        : { resourceNames: { resource: 'pods', names: [word] } }),
    namespace,
  });
  const [failure] = errors;
  if (failure !== undefined)
    throw isNotFound(failure)
      ? new KubectlError(`error from server (NotFound): ${failure.message} in namespace ${quote(namespace)}`)
      : asError(failure);
  validate(context);
  if (infos.length === 0) {
    context.err(`No resources found in ${namespace} namespace.\n`);
    return undefined;
  }
  const container = args[1] ?? flags.string('container');
  const all = flags.bool('all-containers');
  const sources: Source[] = [];
  for (const info of infos) {
    const pods = await podsBehind(context, info.object, podRunningTimeout(context), 'get the logs from');
    if (pods.length > 1 && !flags.bool('all-pods'))
      context.err(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`);
    for (const pod of flags.bool('all-pods') ? pods : pods.slice(0, 1))
      sources.push(...sourcesOf(context, pod, container, all));
  }
  const query = logQuery(context, selector !== '');
  const limit = flags.number('max-log-requests');
  if (query.follow === 'true' && sources.length > 1) {
    if (sources.length > limit)
      throw new KubectlError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
      );
    await Promise.all(sources.map((source) => stream(context, source, query)));
    return undefined;
  }
  for (const source of sources) await stream(context, source, query);
  return undefined;
}

export const command: Command = {
  name: 'logs',
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: "Print a container's output",
  examples: ['kubectl logs web-0', 'kubectl logs deploy/web -f', 'kubectl logs web-0 -c sidecar --tail=20'],
  flags: [
    selectorFlag(),
    flag('all-containers', 'bool', 'false', 'Of all containers of the Pod'),
    flag('all-pods', 'bool', 'false', 'Of all Pods of the workload'),
    flag('c,container', 'string', '', 'Of this container'),
    flag('f,follow', 'bool', 'false', 'Go on as more is written'),
    flag('ignore-errors', 'bool', 'false', 'Go on when one of several fails'),
    flag('insecure-skip-tls-verify-backend', 'bool', 'false', "Do not check the kubelet's certificate"),
    flag('limit-bytes', 'int64', '0', 'At most this many bytes'),
    flag('max-log-requests', 'int', '5', 'How many to follow at once'),
    flag('pod-running-timeout', 'duration', '20s', 'How long to wait for a Pod'),
    flag('prefix', 'bool', 'false', 'Begin each line with Pod and container'),
    flag('p,previous', 'bool', 'false', 'Of the container before the last restart'),
    flag('since', 'duration', '0s', 'Only what is younger, such as 5m'),
    flag('since-time', 'string', '', 'Only what is younger than this time (RFC 3339)'),
    flag('tail', 'int64', '-1', 'Only the last lines'),
    flag('timestamps', 'bool', 'false', 'Begin each line with its time'),
  ],
  run,
};
