import { type Quantity, quantity } from '../../api/quantity.ts';
import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { TABLE_TABS, TabWriter } from '../printers/tabwriter.ts';
import { selectorFlag } from '../resource-builder.ts';

interface Usage {
  cpu: Quantity;
  memory: Quantity;
}

function usageOf(value: unknown): Usage {
  const usage = (value ?? {}) as { cpu?: string; memory?: string };
  return { cpu: quantity(usage.cpu ?? '0'), memory: quantity(usage.memory ?? '0') };
}

function sum(list: readonly Usage[]): Usage {
  return list.reduce(
    (total, item) => ({ cpu: total.cpu.add(item.cpu), memory: total.memory.add(item.memory) }),
    usageOf({}),
  );
}

const cpuText = (usage: Usage): string => `${usage.cpu.milliValue()}m`;
const memoryText = (usage: Usage): string => `${Math.trunc(usage.memory.value() / 1048576)}Mi`;

async function requireMetrics(context: Context): Promise<void> {
  const discovery = await context.refreshDiscovery();
  if (!discovery.hasVersion('metrics.k8s.io/v1beta1')) throw new KubectlError('Metrics API not available');
}

function checkSort(context: Context): 'cpu' | 'memory' | '' {
  const value = context.flags.string('sort-by');
  if (value !== '' && value !== 'cpu' && value !== 'memory')
    throw new KubectlError('--sort-by accepts only cpu or memory');
  return value;
}

function sorter<T>(
  by: 'cpu' | 'memory' | '',
  usage: (item: T) => Usage,
  name: (item: T) => string,
): (a: T, b: T) => number {
  return (a, b) => {
    if (by !== '') {
      const difference = usage(b)[by].compare(usage(a)[by]);
      if (difference !== 0) return difference;
    }
    return name(a) < name(b) ? -1 : 1;
  };
}

async function nodes(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const by = checkSort(context);
  if (args.length > 1)
    throw new KubectlError("node [NAME | -l label]\nSee 'kubectl top node -h' for help and examples");
  const selector = flags.string('selector');
  if (args.length === 1 && selector !== '') throw new KubectlError('only one of NAME or --selector can be provided');
  await requireMetrics(context);
  const api = await context.api();
  const [name] = args;
  const metrics =
    name === undefined
      ? ((await api.get('/apis/metrics.k8s.io/v1beta1/nodes', { query: { labelSelector: selector } }))
          .items as ApiObject[])
      : [await api.get(`/apis/metrics.k8s.io/v1beta1/nodes/${name}`)];
  if (metrics.length === 0) throw new KubectlError('metrics not available yet');
  const all =
    name === undefined
      ? ((await api.get('/api/v1/nodes', { query: { labelSelector: selector } })).items as ApiObject[])
      : [await api.get(`/api/v1/nodes/${name}`)];
  const field = flags.bool('show-capacity') ? 'capacity' : 'allocatable';
  const available = new Map(
    all.map((node) => [node.metadata.name ?? '', usageOf((node.status as Record<string, unknown>)[field])] as const),
  );
  const tabs = new TabWriter(TABLE_TABS);
  if (!flags.bool('no-headers')) tabs.write('NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\n');
  metrics.sort(
    sorter(
      by,
      (item) => usageOf(item.usage),
      (item) => item.metadata.name ?? '',
    ),
  );
  for (const metric of metrics) {
    const node = metric.metadata.name ?? '';
    const used = usageOf(metric.usage);
    const whole = available.get(node);
    const percent = (part: number, total: number): string =>
      total === 0 ? '<unknown>' : `${Math.trunc((part / total) * 100)}%`;
    tabs.write(
      `${node}\t${cpuText(used)}\t${whole === undefined ? '<unknown>' : percent(used.cpu.milliValue(), whole.cpu.milliValue())}\t${memoryText(used)}\t${whole === undefined ? '<unknown>' : percent(used.memory.value(), whole.memory.value())}\n`,
    );
    available.delete(node);
  }
  for (const node of [...available.keys()].sort()) tabs.write(`${node}\t<unknown>\t<unknown>\t<unknown>\t<unknown>\n`);
  context.out(tabs.flush());
  return undefined;
}

