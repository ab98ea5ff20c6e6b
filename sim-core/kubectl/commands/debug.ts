import { createTwoWayPatch } from '../../api/patch/strategic-diff.ts';
import type { ApiObject } from '../api.ts';
import { patchView } from '../apply/patch-view.ts';
import type { Command, Context } from '../command.ts';
import { KubectlError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { filenameFlags, filenameOptions, hasFiles, queryResources } from '../resource-builder.ts';
import { attachTo } from './attach.ts';
import { isImageName } from './run.ts';

const PROFILES = ['legacy', 'general', 'baseline', 'netadmin', 'restricted', 'sysadmin', 'auto'];
const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

type Json = Record<string, unknown>;

interface Container extends Json {
  name: string;
}

interface Spec extends Json {
  containers: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
}

function suffix(context: Context): string {
  let text = '';
  for (let i = 0; i < 5; i++) text += SUFFIX[Math.floor((context.env.random?.() ?? 0.5) * SUFFIX.length)];
  return text;
}

function specOf(pod: ApiObject): Spec {
  return pod.spec as Spec;
}

/** The security settings that a profile gives a debug container. */
function securityContext(profile: string, style: 'node' | 'pod'): Json | undefined {
  switch (profile) {
    case 'general':
      return style === 'node' ? undefined : { capabilities: { add: ['SYS_PTRACE'] } };
    case 'restricted':
      return {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      };
    case 'netadmin':
      return { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } };
    case 'sysadmin':
      return { privileged: true };
    default:
      return undefined;
  }
}

function debugContainer(context: Context, name: string, profile: string, style: 'node' | 'pod'): Container {
  const { flags, args, argsBeforeDash } = context;
  const words = argsBeforeDash < 0 ? [] : args.slice(argsBeforeDash);
  const env = flags.list('env').map((pair) => ({ name: pair.split('=')[0], value: pair.slice(pair.indexOf('=') + 1) }));
  const security = securityContext(profile, style);
  const container: Container = {
    name,
    image: flags.string('image'),
    ...(words.length === 0 ? {} : flags.bool('arguments-only') ? { args: words } : { command: words }),
    ...(env.length === 0 ? {} : { env }),
    ...(flags.string('image-pull-policy') === '' ? {} : { imagePullPolicy: flags.string('image-pull-policy') }),
    resources: {},
    ...(security === undefined ? {} : { securityContext: security }),
    stdin: flags.bool('stdin'),
    terminationMessagePolicy: 'File',
    tty: flags.bool('tty'),
  };
  return container;
}

