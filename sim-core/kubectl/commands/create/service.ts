import type { ApiObject } from '../../api.ts';
import type { Command, Context } from '../../command.ts';
import { KubectlError } from '../../errors.ts';
import { type FlagSpec, flag } from '../../flags.ts';
import { explicitNamespace, type Generator, generatorCommand, meta } from './generator.ts';

const TCP = (): FlagSpec => flag('tcp', 'stringSlice', '[]', 'Port pair: port or port:targetPort');

/** Go's strconv.ParseUint(text, 10, 16) and ParsePort-like errors. */
function port(text: string): number {
  if (!/^\d+$/.test(text)) throw new KubectlError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value > 65535) throw new KubectlError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

function parsePorts(text: string): { port: number; targetPort: number | string } {
  const colon = text.indexOf(':');
  const first = port(colon < 0 ? text : text.slice(0, colon));
  if (colon < 0) return { port: first, targetPort: first };
  const target = text.slice(colon + 1);
  if (/^\d+$/.test(target)) return { port: first, targetPort: port(target) };
  if (!/^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(target) || !/[a-z]/.test(target) || target.includes('--'))
    throw new KubectlError('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  return { port: first, targetPort: target };
}

function servicePorts(context: Context, nodePort: number | undefined): unknown[] {
  return context.flags.list('tcp').map((text) => ({
    name: text.replaceAll(':', '-'),
    protocol: 'TCP',
    ...parsePorts(text),
    ...(nodePort === undefined || nodePort === 0 ? {} : { nodePort }),
  }));
}

async function build(
  context: Context,
  name: string,
  type: string,
  extra: { clusterIP?: string; externalName?: string; nodePort?: number; portsOptional?: boolean } = {},
): Promise<ApiObject> {
  const ports = servicePorts(context, extra.nodePort);
  if (ports.length === 0 && extra.portsOptional !== true)
    throw new KubectlError('at least one tcp port specifier must be provided');
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: meta(name, { namespace: await explicitNamespace(context), labels: { app: name } }),
    spec: {
      ports: ports.length === 0 ? undefined : ports,
      selector: { app: name },
      clusterIP: extra.clusterIP || undefined,
      type,
      externalName: extra.externalName,
    },
    status: { loadBalancer: {} },
  };
}

function service(
  name: string,
  type: string,
  use: string,
  flags: FlagSpec[],
  make: (context: Context, name: string) => Promise<ApiObject>,
): Generator {
  return {
    name,
    use: `service ${name} NAME ${use}`,
    short: `Create a Service of type ${type}`,
    resource: 'services',
    namespaced: true,
    failure: `failed to create ${type} service:`,
    flags: [TCP(), ...flags],
    build: make,
  };
}

const clusterip = service(
  'clusterip',
  'ClusterIP',
  '[--tcp=<port>:<targetPort>]',
  [flag('clusterip', 'string', '', 'The cluster IP, or None for a headless Service')],
  (context, name) => {
    const clusterIP = context.flags.string('clusterip');
    return build(context, name, 'ClusterIP', { clusterIP, portsOptional: clusterIP === 'None' });
  },
);

const nodeport = service(
  'nodeport',
  'NodePort',
  '[--tcp=port:targetPort]',
  [flag('node-port', 'int', '0', 'The port on every node')],
  (context, name) => build(context, name, 'NodePort', { nodePort: context.flags.number('node-port') }),
);

const loadbalancer = service('loadbalancer', 'LoadBalancer', '[--tcp=port:targetPort]', [], (context, name) =>
  build(context, name, 'LoadBalancer'),
);

const externalname = service(
  'externalname',
  'ExternalName',
  '--external-name external.name',
  [flag('external-name', 'string', '', 'The DNS name that the Service stands for', { required: true })],
  (context, name) =>
    build(context, name, 'ExternalName', { externalName: context.flags.string('external-name'), portsOptional: true }),
);

export const serviceCommand: Command = {
  name: 'service',
  aliases: ['svc'],
  use: 'create service',
  short: 'Create a Service',
  flags: [],
  subcommands: [clusterip, externalname, loadbalancer, nodeport].map(generatorCommand),
};
