import type { Command, Context } from '../command.ts';
import { KubectlError, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { defaultContainer, podFor, podRunningTimeoutOrUsage, refuseCompleted } from '../pod-of.ts';
import { queryResources } from '../resource-builder.ts';
import { remoteCommand } from '../streams.ts';

/** Whether a terminal can be given; says so where it cannot (StreamOptions.SetupTTY). */
export function terminalFor(context: Context, stdin: boolean, tty: boolean, quiet: boolean): boolean {
  if (!stdin || !tty) return stdin && tty;
  if (context.env.stdin.isTerminal) return true;
  if (!quiet) context.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  return false;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args, argsBeforeDash } = context;
  const files = flags.list('filename');
  if ((args.length === 0 || argsBeforeDash === 0) && files.length === 0)
    throw new KubectlError('pod, type/name or --filename must be specified');
  if (argsBeforeDash < 0 && (args.length > 1 || (args.length > 0 && files.length > 0)))
    throw usageError(
      context.path,
      'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
    );
  const timeout = podRunningTimeoutOrUsage(context);
  // What stands between the name and the dash is not looked at.
  const words = argsBeforeDash < 0 ? [] : args.slice(argsBeforeDash);
  if (words.length === 0) throw new KubectlError('you must specify at least one command for the container');
  let word = args[0] ?? '';
  if (files.length > 0) {
    const { namespace } = await context.config();
    const { infos } = await queryResources(context, {
      files: { filenames: files, kustomize: '', recursive: false },
      namespace,
      noFetch: true,
    });
    const [info] = infos;
    if (info === undefined) throw new KubectlError('no objects passed to exec');
    if (infos.length > 1) throw new KubectlError('cannot exec into multiple objects at a time');
    word = `${info.mapping.resource}/${info.name}`;
  }
  const pod = await podFor(context, word, timeout);
  refuseCompleted(pod);
  const quiet = flags.bool('quiet');
  let container = flags.string('container');
  if (container === '') container = defaultContainer(context, pod, quiet);
  const stdin = flags.bool('stdin');
  const tty = terminalFor(context, stdin, flags.bool('tty'), quiet);
  await remoteCommand(
    context,
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/exec`,
    {
      command: words,
      container,
      stdin: stdin ? 'true' : undefined,
      stdout: 'true',
      stderr: tty ? undefined : 'true',
      tty: tty ? 'true' : undefined,
    },
    { stdin, tty, stderr: !tty },
  );
  return undefined;
}

export const command: Command = {
  name: 'exec',
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Run a command in a container',
  examples: ['kubectl exec web-0 -- ls /', 'kubectl exec -it deploy/web -- sh'],
  flags: [
    flag('c,container', 'string', '', 'In this container'),
    flag('f,filename', 'stringSlice', '[]', 'File that names the Pod'),
    flag('pod-running-timeout', 'duration', '1m0s', 'How long to wait for a Pod'),
    flag('q,quiet', 'bool', 'false', 'Print only what the command prints'),
    flag('i,stdin', 'bool', 'false', 'Give it the input'),
    flag('t,tty', 'bool', 'false', 'Give it a terminal'),
  ],
  run,
};
