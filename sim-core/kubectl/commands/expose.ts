import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { splitApiVersion } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag } from '../dry-run.ts';
import { asError, KubectlError, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { createObject, saveConfig, typedResource } from '../mutate.ts';
import { applyOverrides } from '../overrides.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { filenameFlags, filenameOptions, queryResources } from '../resource-builder.ts';
import { meta } from './create/generator.ts';

interface PodLike {
  containers?: { ports?: { containerPort: number; protocol?: string; name?: string }[] }[];
}

const EXPOSABLE = ['ReplicationController', 'Service', 'Pod', 'Deployment', 'ReplicaSet'];

function get(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const key of path)
    current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined;
  return current;
}

function selectorFor(typed: string, object: ApiObject): Record<string, string> {
  if (typed !== '') return parseSelector(typed);
  try {
    return selectorOf(object);
  } catch (error) {
    throw new KubectlError(
      `couldn't retrieve selectors via --selector flag or introspection: ${asError(error).message}`,
    );
  }
}

/** The selector that a Service for this object needs (MapBasedSelectorForObject). */
function selectorOf(object: ApiObject): Record<string, string> {
  switch (object.kind) {
    case 'ReplicationController':
      return (get(object, 'spec', 'selector') ?? {}) as Record<string, string>;
    case 'Pod':
      if (Object.keys(object.metadata.labels ?? {}).length === 0)
        throw new KubectlError('the pod has no labels and cannot be exposed');
      return object.metadata.labels!;
    case 'Service': {
      const selector = get(object, 'spec', 'selector') as Record<string, string> | undefined;
      if (selector === undefined) throw new KubectlError('the service has no pod selector set');
      return selector;
    }
    default: {
      const expressions = get(object, 'spec', 'selector', 'matchExpressions') as unknown[] | undefined;
      if ((expressions ?? []).length > 0)
        throw new KubectlError(
          `couldn't convert expressions - "${JSON.stringify(expressions)}" to map-based selector format`,
        );
      const labels = get(object, 'spec', 'selector', 'matchLabels') as Record<string, string> | undefined;
      if (labels === undefined || Object.keys(labels).length === 0)
        throw new KubectlError('invalid deployment: no selectors, therefore cannot be exposed');
      return labels;
    }
  }
}

/** Ports of the object and their protocols. */
function portsOf(object: ApiObject): { port: number; protocol: string }[] {
  if (object.kind === 'Service')
    return ((get(object, 'spec', 'ports') ?? []) as { port: number; protocol?: string }[]).map(
      ({ port, protocol }) => ({ port, protocol: protocol ?? 'TCP' }),
    );
  const spec = (object.kind === 'Pod' ? object.spec : get(object, 'spec', 'template', 'spec')) as PodLike | undefined;
  return (spec?.containers ?? []).flatMap(({ ports }) =>
    (ports ?? []).map(({ containerPort, protocol }) => ({ port: containerPort, protocol: protocol ?? 'TCP' })),
  );
}

function parseSelector(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const parts = pair.split('=');
      if (parts.length !== 2 || parts[0] === '') throw new KubectlError(`unexpected selector: ${pair}`);
      return [parts[0]!, parts[1]!] as const;
    }),
  );
}

/** The Service that exposes an object. */
function serviceOf(context: Context, object: ApiObject, namespace: string | undefined): ApiObject {
  const { flags } = context;
  if (!EXPOSABLE.includes(object.kind)) {
    const { group } = splitApiVersion(object.apiVersion ?? '');
    throw new KubectlError(`cannot expose a ${group === '' ? object.kind : `${object.kind}.${group}`}`);
  }
  const selector = selectorFor(flags.string('selector'), object);
  const known = portsOf(object);
  const headless = flags.string('cluster-ip') === 'None';
  const given = flags.string('port');
  if (given === '' && known.length === 0 && !headless)
    throw new KubectlError("couldn't find port via --port flag or introspection");
  const numbers = given === '' ? known.map(({ port }) => String(port)) : given.split(',');
  const protocol = flags.string('protocol');
  const target = flags.string('target-port');
  const ports = numbers.map((text, index) => {
    const port = Number(text);
    if (!/^\d+$/.test(text)) throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    const targetPort = target === '' ? port : /^\d+$/.test(target) ? Number(target) : target;
    return {
      name: numbers.length > 1 ? `port-${index + 1}` : undefined,
      protocol: protocol || known.find((item) => item.port === port)?.protocol || 'TCP',
      port,
      targetPort,
    };
  });
  const affinity = flags.string('session-affinity');
  if (!['', 'None', 'ClientIP'].includes(affinity)) throw new KubectlError(`unknown session affinity: ${affinity}`);
  const labels = flags.string('labels') === '' ? object.metadata.labels : parseSelector(flags.string('labels'));
  const name = flags.string('name') || (object.metadata.name ?? '').slice(0, 63).replace(/-+$/, '');
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: meta(name, { namespace, labels: Object.keys(labels ?? {}).length === 0 ? undefined : labels }),
    spec: {
      ports: ports.length === 0 ? undefined : ports,
      selector,
      clusterIP: flags.string('cluster-ip') || undefined,
      type: flags.string('type') || undefined,
      externalIPs: flags.string('external-ip') === '' ? undefined : [flags.string('external-ip')],
      sessionAffinity: affinity || undefined,
      loadBalancerIP: flags.string('load-balancer-ip') || undefined,
    },
    status: { loadBalancer: {} },
  };
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const dryRun = dryRunOf(context);
  const printer = await operationPrinter(context, 'exposed', dryRun, { ordered: true });
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    args,
    files: filenameOptions(context),
    namespace,
    enforceNamespace: namespaceExplicit,
  });
  for (const info of infos) {
    try {
      let service = serviceOf(context, info.object, namespaceExplicit ? namespace : undefined);
      service = applyOverrides(service, flags.string('overrides'), flags.string('override-type'));
      if (dryRun !== 'client') service = saveConfig(context, service);
      const made =
        dryRun === 'client'
          ? service
          : await createObject(
              context,
              typedResource(service, 'services', true),
              info.namespace || namespace,
              service,
              dryRun,
            );
      context.out(printer(made));
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}

export const command: Command = {
  name: 'expose',
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--type=type]',
  short: 'Make a Service for a workload',
  examples: ['kubectl expose deploy/web --port=80 --target-port=8080'],
  flags: [
    ...filenameFlags('the object to expose'),
    ...printFlags(),
    dryRunFlag(),
    fieldManagerFlag('kubectl-expose'),
    flag('cluster-ip', 'string', '', 'The cluster IP, or None for a headless Service'),
    flag('external-ip', 'string', '', 'An IP outside the cluster that reaches it too'),
    flag('l,labels', 'string', '', 'Labels of the Service'),
    flag('load-balancer-ip', 'string', '', 'IP for the load balancer'),
    flag('name', 'string', '', "The Service's name"),
    flag('override-type', 'string', 'merge', 'How --overrides is laid over: merge, strategic or json'),
    flag('overrides', 'string', '', 'JSON that is laid over the Service'),
    flag('port', 'string', '', 'Port of the Service'),
    flag('protocol', 'string', '', 'TCP, UDP or SCTP'),
    flag('save-config', 'bool', 'false', 'Keep the configuration in an annotation, for a later apply'),
    flag('selector', 'string', '', 'Which Pods it is for'),
    flag('session-affinity', 'string', '', 'ClientIP or None'),
    flag('target-port', 'string', '', 'Port of the containers: a number or a name'),
    flag('type', 'string', '', 'ClusterIP, NodePort, LoadBalancer or ExternalName'),
  ],
  run,
};
