import { duplicate, type ErrorList, FieldError, forbidden, invalid } from '../api/field-error.ts';
import { isValidCIDR, parseCIDR } from '../api/ip.ts';
import { isValidLabelValue } from '../api/names.ts';
import type { Node } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkQualifiedName, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { checkTaintEffect } from './shared/pod-validation/tolerations.ts';
import { oldLabelWarning } from './shared/pod-validation/warnings.ts';
import { checkResourceQuantity } from './shared/resource-names.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const nodes: ResourceDefinition<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  hasStatus: true,
  generation: false,
  fields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
  applyDefaults(node) {
    node.spec ??= {};
    const { status } = node;
    // What can be used is all there is, until the kubelet says otherwise (SetDefaults_NodeStatus).
    if (status?.capacity !== undefined && status.allocatable === undefined)
      node.status = { ...status, allocatable: { ...status.capacity } };
    // Old and new name of one field are kept in step.
    if (isBlank(node.spec.podCIDR)) {
      if (node.spec.podCIDRs?.[0] !== undefined) node.spec.podCIDR = node.spec.podCIDRs[0];
    } else if (node.spec.podCIDRs?.[0] !== node.spec.podCIDR) node.spec.podCIDRs = [node.spec.podCIDR];
  },
  validate(node) {
    const errors: ErrorList = [];
    checkTaints(node, errors);
    checkAmounts(node, errors);
    checkPodCidrs(node.spec?.podCIDRs ?? [], errors);
    return errors;
  },
  validateUpdate(node, old) {
    const errors: ErrorList = [];
    checkAmounts(node, errors);
    checkKept(node, old, errors);
    checkTaints(node, errors);
    return errors;
  },
  validateStatusUpdate(node, old) {
    const errors: ErrorList = [];
    checkAmounts(node, errors);
    checkKept(node, old, errors);
    return errors;
  },
  warnings: ({ spec }, old) => (old === undefined || spec === old.spec ? [] : taintWarnings(spec.taints ?? [])),
  columns: [
    NAME,
    { name: 'Status', description: 'The status of the node', value: nodeStatus },
    { name: 'Roles', description: 'The roles of the node', value: roles },
    AGE,
    {
      name: 'Version',
      description: 'Kubelet Version reported by the node.',
      value: ({ status }) => status.nodeInfo?.kubeletVersion ?? '',
    },
    { name: 'Internal-IP', priority: 1, value: (node) => address(node, 'InternalIP') },
    { name: 'External-IP', priority: 1, value: (node) => address(node, 'ExternalIP') },
    { name: 'OS-Image', priority: 1, value: ({ status }) => status.nodeInfo?.osImage ?? '<unknown>' },
    { name: 'Kernel-Version', priority: 1, value: ({ status }) => status.nodeInfo?.kernelVersion ?? '<unknown>' },
    {
      name: 'Container-Runtime',
      priority: 1,
      value: ({ status }) => status.nodeInfo?.containerRuntimeVersion ?? '<unknown>',
    },
  ],
};

function nodeStatus({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status;
  const words = [ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady'];
  if (spec.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function roles({ metadata }: Node): string {
  const found = new Set<string>();
  for (const [label, value] of Object.entries(metadata.labels ?? {})) {
    if (label.startsWith(ROLE_PREFIX) && label.length > ROLE_PREFIX.length) found.add(label.slice(ROLE_PREFIX.length));
    else if (label === ROLE_LABEL && value !== '') found.add(value);
  }
  return found.size === 0 ? '<none>' : [...found].sort().join(',');
}

function address({ status }: Node, type: string): string {
  return status.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
}

/** validateNodeTaints. Upstream gives the path as if taints were metadata. */
function checkTaints({ spec }: Node, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, taint] of (spec?.taints ?? []).entries()) {
    const at = `metadata.taints[${index}]`;
    checkQualifiedName(taint.key, `${at}.key`, errors);
    const messages = isValidLabelValue(taint.value ?? '');
    if (messages.length > 0) errors.push(invalid(`${at}.value`, taint.value, messages.join(';')));
    checkTaintEffect(taint.effect, `${at}.effect`, errors);
    const key = `${taint.effect} ${taint.key}`;
    if (seen.has(key)) {
      const shown = {
        Key: taint.key,
        Value: taint.value ?? '',
        Effect: taint.effect,
        TimeAdded: taint.timeAdded ?? null,
      };
      errors.push(new FieldError('FieldValueDuplicate', at, shown, 'taints must be unique by key and effect pair'));
    }
    seen.add(key);
  }
}

/** ValidateNodeResources */
function checkAmounts({ status }: Node, errors: ErrorList): void {
  for (const field of ['capacity', 'allocatable'] as const)
    for (const [name, amount] of Object.entries(status?.[field] ?? {}))
      checkResourceQuantity(name, amount, `status.${field}.${name}`, errors);
}

function checkPodCidrs(cidrs: readonly string[], errors: ErrorList): void {
  const at = 'spec.podCIDRs';
  for (const [index, cidr] of cidrs.entries()) addInvalid(errors, `${at}[${index}]`, cidr, isValidCIDR(cidr));
  if (cidrs.length < 2) return;
  const families = new Set(cidrs.map((cidr) => parseCIDR(cidr)?.address.length));
  if (families.size !== 2 || cidrs.length > 2)
    errors.push(invalid(at, cidrs, 'may specify no more than one CIDR for each IP family'));
  for (const [index, cidr] of cidrs.entries())
    if (cidrs.indexOf(cidr) < index) errors.push(duplicate(`${at}[${index}]`, cidr));
}

/** What a node keeps once it has it (ValidateNodeUpdate). */
function checkKept({ spec, status }: Node, old: Node, errors: ErrorList): void {
  const addresses = (status?.addresses ?? []).map(({ type, address: at }) => `${type} ${at}`);
  for (const [index, entry] of addresses.entries())
    if (addresses.indexOf(entry) < index)
      errors.push(
        duplicate(`status.addresses[${index}]`, {
          Type: status.addresses![index]!.type,
          Address: status.addresses![index]!.address,
        }),
      );
  const before = old.spec?.podCIDRs ?? [];
  if (before.length > 0 && (spec?.podCIDRs ?? []).join() !== before.join())
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (!isBlank(old.spec?.providerID) && spec?.providerID !== old.spec?.providerID)
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
}

function taintWarnings(taints: readonly { key: string }[]): string[] {
  return taints.flatMap(({ key }, index) => {
    const advice = oldLabelWarning(key);
    return advice === undefined ? [] : [`spec.taints[${index}].key: ${key} is ${advice}`];
  });
}
