import { type Quantity, quantity } from '../../api/quantity.ts';
import type { ApiObject } from '../api.ts';
import { ageSince } from '../printers/human.ts';
import { annotationLines, findEvents, labelLines, time, writeEvents } from './common.ts';
import { at, type Describer, type DescriptionWriter, list, text } from './writer.ts';

type Amounts = Map<string, Quantity>;

const zero = (): Quantity => quantity('0');

function amounts(value: unknown): Amounts {
  const map: Amounts = new Map();
  for (const [name, amount] of Object.entries((value ?? {}) as Record<string, string>))
    map.set(name, quantity(String(amount)));
  return map;
}

function addTo(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? zero()).add(amount));
}

function maxTo(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) {
    const before = total.get(name);
    if (before === undefined || amount.compare(before) > 0) total.set(name, amount);
  }
}

/** What a Pod asks for and may use at most (resourcehelper.PodRequestsAndLimits). */
export function podAmounts(pod: ApiObject, field: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map();
  for (const container of list(pod, 'spec', 'containers')) addTo(total, amounts(at(container, 'resources', field)));
  const sidecars: Amounts = new Map();
  const init: Amounts = new Map();
  for (const container of list(pod, 'spec', 'initContainers')) {
    const own = amounts(at(container, 'resources', field));
    if (container.restartPolicy === 'Always') {
      addTo(total, own);
      addTo(sidecars, own);
      maxTo(init, sidecars);
    } else {
      const here: Amounts = new Map(own);
      addTo(here, sidecars);
      maxTo(init, here);
    }
  }
  maxTo(total, init);
  const podLevel = amounts(at(pod, 'spec', 'resources', field));
  for (const [name, amount] of podLevel) total.set(name, amount);
  const overhead = amounts(at(pod, 'spec', 'overhead'));
  for (const [name, amount] of overhead)
    if (field === 'requests' || total.has(name)) total.set(name, (total.get(name) ?? zero()).add(amount));
  return total;
}

function percent(part: Quantity, whole: Quantity | undefined, milli: boolean): number {
  if (whole === undefined || whole.isZero()) return 0;
  return Math.trunc(((milli ? part.milliValue() : part.value()) / (milli ? whole.milliValue() : whole.value())) * 100);
}

function cell(total: Amounts, name: string, allocatable: Amounts): string {
  const amount = total.get(name) ?? zero();
  return `${amount.toString()} (${percent(amount, allocatable.get(name), name === 'cpu')}%)`;
}

function amountLines(writer: DescriptionWriter, title: string, value: unknown): void {
  const record = (value ?? {}) as Record<string, string>;
  const names = Object.keys(record).sort();
  if (names.length === 0) return;
  writer.write(0, `${title}:\n`);
  for (const name of names) writer.line(1, `${name}:`, String(record[name]));
}

function roles(node: ApiObject): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/') && key.length > 'node-role.kubernetes.io/'.length)
      found.add(key.slice('node-role.kubernetes.io/'.length));
    else if (key === 'kubernetes.io/role' && value !== '') found.add(value);
  }
  return [...found].sort().join(',');
}

const SYSTEM_INFO: [string, string][] = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
];

