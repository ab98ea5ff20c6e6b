import type * as NetworkingV1 from 'kubernetes-types/networking/v1';
import { type ErrorList, forbidden, invalid, notSupported, required } from '../api/field-error.ts';
import { cidrContains, cidrWarnings, isValidCIDR, parseCIDR } from '../api/ip.ts';
import { isValidPortName } from '../api/names.ts';
import type { NetworkPolicy } from '../api/objects.ts';
import { formatLabelSelector, type LabelSelectorObject } from '../api/selector.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkEnum, checkLabelSelector, checkPortNumber, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { PROTOCOLS } from './shared/pod-validation/ports.ts';

const TYPES = ['Ingress', 'Egress'];

export const networkPolicies: ResourceDefinition<NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  generation: true,
  applyDefaults(policy) {
    policy.spec ??= {} as NetworkingV1.NetworkPolicySpec;
    const { spec } = policy;
    spec.podSelector ??= {};
    for (const { ports = [] } of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of ports) port.protocol ??= 'TCP';
    if ((spec.policyTypes?.length ?? 0) === 0)
      spec.policyTypes = (spec.egress?.length ?? 0) > 0 ? [...TYPES] : ['Ingress'];
  },
  validate: checkPolicy,
  validateUpdate: (policy) => checkPolicy(policy),
  warnings: ({ spec }) => [
    ...(spec.ingress ?? []).flatMap(({ from = [] }, index) => peerWarnings(from, `spec.ingress[${index}].from`)),
    ...(spec.egress ?? []).flatMap(({ to = [] }, index) => peerWarnings(to, `spec.egress[${index}].to`)),
  ],
  columns: [
    NAME,
    { name: 'Pod-Selector', value: ({ spec }) => formatLabelSelector(spec.podSelector as LabelSelectorObject) },
    AGE,
  ],
};

/** ValidateNetworkPolicySpec */
function checkPolicy({ spec }: NetworkPolicy): ErrorList {
  const errors: ErrorList = [];
  checkLabelSelector(spec.podSelector as LabelSelectorObject, 'spec.podSelector', errors);
  for (const [index, { ports = [], from = [] }] of (spec.ingress ?? []).entries()) {
    const at = `spec.ingress[${index}]`;
    for (const [position, port] of ports.entries()) checkPort(port, `${at}.ports[${position}]`, errors);
    for (const [position, peer] of from.entries()) checkPeer(peer, `${at}.from[${position}]`, errors);
  }
  for (const [index, { ports = [], to = [] }] of (spec.egress ?? []).entries()) {
    const at = `spec.egress[${index}]`;
    for (const [position, port] of ports.entries()) checkPort(port, `${at}.ports[${position}]`, errors);
    for (const [position, peer] of to.entries()) checkPeer(peer, `${at}.to[${position}]`, errors);
  }
  const types = spec.policyTypes ?? [];
  if (types.length > TYPES.length)
    errors.push(invalid('spec.policyTypes', types, 'may not specify more than two policyTypes'));
  else
    for (const [index, type] of types.entries())
      if (!TYPES.includes(type)) errors.push(notSupported(`spec.policyTypes[${index}]`, type, TYPES));
  return errors;
}

function checkPort({ protocol, port, endPort }: NetworkingV1.NetworkPolicyPort, at: string, errors: ErrorList): void {
  if (protocol !== undefined) checkEnum(protocol, PROTOCOLS, `${at}.protocol`, errors);
  if (port === undefined) {
    if (endPort !== undefined)
      errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  } else if (typeof port === 'string') {
    if (endPort !== undefined)
      errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    addInvalid(errors, `${at}.port`, port, isValidPortName(port));
  } else {
    checkPortNumber(port, `${at}.port`, errors);
    if (endPort === undefined) return;
    if (endPort < port) errors.push(invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'));
    checkPortNumber(endPort, `${at}.endPort`, errors);
  }
}

/** ValidateNetworkPolicyPeer */
function checkPeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkingV1.NetworkPolicyPeer,
  at: string,
  errors: ErrorList,
): void {
  checkLabelSelector(podSelector as LabelSelectorObject | undefined, `${at}.podSelector`, errors);
  checkLabelSelector(namespaceSelector as LabelSelectorObject | undefined, `${at}.namespaceSelector`, errors);
  if (ipBlock !== undefined) checkBlock(ipBlock, `${at}.ipBlock`, errors);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) errors.push(required(at, 'must specify a peer'));
  else if (selects && ipBlock !== undefined)
    errors.push(forbidden(at, 'may not specify both ipBlock and another peer'));
}

function checkBlock({ cidr, except = [] }: NetworkingV1.IPBlock, at: string, errors: ErrorList): void {
  if (isBlank(cidr)) {
    errors.push(required(`${at}.cidr`));
    return;
  }
  const messages = isValidCIDR(cidr);
  addInvalid(errors, `${at}.cidr`, cidr, messages);
  const block = parseCIDR(cidr);
  if (block === undefined) return;
  for (const [index, text] of except.entries()) {
    const path = `${at}.except[${index}]`;
    addInvalid(errors, path, text, isValidCIDR(text));
    const hole = parseCIDR(text);
    if (hole !== undefined && !(cidrContains(block, hole.network) && hole.prefix > block.prefix))
      errors.push(invalid(path, text, 'must be a strict subset of `cidr`'));
  }
}

function peerWarnings(peers: readonly NetworkingV1.NetworkPolicyPeer[], at: string): string[] {
  return peers.flatMap(({ ipBlock }, index) =>
    ipBlock === undefined
      ? []
      : [
          ...cidrWarnings(`${at}[${index}].ipBlock.cidr`, ipBlock.cidr ?? ''),
          ...(ipBlock.except ?? []).flatMap((cidr, place) =>
            cidrWarnings(`${at}[${index}].ipBlock.except[${place}]`, cidr),
          ),
        ],
  );
}
