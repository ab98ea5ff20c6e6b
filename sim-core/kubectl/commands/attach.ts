import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { containersOf, defaultContainer, podFor, podRunningTimeoutOrUsage } from '../pod-of.ts';
import { remoteCommand } from '../streams.ts';
import { terminalFor } from './exec.ts';

/** Attaches to a container of a running Pod. */
export async function attachTo(
  context: Context,
  pod: ApiObject,
  options: { container: string; stdin: boolean; tty: boolean; quiet: boolean },
): Promise<void> {
  const phase = (pod.status as { phase?: string } | undefined)?.phase;
  if (phase === 'Succeeded' || phase === 'Failed')
    throw new KubectlError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  const name = options.container === '' ? defaultContainer(context, pod, options.quiet) : options.container;
  const spec = [...containerSpecs(pod)].find((item) => item.name === name);
  if (spec === undefined || !containersOf(pod).some((item) => item.name === name))
    throw new KubectlError(`cannot attach to the container: container ${name} not found in pod ${pod.metadata.name}`);
  let tty = options.tty;
  if (tty && spec.tty !== true) {
    tty = false;
    if (!options.quiet) context.err(`error: Unable to use a TTY - container ${name} did not allocate one\n`);
  } else if (spec.tty === true) tty = true;
  tty = terminalFor(context, options.stdin, tty, options.quiet);
  if (!options.quiet) context.err("If you don't see a command prompt, try pressing enter.\n");
  await remoteCommand(
    context,
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/attach`,
    {
      container: name,
      stdin: options.stdin ? 'true' : undefined,
      stdout: 'true',
      stderr: tty ? undefined : 'true',
      tty: tty ? 'true' : undefined,
    },
    { stdin: options.stdin, tty, stderr: !tty },
  );
}

function containerSpecs(pod: ApiObject): { name: string; tty?: boolean }[] {
  const spec = (pod.spec ?? {}) as Record<string, { name: string; tty?: boolean }[] | undefined>;
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length === 0) throw new KubectlError('at least 1 argument is required for attach');
  if (args.length > 2)
    throw new KubectlError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
    );
  const timeout = podRunningTimeoutOrUsage(context);
  const pod = await podFor(context, args.length === 2 ? `${args[0]}/${args[1]}` : args[0]!, timeout);
  await attachTo(context, pod, {
    container: flags.string('container'),
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
  });
  return undefined;
}

export const command: Command = {
  name: 'attach',
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  flags: [
    flag('c,container', 'string', '', 'To this container'),
    flag('pod-running-timeout', 'duration', '1m0s', 'How long to wait for a Pod'),
    flag('q,quiet', 'bool', 'false', 'Print only what the container prints'),
    flag('i,stdin', 'bool', 'false', 'Give it the input'),
    flag('t,tty', 'bool', 'false', 'The input is a terminal'),
  ],
  run,
};
