import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { flag } from '../flags.ts';
import { join, resolvePath } from '../paths.ts';
import { printerFor, printFlags } from '../printers/print-flags.ts';

async function run(context: Context): Promise<undefined> {
  const api = await context.api();
  let services: ApiObject[] = [];
  let failure: unknown;
  try {
    const list = await api.get('/api/v1/namespaces/kube-system/services', {
      query: { labelSelector: 'kubernetes.io/cluster-service=true' },
    });
    services = (list.items ?? []) as ApiObject[];
  } catch (error) {
    failure = error;
  }
  if (failure === undefined) {
    const { connection } = await context.config();
    context.out(`Kubernetes control plane is running at ${connection.server}\n`);
    for (const service of services) {
      const spec = service.spec as { ports?: { name?: string; port: number }[] };
      const status = service.status as
        | { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } }
        | undefined;
      const [ingress] = status?.loadBalancer?.ingress ?? [];
      const [port] = spec.ports ?? [];
      const scheme = port?.name === 'https' || port?.port === 443 ? 'https:' : '';
      const link =
        ingress === undefined
          ? `${connection.server}/api/v1/namespaces/${service.metadata.namespace}/services/${scheme}${service.metadata.name}${port?.name ? `:${port.name}` : scheme === '' ? '' : ':'}/proxy`
          : (spec.ports ?? []).map((item) => `http://${ingress.ip ?? ingress.hostname ?? ''}:${item.port} `).join('');
      const name = service.metadata.labels?.['kubernetes.io/name'] || service.metadata.name;
      context.out(`${name} is running at ${link}\n`);
    }
  }
  context.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  if (failure !== undefined) throw failure;
  return undefined;
}

const DUMPED = ['events', 'replicationcontrollers', 'services', 'daemonsets', 'deployments', 'replicasets', 'pods'];

async function dump(context: Context): Promise<undefined> {
  const { flags, env } = context;
  const api = await context.api();
  const printer = await printerFor(context);
  const folder = flags.string('output-directory');
  const toFiles = folder !== '' && folder !== '-';
  const write = async (path: string, text: string): Promise<void> => {
    if (toFiles) await env.files.write(resolvePath(env.cwd, join(folder, path)), text);
    else context.out(text);
  };
  const nodes = await api.get('/api/v1/nodes');
  await write('nodes.json', printer(nodes));
  let namespaces = flags.list('namespaces');
  if (flags.bool('all-namespaces'))
    namespaces = ((await api.get('/api/v1/namespaces')).items as ApiObject[]).map((item) => item.metadata.name ?? '');
  else if (namespaces.length === 0) namespaces = ['kube-system', (await context.config()).namespace];
  for (const namespace of namespaces) {
    let pods: ApiObject[] = [];
    for (const resource of DUMPED) {
      const base = ['daemonsets', 'deployments', 'replicasets'].includes(resource) ? '/apis/apps/v1' : '/api/v1';
      const list = await api.get(`${base}/namespaces/${namespace}/${resource}`);
      if (resource === 'pods') pods = (list.items ?? []) as ApiObject[];
      await write(`${namespace}/${resource}.json`, printer(list));
    }
    for (const pod of pods) {
      const containers = ((pod.spec as { containers?: { name: string }[] }).containers ?? []).map(({ name }) => name);
      for (const container of containers) {
        let text = `==== START logs for container ${container} of pod ${namespace}/${pod.metadata.name} ====\n`;
        try {
          const logs = await api.request<unknown>(
            'GET',
            `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`,
            { accept: '*/*', query: { container } },
          );
          text += typeof logs === 'string' ? logs : '';
        } catch (error) {
          text += `Request log error: ${(error as Error).message}\n`;
        }
        text += `==== END logs for container ${container} of pod ${namespace}/${pod.metadata.name} ====\n`;
        await write(`${namespace}/${pod.metadata.name}/logs.txt`, text);
      }
    }
  }
  if (toFiles) context.out(`Cluster info dumped to ${folder}\n`);
  return undefined;
}

export const command: Command = {
  name: 'cluster-info',
  use: 'cluster-info [flags]',
  short: 'Show where the control plane is',
  flags: [],
  subcommands: [
    {
      name: 'dump',
      use: 'cluster-info dump [flags]',
      short: 'Print what helps to find trouble: objects and logs',
      flags: [
        ...printFlags().map((spec) => (spec.name === 'output' ? { ...spec, default: 'json' } : spec)),
        flag('A,all-namespaces', 'bool', 'false', 'Of all namespaces'),
        flag('namespaces', 'stringSlice', '[]', 'Of these namespaces'),
        flag('output-directory', 'string', '', 'A folder to write files to'),
        flag('pod-running-timeout', 'duration', '20s', 'How long to wait for a Pod'),
      ],
      run: dump,
    },
  ],
  run,
};
