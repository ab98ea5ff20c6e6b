import type { NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import type { Namespace, NetworkPolicy, Pod } from '../../api/objects.ts';
import { labelSelectorAsSelector } from '../../api/selector.ts';
import { fnv32a } from '../../engine/index.ts';
import { parseIPv4, parsePrefix } from '../ipv4.ts';
import { IpSet } from '../netfilter/ip-set.ts';
import { type Match, Rule } from '../netfilter/rule.ts';
import { TCP, UDP } from '../packet.ts';

/** The cluster, as far as policies look at it. */
export interface PolicyWorld {
  readonly policies: Iterable<NetworkPolicy>;
  /** Pods with addresses of their own, that run. */
  readonly pods: readonly Pod[];
  namespace(name: string): Namespace | undefined;
  /** Makes a set of addresses known to the rules; sets of one name are one set. */
  addSet(set: IpSet): void;
}

export type Direction = 'Ingress' | 'Egress';

/** The policies that isolate a pod in a direction; none: everything is allowed. */
export function isolating(pod: Pod, direction: Direction, { policies }: PolicyWorld): NetworkPolicy[] {
  const found: NetworkPolicy[] = [];
  for (const policy of policies) {
    if (policy.metadata.namespace !== pod.metadata.namespace) continue;
    const { podSelector, policyTypes, egress } = policy.spec;
    const types = policyTypes ?? (egress === undefined || egress.length === 0 ? ['Ingress'] : ['Ingress', 'Egress']);
    if (types.includes(direction) && labelSelectorAsSelector(podSelector).matches(pod.metadata.labels))
      found.push(policy);
  }
  return found;
}

/**
 * The chain of one pod in one direction: what any of its policies allows returns, to be tested for what comes next; the rest is dropped.
 */
export function policyChain(
  pod: Pod,
  direction: Direction,
  policies: readonly NetworkPolicy[],
  world: PolicyWorld,
): Rule[] {
  const rules: Rule[] = [];
  for (const policy of policies) {
    const { namespace = '', name } = policy.metadata;
    const list = direction === 'Ingress' ? policy.spec.ingress : policy.spec.egress;
    for (const rule of list ?? []) {
      const peers =
        (direction === 'Ingress'
          ? (rule as { from?: NetworkPolicyPeer[] }).from
          : (rule as { to?: NetworkPolicyPeer[] }).to) ?? [];
      const comment = `Policy ${namespace}/${name} ${direction.toLowerCase()}`;
      for (const peer of peers.length === 0 ? [undefined] : peers) {
        for (const match of portMatches(rule.ports, pod, direction, world)) {
          rules.push(
            new Rule({ ...match, ...peerMatch(peer, namespace, direction, world, match), comment }, { kind: 'return' }),
          );
        }
      }
    }
  }
  rules.push(new Rule({ comment: `Drop if no policies passed packet` }, { kind: 'drop' }));
  return rules;
}

function peerMatch(
  peer: NetworkPolicyPeer | undefined,
  namespace: string,
  direction: Direction,
  world: PolicyWorld,
  ports: Match,
): Match {
  if (peer === undefined) return {};
  if (peer.ipBlock !== undefined) {
    const block = parsePrefix(peer.ipBlock.cidr) ?? { network: 0, bits: 32 };
    const side = direction === 'Ingress' ? { source: block } : { destination: block };
    const except = peer.ipBlock.except ?? [];
    if (except.length === 0) return side;
    const set = new IpSet(setName(`except ${except.join(' ')}`), 'hash:net');
    for (const text of except) {
      const network = parsePrefix(text);
      if (network !== undefined) set.addNetwork(network);
    }
    world.addSet(set);
    return { ...side, set: { name: set.name, by: direction === 'Ingress' ? 'src' : 'dst', not: true } };
  }
  const selected = selectPods(peer, namespace, world);
  // Egress to a named port has its own set, of addresses with ports: keep of it what the peers allow.
  if (ports.set !== undefined && direction === 'Egress') {
    const named = world.pods.filter((pod) => selected.includes(pod));
    const set = namedPortSet(
      ports.set.name.slice(ports.set.name.indexOf('@') + 1),
      ports.protocol ?? TCP,
      named,
      namespace,
      peer,
    );
    world.addSet(set);
    return { set: { name: set.name, by: 'dst,dst' } };
  }
  const set = new IpSet(setName(`pods ${namespace} ${JSON.stringify(peer)}`), 'hash:ip');
  for (const { status } of selected) {
    const address = parseIPv4(status.podIP ?? '');
    if (address !== undefined) set.addAddress(address);
  }
  world.addSet(set);
  return { set: { name: set.name, by: direction === 'Ingress' ? 'src' : 'dst' } };
}

/** Pods that a peer means: of the policy's own namespace, unless it selects namespaces. */
function selectPods(
  { podSelector, namespaceSelector }: NetworkPolicyPeer,
  namespace: string,
  world: PolicyWorld,
): Pod[] {
  const pods = podSelector === undefined ? undefined : labelSelectorAsSelector(podSelector);
  const namespaces = namespaceSelector === undefined ? undefined : labelSelectorAsSelector(namespaceSelector);
  return world.pods.filter(({ metadata }) => {
    if (namespaces === undefined) {
      if (metadata.namespace !== namespace) return false;
    } else if (!namespaces.matches(world.namespace(metadata.namespace ?? '')?.metadata.labels)) return false;
    return pods === undefined || pods.matches(metadata.labels);
  });
}

/** One match for each port that a rule names; one that matches all ports when it names none. SCTP is not carried. */
function portMatches(
  ports: readonly NetworkPolicyPort[] | undefined,
  pod: Pod,
  direction: Direction,
  world: PolicyWorld,
): Match[] {
  if (ports === undefined || ports.length === 0) return [{}];
  const matches: Match[] = [];
  for (const { port, endPort, protocol = 'TCP' } of ports) {
    if (protocol !== 'TCP' && protocol !== 'UDP') continue;
    const number = protocol === 'TCP' ? TCP : UDP;
    if (port === undefined) matches.push({ protocol: number });
    else if (typeof port === 'number') {
      matches.push({ protocol: number, destinationPort: endPort === undefined ? port : [port, endPort] });
    } else if (direction === 'Ingress') {
      for (const own of containerPorts(pod, port, protocol)) matches.push({ protocol: number, destinationPort: own });
    } else {
      const set = namedPortSet(port, number, world.pods, '', undefined);
      world.addSet(set);
      matches.push({ protocol: number, set: { name: set.name, by: 'dst,dst' } });
    }
  }
  return matches;
}

function containerPorts({ spec }: Pod, name: string, protocol: string): number[] {
  return spec.containers.flatMap(({ ports = [] }) =>
    ports
      .filter((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)
      .map(({ containerPort }) => containerPort),
  );
}

function namedPortSet(
  port: string,
  protocol: number,
  pods: readonly Pod[],
  namespace: string,
  peer: NetworkPolicyPeer | undefined,
): IpSet {
  const word = protocol === TCP ? 'tcp' : 'udp';
  const set = new IpSet(`${setName(`${word} ${namespace} ${JSON.stringify(peer ?? null)}`)}@${port}`, 'hash:ip,port');
  for (const pod of pods) {
    for (const number of containerPorts(pod, port, word.toUpperCase()))
      set.addTuple(`${pod.status.podIP},${word}:${number}`);
  }
  return set;
}

function setName(content: string): string {
  return `cali40s:${fnv32a(content).toString(16).padStart(8, '0')}${fnv32a(content, 5).toString(16).padStart(8, '0')}`;
}