interface PodMetrics extends ApiObject {
  containers?: { name: string; usage: unknown }[];
}

async function pods(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const by = checkSort(context);
  if (args.length > 1) throw new KubectlError("pod [NAME | -l label]\nSee 'kubectl top pod -h' for help and examples");
  const selector = flags.string('selector');
  if (args.length === 1 && (selector !== '' || flags.string('field-selector') !== ''))
    throw new KubectlError('only one of NAME or selector can be provided');
  await requireMetrics(context);
  const api = await context.api();
  const { namespace } = await context.config();
  const all = flags.bool('all-namespaces');
  const base = `/apis/metrics.k8s.io/v1beta1/${all ? '' : `namespaces/${namespace}/`}pods`;
  const [name] = args;
  const metrics =
    name === undefined
      ? ((await api.get(base, { query: { labelSelector: selector, fieldSelector: flags.string('field-selector') } }))
          .items as PodMetrics[])
      : [await api.get<PodMetrics>(`${base}/${name}`)];
  if (metrics.length === 0) {
    context.err(all ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    return undefined;
  }
  const total = (pod: PodMetrics): Usage => sum((pod.containers ?? []).map(({ usage }) => usageOf(usage)));
  metrics.sort(sorter(by, total, (pod) => `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`));
  const tabs = new TabWriter(TABLE_TABS);
  const containers = flags.bool('containers');
  if (!flags.bool('no-headers'))
    tabs.write(`${all ? 'NAMESPACE\t' : ''}${containers ? 'POD\tNAME' : 'NAME'}\tCPU(cores)\tMEMORY(bytes)\n`);
  for (const pod of metrics) {
    const prefix = all ? `${pod.metadata.namespace}\t` : '';
    if (!containers) tabs.write(`${prefix}${pod.metadata.name}\t${cpuText(total(pod))}\t${memoryText(total(pod))}\n`);
    else
      for (const container of pod.containers ?? [])
        tabs.write(
          `${prefix}${pod.metadata.name}\t${container.name}\t${cpuText(usageOf(container.usage))}\t${memoryText(usageOf(container.usage))}\n`,
        );
  }
  if (flags.bool('sum')) {
    const whole = sum(metrics.map(total));
    const empty = `${all ? '\t' : ''}${containers ? '\t' : ''}`;
    tabs.write(`${empty}\t________\t________\n${empty}\t${cpuText(whole)}\t${memoryText(whole)}\n`);
  }
  context.out(tabs.flush());
  return undefined;
}

const common = () => [
  selectorFlag(),
  flag('no-headers', 'bool', 'false', 'Leave the heading out'),
  flag('sort-by', 'string', '', 'cpu or memory'),
  flag('use-protocol-buffers', 'bool', 'true', 'Accepted for compatibility'),
];

export const command: Command = {
  name: 'top',
  use: 'top',
  short: 'Show the CPU and memory that is used',
  flags: [],
  subcommands: [
    {
      name: 'node',
      aliases: ['nodes', 'no'],
      use: 'top node [NAME | -l label]',
      short: 'Show what nodes use',
      flags: [
        ...common(),
        flag('show-capacity', 'bool', 'false', 'In percent of the capacity instead of what Pods may use'),
      ],
      run: nodes,
    },
    {
      name: 'pod',
      aliases: ['pods', 'po'],
      use: 'top pod [NAME | -l label]',
      short: 'Show what Pods use',
      flags: [
        ...common(),
        flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
        flag('containers', 'bool', 'false', 'Of each container'),
        flag('field-selector', 'string', '', 'Only Pods whose fields match'),
        flag('sum', 'bool', 'false', 'Show the sum as well'),
      ],
      run: pods,
    },
  ],
};