function resourceTables(writer: DescriptionWriter, pods: readonly ApiObject[], node: ApiObject, now: number): void {
  const allocatable = amounts(at(node, 'status', 'allocatable') ?? at(node, 'status', 'capacity'));
  writer.write(0, `Non-terminated Pods:\t(${pods.length} in total)\n`);
  writer.write(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n');
  writer.write(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n');
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  for (const pod of pods) {
    const [request, limit] = [podAmounts(pod, 'requests'), podAmounts(pod, 'limits')];
    addTo(requests, request);
    addTo(limits, limit);
    writer.write(
      1,
      `${pod.metadata.namespace}\t${pod.metadata.name}\t\t${cell(request, 'cpu', allocatable)}\t${cell(limit, 'cpu', allocatable)}\t${cell(request, 'memory', allocatable)}\t${cell(limit, 'memory', allocatable)}\t${ageSince(pod.metadata.creationTimestamp, now)}\n`,
    );
  }
  writer.write(
    0,
    'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n  Resource\tRequests\tLimits\n',
  );
  writer.write(1, '--------\t--------\t------\n');
  const standard = ['cpu', 'memory', 'ephemeral-storage'];
  for (const name of standard) writer.line(1, name, cell(requests, name, allocatable), cell(limits, name, allocatable));
  for (const name of [...allocatable.keys()].sort()) {
    const extended = name.startsWith('hugepages-') || (name.includes('/') && !name.includes('kubernetes.io/'));
    if (!extended) continue;
    if (name.startsWith('hugepages-'))
      writer.line(1, name, cell(requests, name, allocatable), cell(limits, name, allocatable));
    else writer.line(1, name, (requests.get(name) ?? zero()).toString(), (limits.get(name) ?? zero()).toString());
  }
}

export const describeNode: Describer = async (writer, node, describe) => {
  const { spec, status } = node;
  const api = await describe.context.api();
  writer.line(0, 'Name:', node.metadata.name ?? '');
  writer.line(0, 'Roles:', roles(node) || '<none>');
  labelLines(writer, 'Labels', node.metadata.labels);
  annotationLines(writer, 'Annotations', node.metadata.annotations);
  writer.line(0, 'CreationTimestamp:', time(node.metadata.creationTimestamp));
  const taints = list(spec, 'taints').map((taint) => {
    const value = text(taint, 'value');
    return `${text(taint, 'key')}${value === '' ? '' : `=${value}`}:${text(taint, 'effect')}`;
  });
  writer.write(0, 'Taints:\t');
  if (taints.length === 0) writer.write(0, '<none>\n');
  taints.sort().forEach((taint, index) => {
    writer.write(0, `${index > 0 ? '\t' : ''}${taint}\n`);
  });
  writer.line(0, 'Unschedulable:', String(at(spec, 'unschedulable') === true));
  writer.write(0, 'Lease:\n');
  try {
    const lease = await api.get(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node.metadata.name}`);
    const orUnset = (value: unknown): string => (value === undefined || value === null ? '<unset>' : String(value));
    writer.line(1, 'HolderIdentity:', orUnset(at(lease, 'spec', 'holderIdentity')));
    for (const [title, field] of [
      ['AcquireTime', 'acquireTime'],
      ['RenewTime', 'renewTime'],
    ] as const)
      writer.line(1, `${title}:`, at(lease, 'spec', field) === undefined ? '<unset>' : time(at(lease, 'spec', field)));
  } catch (error) {
    writer.write(1, `Failed to get lease: ${(error as Error).message}\n`);
  }
  const conditions = list(status, 'conditions');
  if (conditions.length > 0) {
    writer.write(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n');
    writer.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n');
    for (const condition of conditions)
      writer.line(
        1,
        `${text(condition, 'type')} `,
        `${text(condition, 'status')} `,
        `${time(condition.lastHeartbeatTime)} `,
        `${time(condition.lastTransitionTime)} `,
        `${text(condition, 'reason')} `,
        `${text(condition, 'message')} `.trimEnd(),
      );
  }
  writer.write(0, 'Addresses:\n');
  for (const address of list(status, 'addresses'))
    writer.line(1, `${text(address, 'type')}:`, text(address, 'address'));
  amountLines(writer, 'Capacity', at(status, 'capacity'));
  amountLines(writer, 'Allocatable', at(status, 'allocatable'));
  writer.write(0, 'System Info:\n');
  for (const [title, field] of SYSTEM_INFO) {
    if (field === 'kubeProxyVersion' && text(status, 'nodeInfo', field) === '') continue;
    writer.line(1, `${title}:`, text(status, 'nodeInfo', field));
  }
  if (text(spec, 'podCIDR') !== '') writer.line(0, 'PodCIDR:', text(spec, 'podCIDR'));
  if (list(spec, 'podCIDRs').length > 0) writer.line(0, 'PodCIDRs:', list<string>(spec, 'podCIDRs').join(','));
  if (text(spec, 'providerID') !== '') writer.line(0, 'ProviderID:', text(spec, 'providerID'));
  let pods: ApiObject | undefined;
  try {
    pods = await api.get('/api/v1/pods', {
      query: {
        fieldSelector: `spec.nodeName=${node.metadata.name},status.phase!=Failed,status.phase!=Succeeded`,
        limit: 500,
      },
    });
  } catch {
    writer.write(0, 'Pods:\tnot authorized\n');
  }
  if (pods !== undefined) resourceTables(writer, list<ApiObject>(pods, 'items'), node, describe.now);
  if (!describe.showEvents) return;
  const byName = await findEvents(describe, node, { uid: node.metadata.name, namespace: '' });
  const byUid = await findEvents(describe, node, { namespace: '' });
  writeEvents(writer, [...byName, ...byUid], describe.now);
};