function allContainers(pod: ApiObject): Container[] {
  const spec = specOf(pod);
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

function containerName(context: Context, pod: ApiObject): string {
  const given = context.flags.string('container');
  if (given !== '') return given;
  const taken = new Set(allContainers(pod).map(({ name }) => name));
  for (;;) {
    const name = `debugger-${suffix(context)}`;
    if (!taken.has(name)) return name;
  }
}

/** Adds an ephemeral container to a running Pod. */
async function byEphemeralContainer(context: Context, pod: ApiObject): Promise<{ pod: ApiObject; container: string }> {
  const { flags } = context;
  const name = containerName(context, pod);
  const container = debugContainer(context, name, flags.string('profile'), 'pod');
  if (flags.string('target') !== '') {
    container.targetContainerName = flags.string('target');
  }
  if (flags.string('container') === '' && !flags.bool('quiet'))
    context.out(`Defaulting debug container name to ${name}.\n`);
  const after = {
    ...pod,
    spec: { ...specOf(pod), ephemeralContainers: [...(specOf(pod).ephemeralContainers ?? []), container] },
  };
  const patch = createTwoWayPatch(pod as Json, after as Json, patchView('Pod'));
  const api = await context.api();
  const answer = await api.request<ApiObject>(
    'PATCH',
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/ephemeralcontainers`,
    {
      body: patch,
      contentType: 'application/strategic-merge-patch+json',
    },
  );
  return { pod: answer, container: name };
}

function withImages(spec: Spec, images: readonly string[]): void {
  for (const pair of images) {
    const [name, image] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    for (const container of spec.containers) if (name === '*' || container.name === name) container.image = image;
  }
}

/** Makes a copy of a Pod with a debug container, or with other commands and images. */
async function byCopy(context: Context, pod: ApiObject): Promise<{ pod: ApiObject; container: string }> {
  const { flags, args, argsBeforeDash } = context;
  const spec = JSON.parse(JSON.stringify(specOf(pod))) as Spec;
  delete spec.ephemeralContainers;
  if (!flags.bool('same-node')) delete spec.nodeName;
  if (!flags.bool('keep-init-containers')) delete spec.initContainers;
  for (const container of spec.containers) {
    if (!flags.bool('keep-liveness')) delete container.livenessProbe;
    if (!flags.bool('keep-readiness')) delete container.readinessProbe;
    if (!flags.bool('keep-startup')) delete container.startupProbe;
  }
  if (flags.bool('share-processes')) spec.shareProcessNamespace = true;
  const words = argsBeforeDash < 0 ? [] : args.slice(argsBeforeDash);
  let name = flags.string('container');
  const existing = name === '' ? undefined : spec.containers.find((container) => container.name === name);
  withImages(spec, flags.list('set-image'));
  if (name === '' && flags.string('image') === '') {
    name = spec.containers[0]!.name;
    if (words.length > 0) setCommand(spec.containers[0]!, words, flags.bool('arguments-only'));
  } else if (existing !== undefined) {
    if (flags.string('image') !== '') existing.image = flags.string('image');
    if (words.length > 0) setCommand(existing, words, flags.bool('arguments-only'));
    existing.stdin = flags.bool('stdin');
    existing.tty = flags.bool('tty');
  } else {
    if (name === '') {
      name = containerName(context, pod);
      if (!flags.bool('quiet')) context.out(`Defaulting debug container name to ${name}.\n`);
    }
    spec.containers.push(debugContainer(context, name, flags.string('profile'), 'pod'));
  }
  const copy: ApiObject = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: flags.string('copy-to'),
      namespace: pod.metadata.namespace,
      annotations: flags.bool('keep-annotations') ? pod.metadata.annotations : undefined,
      labels: flags.bool('keep-labels') ? pod.metadata.labels : undefined,
    },
    spec,
  };
  const api = await context.api();
  const base = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
  if (flags.bool('replace'))
    await api.request('DELETE', `${base}/${pod.metadata.name}`, { body: { kind: 'DeleteOptions', apiVersion: 'v1' } });
  return { pod: await api.request<ApiObject>('POST', base, { body: copy }), container: name };
}

function setCommand(container: Container, words: readonly string[], argumentsOnly: boolean): void {
  if (argumentsOnly) container.args = words;
  else {
    container.command = words;
    delete container.args;
  }
}

/** Runs a Pod on a node, with the node's file system in /host. */
async function onNode(context: Context, node: ApiObject): Promise<{ pod: ApiObject; container: string }> {
  const { flags } = context;
  const { namespace } = await context.config();
  const profile = flags.string('profile');
  const container = debugContainer(context, 'debugger', profile, 'node');
  const privileged = profile === 'legacy' || profile === 'general' || profile === 'sysadmin';
  const name = `node-debugger-${node.metadata.name}-${suffix(context)}`;
  const pod: ApiObject = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name },
    spec: {
      containers: [
        privileged ? { ...container, volumeMounts: [{ mountPath: '/host', name: 'host-root' }] } : container,
      ],
      hostIPC: privileged || undefined,
      hostNetwork: profile !== 'restricted' && profile !== 'baseline' ? true : undefined,
      hostPID: privileged || profile === 'netadmin' || undefined,
      nodeName: node.metadata.name,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
      ...(privileged ? { volumes: [{ name: 'host-root', hostPath: { path: '/' } }] } : {}),
    },
  };
  if (!flags.bool('quiet'))
    context.out(`Creating debugging pod ${name} with container debugger on node ${node.metadata.name}.\n`);
  const api = await context.api();
  return {
    pod: await api.request<ApiObject>('POST', `/api/v1/namespaces/${namespace}/pods`, {
      body: JSON.parse(JSON.stringify(pod)),
    }),
    container: 'debugger',
  };
}

async function waitForContainer(context: Context, pod: ApiObject, container: string): Promise<ApiObject> {
  const api = await context.api();
  for (;;) {
    const live = await api.get(`/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`);
    const found = statusOf(live, container);
    if (found?.state?.running !== undefined || found?.state?.terminated !== undefined) return live;
    await context.env.sleep(250, context.env.signal);
    if (context.env.signal?.aborted === true) return live;
  }
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly running?: unknown; readonly terminated?: unknown };
}

function statusOf(pod: ApiObject, container: string): ContainerStatus | undefined {
  const status = (pod.status ?? {}) as Record<string, ContainerStatus[] | undefined>;
  return [
    ...(status.ephemeralContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
  ].find(({ name }) => name === container);
}

function check(context: Context): void {
  const { flags } = context;
  const image = flags.string('image');
  const copy = flags.string('copy-to');
  const env = flags.list('env').find((pair) => !pair.includes('='));
  if (env !== undefined)
    throw new KubectlError(
      `invalid argument ${JSON.stringify(env)} for "--env" flag: ${env} must be formatted as key=value\nSee '${context.path} --help' for usage.`,
    );
  if (context.args.length === 0 && !hasFiles(filenameOptions(context)))
    throw new KubectlError('NAME or filename is required for debug');
  if (copy === '') {
    if (flags.list('set-image').length > 0) throw new KubectlError('--set-image may only be used with --copy-to.');
    if (image === '') throw new KubectlError('you must specify --image when not using --copy-to.');
    if (flags.bool('replace')) throw new KubectlError('--replace may only be used with --copy-to.');
    if (flags.bool('same-node')) throw new KubectlError('--same-node may only be used with --copy-to.');
  } else if (flags.string('target') !== '')
    throw new KubectlError('--target is incompatible with --copy-to. Use --share-processes instead.');
  if (
    copy !== '' &&
    flags.list('set-image').length === 0 &&
    image === '' &&
    context.argsBeforeDash < 0 &&
    !flags.bool('attach') &&
    flags.string('container') === ''
  )
    throw new KubectlError('you must specify --image, --set-image or command arguments.');
  if (image !== '' && !isImageName(image))
    throw new KubectlError(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
  const policy = flags.string('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy))
    throw new KubectlError(`invalid image pull policy: ${policy}`);
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw new KubectlError('-i/--stdin is required for containers with -t/--tty=true');
  const profile = flags.string('profile');
  if (!PROFILES.includes(profile)) throw new KubectlError(`unknown profile: ${profile}`);
  if (flags.string('custom') !== '') throw new KubectlError('--custom is not available here: use --profile');
}

async function run(context: Context): Promise<undefined> {
  const { flags, args, argsBeforeDash } = context;
  check(context);
  const words = argsBeforeDash < 0 ? args : args.slice(0, argsBeforeDash);
  const files = filenameOptions(context);
  if (flags.string('target') !== '' && !flags.bool('quiet'))
    context.out(
      `Targeting container ${JSON.stringify(flags.string('target'))}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  const profile = flags.string('profile');
  if (profile === 'legacy' && !flags.bool('quiet'))
    context.err(
      '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n',
    );
  const { namespace, namespaceExplicit } = await context.config();
  const named = words.every((word) => !word.includes('/'));
  const { infos, errors } = await queryResources(context, {
    ...(named && words.length > 0 ? { resourceNames: { resource: 'pods', names: words } } : { args: words }),
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    latest: true,
  });
  throwErrors(errors);
  for (const info of infos) {
    let made: { pod: ApiObject; container: string };
    if (info.mapping.kind === 'Node') made = await onNode(context, info.object);
    else if (info.mapping.kind === 'Pod')
      made =
        flags.string('copy-to') === ''
          ? await byEphemeralContainer(context, info.object)
          : await byCopy(context, info.object);
    else {
      const { group, version, kind } = info.mapping;
      throw new KubectlError(`"${group}/${version}, Kind=${kind}" not supported by debug`);
    }
    const attach = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
    if (!attach) continue;
    const live = await waitForContainer(context, made.pod, made.container);
    if (statusOf(live, made.container)?.state?.terminated !== undefined) {
      const { streamLog } = await import('./logs.ts');
      await streamLog(context, { pod: live, container: made.container }, {});
      continue;
    }
    await attachTo(context, live, {
      container: made.container,
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    });
  }
  return undefined;
}

export const command: Command = {
  name: 'debug',
  use: 'debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  short: 'Debug Pods and nodes with another container',
  examples: ['kubectl debug web-0 -it --image=busybox', 'kubectl debug node/worker-1 -it --image=busybox'],
  flags: [
    ...filenameFlags('what to debug').filter(({ name }) => name === 'filename'),
    flag('arguments-only', 'bool', 'false', 'What follows -- are arguments, not the command'),
    flag('attach', 'bool', 'false', 'Attach to the new container'),
    flag('c,container', 'string', '', 'Name of the new container'),
    flag('copy-to', 'string', '', 'Debug a copy of the Pod with this name'),
    flag('custom', 'string', '', 'File with a container to merge in'),
    flag('env', 'stringArray', '[]', 'Variables of the container: key=value'),
    flag('image', 'string', '', 'Image of the new container'),
    flag('image-pull-policy', 'string', '', 'When to pull'),
    flag('keep-annotations', 'bool', 'false', 'The copy keeps annotations'),
    flag('keep-init-containers', 'bool', 'true', 'The copy keeps init containers'),
    flag('keep-labels', 'bool', 'false', 'The copy keeps labels'),
    flag('keep-liveness', 'bool', 'false', 'The copy keeps liveness probes'),
    flag('keep-readiness', 'bool', 'false', 'The copy keeps readiness probes'),
    flag('keep-startup', 'bool', 'false', 'The copy keeps startup probes'),
    flag('profile', 'string', 'legacy', 'legacy, general, baseline, netadmin, restricted or sysadmin'),
    flag('q,quiet', 'bool', 'false', 'Say less'),
    flag('replace', 'bool', 'false', 'Delete the original when the copy is made'),
    flag('same-node', 'bool', 'false', 'Put the copy on the same node'),
    flag('set-image', 'stringSlice', '[]', 'Images of the copy: container=image'),
    flag('share-processes', 'bool', 'true', 'Containers of the copy see each other’s processes'),
    flag('i,stdin', 'bool', 'false', 'Give it the input'),
    flag('target', 'string', '', 'Share the processes of this container'),
    flag('t,tty', 'bool', 'false', 'Give it a terminal'),
  ],
  run,
};
