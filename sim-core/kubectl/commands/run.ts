import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from '../dry-run.ts';
import { ExitError, isNotFound, KubectlError, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { createObject, saveConfig, typedResource } from '../mutate.ts';
import { applyOverrides } from '../overrides.ts';
import { type ObjectPrinter, operationPrinter, printFlags } from '../printers/print-flags.ts';
import { meta } from './create/generator.ts';
import { deleteOptionFlags } from './delete.ts';

const IMAGE =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** Whether reference.ReferenceRegexp takes it. */
export function isImageName(image: string): boolean {
  return IMAGE.test(image);
}

/** `a=b,c=d` */
function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const parts = pair.split('=');
    if (parts.length !== 2 || parts[0] === '') throw new KubectlError(`unexpected label spec: ${pair}`);
    labels[parts[0]!] = parts[1]!;
  }
  return labels;
}

function podOf(context: Context, name: string, namespace: string | undefined): ApiObject {
  const { flags, args } = context;
  const words = args.slice(1);
  const env = flags.list('env').map((pair) => {
    const equals = pair.indexOf('=');
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*=/.test(pair)) throw new KubectlError(`invalid env: ${pair}`);
    return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
  });
  const stdin = flags.bool('stdin');
  const restart = flags.string('restart');
  const port = flags.string('port');
  const annotations: Record<string, string> = {};
  for (const pair of flags.list('annotations')) {
    const equals = pair.indexOf('=');
    if (equals <= 0) throw new KubectlError(`invalid annotation format: ${pair}`);
    annotations[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: meta(name, {
      namespace,
      labels: flags.string('labels') === '' ? { run: name } : parseLabels(flags.string('labels')),
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    }),
    spec: {
      containers: [
        {
          name,
          image: flags.string('image'),
          command: flags.bool('command') && words.length > 0 ? words : undefined,
          args: !flags.bool('command') && words.length > 0 ? words : undefined,
          ports: port === '' ? undefined : [{ containerPort: Number(port) }],
          env: env.length === 0 ? undefined : env,
          resources: {},
          imagePullPolicy: flags.string('image-pull-policy') || undefined,
          securityContext: flags.bool('privileged') ? { privileged: true } : undefined,
          stdin: stdin ? true : undefined,
          stdinOnce: stdin && !flags.bool('leave-stdin-open') ? true : undefined,
          tty: flags.bool('tty') ? true : undefined,
        },
      ],
      restartPolicy: restart,
      dnsPolicy: 'ClusterFirst',
    },
    status: {},
  };
}

