import type { ApiObject } from '../../api.ts';
import type { Context } from '../../command.ts';
import { asError, KubectlError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { queryResources } from '../../resource-builder.ts';
import { commandAfterDash, explicitNamespace, type Generator, meta } from './generator.ts';

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

function randomSuffix(context: Context): string {
  let text = '';
  for (let i = 0; i < 5; i++) text += SUFFIX[Math.floor((context.env.random?.() ?? 0.5) * SUFFIX.length)];
  return text;
}

/** The container's name out of its image's: the last part, without tag or digest. */
function containerName(context: Context, image: string): string {
  const name = image
    .slice(image.lastIndexOf('/') + 1)
    .split(':')[0]!
    .split('@')[0]!;
  return /[_.]/.test(name) ? `${name.replace(/[_.]/g, '-')}-${randomSuffix(context)}` : name;
}

export const deployment: Generator = {
  name: 'deployment',
  aliases: ['deploy'],
  use: 'deployment NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a Deployment',
  resource: 'deployments',
  namespaced: true,
  failure: 'failed to create deployment:',
  examples: ['kubectl create deployment web --image=nginx:1.27 --replicas=3'],
  flags: [
    flag('image', 'stringSlice', '[]', 'Image to run; may be repeated', { required: true }),
    flag('port', 'int32', '-1', 'Port of the container'),
    flag('r,replicas', 'int32', '1', 'Number of replicas'),
  ],
  async build(context, name) {
    const { flags } = context;
    const images = flags.list('image');
    const command = commandAfterDash(context);
    if (images.length > 1 && command !== undefined)
      throw new KubectlError('cannot specify multiple --image options and command');
    const labels = { app: name };
    const port = flags.number('port');
    const containers = images.map((image, index) => ({
      name: containerName(context, image),
      image,
      command,
      ports: port >= 0 && index === 0 ? [{ containerPort: port }] : undefined,
      resources: {},
    }));
    return {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: meta(name, { namespace: await explicitNamespace(context), labels }),
      spec: {
        replicas: flags.number('replicas'),
        selector: { matchLabels: labels },
        template: { metadata: { creationTimestamp: null, labels }, spec: { containers } },
        strategy: {},
      },
      status: {},
    };
  },
};

function podTemplate(
  name: string,
  image: string,
  command: readonly string[] | undefined,
  restartPolicy: string,
): unknown {
  return {
    metadata: { creationTimestamp: null },
    spec: { containers: [{ name, image, command, resources: {} }], restartPolicy },
  };
}

/** The job that a CronJob would start now. */
function jobFromCronJob(name: string, namespace: string | undefined, cronJob: ApiObject): ApiObject {
  const template = (cronJob.spec as { jobTemplate: { metadata?: ApiObject['metadata']; spec: unknown } }).jobTemplate;
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: meta(name, {
      namespace,
      labels: template.metadata?.labels,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...template.metadata?.annotations },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: cronJob.kind,
          name: cronJob.metadata.name,
          uid: cronJob.metadata.uid,
          controller: true,
        },
      ],
    }),
    spec: template.spec,
    status: {},
  };
}

export const job: Generator = {
  name: 'job',
  use: 'job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  short: 'Create a Job',
  resource: 'jobs',
  namespaced: true,
  failure: 'failed to create job:',
  flags: [
    flag('from', 'string', '', 'The CronJob to start now: cronjob/NAME'),
    flag('image', 'string', '', 'Image to run'),
  ],
  async build(context, name) {
    const { flags } = context;
    const [image, from] = [flags.string('image'), flags.string('from')];
    if ((image === '') === (from === ''))
      throw new KubectlError(
        image === '' ? 'either --image or --from must be specified' : 'either --image or --from must be specified',
      );
    const command = commandAfterDash(context);
    if (command !== undefined && from !== '') throw new KubectlError('cannot specify --from and command');
    const namespace = await explicitNamespace(context);
    if (from === '') {
      return {
        kind: 'Job',
        apiVersion: 'batch/v1',
        metadata: meta(name, { namespace }),
        spec: { template: podTemplate(name, image, command, 'Never') },
        status: {},
      };
    }
    const { namespace: where } = await context.config();
    const { infos, errors } = await queryResources(context, { args: [from], namespace: where });
    if (errors.length > 0) throw asError(errors[0]);
    if (infos.length !== 1) throw new KubectlError('from must be an existing cronjob');
    const { object } = infos[0]!;
    if (object.kind !== 'CronJob') throw new KubectlError(`unknown object type *unstructured.Unstructured`);
    return jobFromCronJob(name, namespace, object);
  },
};

export const cronjob: Generator = {
  name: 'cronjob',
  aliases: ['cj'],
  use: "cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  short: 'Create a CronJob',
  resource: 'cronjobs',
  namespaced: true,
  failure: 'failed to create cronjob:',
  flags: [
    flag('image', 'string', '', 'Image to run', { required: true }),
    flag('restart', 'string', '', 'Restart policy of the Pods: OnFailure or Never'),
    flag('schedule', 'string', '', 'When to run, in cron form', { required: true }),
  ],
  async build(context, name) {
    const { flags } = context;
    const template = podTemplate(
      name,
      flags.string('image'),
      commandAfterDash(context),
      flags.string('restart') || 'OnFailure',
    );
    return {
      kind: 'CronJob',
      apiVersion: 'batch/v1',
      metadata: meta(name, { namespace: await explicitNamespace(context) }),
      spec: {
        schedule: flags.string('schedule'),
        jobTemplate: { metadata: { name, creationTimestamp: null }, spec: { template } },
      },
      status: {},
    };
  },
};
