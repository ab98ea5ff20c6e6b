import { fnv32a } from '../../engine/index.ts';
import { formatIPv4, parseIPv4, prefix } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { Rule } from '../netfilter/rule.ts';
import { TCP, UDP } from '../packet.ts';
import { CniError, type CniPlugin } from './plugin.ts';

const ENTRY = 'CNI-HOSTPORT-DNAT';
const SET_MARK = 'CNI-HOSTPORT-SETMARK';
const MASQUERADE = 'CNI-HOSTPORT-MASQ';
const MARK = 0x2000;

function chainName(container: string): string {
  const hash = fnv32a(container).toString(16).padStart(8, '0') + fnv32a(container, 7).toString(16).padStart(8, '0');
  return `CNI-DN-${hash}${hash.slice(0, 5)}`;
}

/** The chains that all host ports of a node share, made with the first. */
function entryChains(node: NetworkNamespace): void {
  const { netfilter } = node;
  if (netfilter.tables.nat.has(ENTRY)) return;
  const entry = new Rule({ destinationLocal: true }, { kind: 'jump', chain: ENTRY });
  for (const hook of ['PREROUTING', 'OUTPUT']) netfilter.chain('nat', hook).append(entry);
  netfilter.chain('nat', ENTRY);
  const mark = { value: MARK, mask: MARK };
  const setMark = netfilter.chain('nat', SET_MARK);
  setMark.rules = [new Rule({ comment: 'CNI portfwd masquerade mark' }, { kind: 'mark', ...mark })];
  const masquerade = netfilter.chain('nat', MASQUERADE);
  masquerade.rules = [new Rule({ mark }, { kind: 'masquerade' })];
  const jump = new Rule({ comment: 'CNI portfwd requiring masquerade' }, { kind: 'jump', chain: MASQUERADE });
  netfilter.chain('nat', 'POSTROUTING').append(jump);
}

/** The `portmap` plugin of the CNI project: a pod's hostPort becomes a DNAT rule on its node. */
export const portmapPlugin: CniPlugin = {
  type: 'portmap',
  *add({ containerId, machine, networkName, portMappings }, previous) {
    if (previous === undefined) throw new CniError('must be called as chained plugin');
    const pod = previous.ips[0];
    const mappings = portMappings.filter(({ hostPort, protocol }) => hostPort > 0 && protocol !== 'SCTP');
    if (mappings.length === 0 || pod === undefined) return previous;
    const { netfilter } = machine.namespace;
    entryChains(machine.namespace);
    const name = chainName(containerId);
    const chain = netfilter.chain('nat', name);
    const rules: Rule[] = [];
    const entries = [...netfilter.chain('nat', ENTRY).rules];
    for (const mapping of mappings) {
      const host = parseIPv4(mapping.hostIp);
      const match = {
        protocol: mapping.protocol === 'TCP' ? TCP : UDP,
        destinationPort: mapping.hostPort,
        ...(host === undefined || host === 0 ? {} : { destination: { network: host, bits: 32 } }),
      } as const;
      const comment = `dnat name: "${networkName}" id: "${containerId}"`;
      entries.push(new Rule({ ...match, comment }, { kind: 'jump', chain: name }));
      const subnet = prefix(`${formatIPv4(pod.address)}/${pod.bits}`);
      for (const source of [subnet, prefix('127.0.0.1/32')]) {
        rules.push(new Rule({ ...match, source }, { kind: 'jump', chain: SET_MARK }));
      }
      rules.push(new Rule(match, { kind: 'dnat', address: pod.address, port: mapping.containerPort }));
    }
    chain.rules = rules;
    netfilter.chain('nat', ENTRY).rules = entries;
    return previous;
  },
  del({ containerId, machine }) {
    const { rules } = machine.namespace;
    const name = chainName(containerId);
    if (rules?.tables.nat.has(name) !== true) return;
    const entry = rules.chain('nat', ENTRY);
    entry.rules = entry.rules.filter(({ target }) => target.kind !== 'jump' || target.chain !== name);
    rules.deleteChain('nat', name);
  },
};