function check(context: Context): void {
  const { flags } = context;
  const image = flags.string('image');
  if (image === '') throw new KubectlError('--image is required');
  if (!isImageName(image))
    throw new KubectlError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw usageError(context.path, '-i/--stdin is required for containers with -t/--tty=true');
  if (flags.bool('expose') && flags.string('port') === '')
    throw usageError(context.path, '--port must be set when exposing a service');
  const restart = flags.string('restart');
  if (!['Always', 'OnFailure', 'Never'].includes(restart))
    throw usageError(context.path, `invalid restart policy: ${restart}`);
  const policy = flags.string('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy))
    throw usageError(context.path, `invalid image pull policy: ${policy}`);
  const attach = attachWanted(context);
  if (flags.bool('rm') && !attach) throw usageError(context.path, '--rm should only be used for attached containers');
  if (attach && dryRunOf(context) !== 'none')
    throw usageError(
      context.path,
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  const port = flags.string('port');
  if (port !== '' && !/^\d+$/.test(port))
    throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
}

function attachWanted({ flags }: Context): boolean {
  return flags.changed('attach') ? flags.bool('attach') : flags.bool('tty') || flags.bool('stdin');
}

async function exposeService(
  context: Context,
  pod: ApiObject,
  dryRun: ReturnType<typeof dryRunOf>,
  printer: ObjectPrinter,
): Promise<void> {
  const port = Number(context.flags.string('port'));
  const service: ApiObject = {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: meta(pod.metadata.name ?? '', {
      namespace: pod.metadata.namespace,
      labels: context.flags.string('labels') === '' ? undefined : pod.metadata.labels,
    }),
    spec: { ports: [{ protocol: 'TCP', port, targetPort: port }], selector: pod.metadata.labels },
    status: { loadBalancer: {} },
  };
  const { namespace } = await context.config();
  const made =
    dryRun === 'client'
      ? service
      : await createObject(context, typedResource(service, 'services', true), namespace, service, dryRun);
  context.out(printer(made));
  // The printer parts the Pod from it once more.
  if (context.flags.string('output') === 'yaml') context.out('---\n');
}

/** Waits until the Pod runs (or has ended), as `--attach` does. */
async function waitForStart(context: Context, namespace: string, name: string): Promise<ApiObject> {
  const api = await context.api();
  const until = context.env.now() + context.flags.duration('pod-running-timeout');
  for (;;) {
    const pod = await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
    const status = pod.status as
      | {
          phase?: string;
          conditions?: { type: string; status: string }[];
          containerStatuses?: { state?: { running?: unknown } }[];
        }
      | undefined;
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return pod;
    if (status?.containerStatuses?.some((item) => item.state?.running !== undefined) === true) return pod;
    if (context.env.now() >= until) throw new KubectlError('timed out waiting for the condition');
    await context.env.sleep(200, context.env.signal);
    if (context.env.signal?.aborted === true) throw new ExitError(130);
  }
}

async function finalExitCode(context: Context, namespace: string, name: string): Promise<number> {
  const api = await context.api();
  for (let i = 0; i < 150; i++) {
    let pod: ApiObject;
    try {
      pod = await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`);
    } catch (error) {
      if (isNotFound(error)) return 0;
      throw error;
    }
    const status = pod.status as
      | { phase?: string; containerStatuses?: { state?: { terminated?: { exitCode?: number } } }[] }
      | undefined;
    if (status?.phase === 'Succeeded') return 0;
    if (status?.phase === 'Failed') return status.containerStatuses?.[0]?.state?.terminated?.exitCode ?? 1;
    await context.env.sleep(200, context.env.signal);
  }
  return 0;
}

async function attached(context: Context, namespace: string, name: string): Promise<number> {
  const { flags } = context;
  const { attachTo } = await import('./attach.ts');
  const pod = await waitForStart(context, namespace, name);
  const phase = (pod.status as { phase?: string }).phase;
  if (phase === 'Succeeded' || phase === 'Failed') {
    const { streamLog } = await import('./logs.ts');
    await streamLog(context, { pod, container: name }, {});
  } else
    await attachTo(context, pod, {
      container: name,
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    });
  if (flags.string('restart') === 'Always') {
    if (!flags.bool('quiet') && !flags.bool('rm'))
      context.err(
        `Session ended, resume using '${context.path.split(' ')[0]} attach ${name} -c ${name}${flags.bool('stdin') ? ' -i' : ''}${flags.bool('tty') ? ' -t' : ''}' command when the pod is running\n`,
      );
    return 0;
  }
  return finalExitCode(context, namespace, name);
}

async function run(context: Context): Promise<number> {
  const { flags, args, argsBeforeDash } = context;
  if (args.length === 0 || argsBeforeDash === 0) throw usageError(context.path, 'NAME is required for run');
  check(context);
  const dryRun = dryRunOf(context);
  const attach = attachWanted(context);
  const printer = await operationPrinter(context, 'created', dryRun, { ordered: true });
  const { namespace, namespaceExplicit } = await context.config();
  const name = args[0]!;
  let pod = podOf(context, name, namespaceExplicit ? namespace : undefined);
  pod = applyOverrides(pod, flags.string('overrides'), flags.string('override-type'));
  if (dryRun !== 'client') pod = saveConfig(context, pod);
  const asked = pod;
  if (dryRun !== 'client') pod = await createObject(context, typedResource(pod, 'pods', true), namespace, pod, dryRun);
  if (flags.bool('expose')) await exposeService(context, asked, dryRun, printer);
  if (!attach) {
    context.out(printer(pod));
    return 0;
  }
  let code = 0;
  try {
    code = await attached(context, pod.metadata.namespace ?? namespace, pod.metadata.name ?? name);
  } finally {
    if (flags.bool('rm')) {
      const api = await context.api();
      await api.request(
        'DELETE',
        `/api/v1/namespaces/${pod.metadata.namespace ?? namespace}/pods/${pod.metadata.name}`,
        {
          body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
        },
      );
      if (!flags.bool('quiet')) context.out(`pod "${pod.metadata.name}" deleted\n`);
    }
  }
  if (code !== 0) {
    const where = `${pod.metadata.namespace ?? namespace}/${pod.metadata.name}`;
    throw new ExitError(code, `pod ${where} terminated (Error)`);
  }
  return code;
}

export const command: Command = {
  name: 'run',
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run an image in a Pod',
  examples: ['kubectl run web --image=nginx', 'kubectl run -it --rm shell --image=busybox --restart=Never -- sh'],
  flags: [
    ...printFlags(),
    ...deleteOptionFlags(),
    dryRunFlag(),
    fieldManagerFlag('kubectl-run'),
    flag('annotations', 'stringArray', '[]', 'Annotation of the Pod: key=value'),
    flag('attach', 'bool', 'false', 'Attach to the container once it runs'),
    flag('command', 'bool', 'false', 'What follows -- is the command instead of its arguments'),
    flag('env', 'stringArray', '[]', 'Environment variable: key=value'),
    flag('expose', 'bool', 'false', 'Make a Service for the port as well'),
    flag('f,filename', 'stringSlice', '[]', 'To use with the objects that are made', { hidden: true }),
    flag('k,kustomize', 'string', '', 'A folder with a kustomization.yaml', { hidden: true }),
    flag('R,recursive', 'bool', 'false', 'Read the folders inside the folder of -f as well', { hidden: true }),
    flag('image', 'string', '', 'The image to run', { required: true }),
    flag('image-pull-policy', 'string', '', 'When to pull: Always, IfNotPresent or Never'),
    flag('l,labels', 'string', '', 'Labels of the Pod: a=b,c=d'),
    flag('leave-stdin-open', 'bool', 'false', 'Keep the input open after the first who attached has left'),
    flag('override-type', 'string', 'merge', 'How --overrides is laid over: merge, strategic or json'),
    flag('overrides', 'string', '', 'JSON that is laid over the Pod'),
    flag('pod-running-timeout', 'duration', '1m0s', 'How long to wait for the Pod to run'),
    flag('port', 'string', '', 'Port of the container'),
    flag('privileged', 'bool', 'false', 'Run it privileged'),
    flag('q,quiet', 'bool', 'false', 'Print only what the container prints'),
    flag('restart', 'string', 'Always', 'Restart policy: Always, OnFailure or Never'),
    flag('rm', 'bool', 'false', 'Delete the Pod when the session ends'),
    flag('save-config', 'bool', 'false', 'Keep the configuration in an annotation, for a later apply'),
    flag('i,stdin', 'bool', 'false', 'Give it the input'),
    flag('t,tty', 'bool', 'false', 'Give it a terminal'),
  ],
  run,
};
