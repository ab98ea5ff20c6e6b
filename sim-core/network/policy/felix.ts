import type { Pod } from '../../api/objects.ts';
import { type Client, InformerFactory } from '../../client/index.ts';
import { type Engine, fnv32a, MILLISECOND, type Timer } from '../../engine/index.ts';
import { namespaces } from '../../resources/namespace.ts';
import { networkPolicies } from '../../resources/network-policy.ts';
import { pods } from '../../resources/pod.ts';
import { parseIPv4 } from '../ipv4.ts';
import type { NetworkNamespace } from '../namespace.ts';
import { Rule } from '../netfilter/rule.ts';
import { isolating, type PolicyWorld, policyChain } from './policy-rules.ts';
import '../trace.ts';

const FORWARD = 'cali-FORWARD';
const TO_HOST = 'cali-wl-to-host';
const OWN = /^cali-(tw|fw)-/;
/** Changes that come close together are taken together. */
const APPLY_DELAY = 100 * MILLISECOND;

export interface PolicyEnforcementOptions {
  readonly engine: Engine;
  readonly client: Client;
  /** The node's own network namespace. */
  readonly node: NetworkNamespace;
  readonly nodeName: string;
}

/**
 * Enforces NetworkPolicies on one node, as Calico's Felix does: what comes to, or from, a pod of this node that a policy selects passes a chain of
 * rules written for it. Packets between a node and its own pods (a kubelet's probes) are not subject to ingress policies. It needs a network that takes
 * every packet of a pod through the node's FORWARD chain; a bridge does not. Returns what stops it; its rules stay.
 */
export function startPolicyEnforcement({ engine, client, node, nodeName }: PolicyEnforcementOptions): () => void {
  const informers = new InformerFactory(engine, client);
  const podInformer = informers.for(pods);
  const policyInformer = informers.for(networkPolicies);
  const namespaceInformer = informers.for(namespaces);
  let timer: Timer | undefined;
  let stopped = false;

  const changed = () => {
    if (stopped) return;
    if (timer?.run !== undefined) {
      if (timer.kind === 'work' || engine.kind === 'background') return;
      engine.cancel(timer);
    }
    timer = engine.after(APPLY_DELAY, apply);
  };

  function apply(): void {
    if (stopped || !informers.synced) return;
    const { netfilter } = node;
    const { filter } = netfilter.tables;
    for (const name of [...netfilter.sets.keys()]) if (name.startsWith('cali40s:')) netfilter.sets.delete(name);
    const world: PolicyWorld = {
      policies: [...policyInformer.list()],
      pods: [...podInformer.list()].filter(connected),
      namespace: (name) => namespaceInformer.get(undefined, name),
      addSet: (set) => netfilter.sets.set(set.name, set),
    };
    const dispatch: Rule[] = [];
    const toHost: Rule[] = [];
    const arriving: Rule[] = [];
    const kept = new Set<string>();
    for (const pod of world.pods) {
      if (pod.spec.nodeName !== nodeName) continue;
      const network = parseIPv4(pod.status.podIP ?? '');
      if (network === undefined) continue;
      const own = { network, bits: 32 };
      const hash = fnv32a(pod.metadata.uid).toString(16).padStart(8, '0');
      for (const direction of ['Egress', 'Ingress'] as const) {
        const policies = isolating(pod, direction, world);
        if (policies.length === 0) continue;
        const name = `cali-${direction === 'Egress' ? 'fw' : 'tw'}-${hash}`;
        kept.add(name);
        netfilter.chain('filter', name).rules = policyChain(pod, direction, policies, world);
        const comment = `${pod.metadata.namespace}/${pod.metadata.name}`;
        const target = { kind: 'jump', chain: name } as const;
        if (direction === 'Ingress') arriving.push(new Rule({ destination: own, comment }, target));
        else {
          const rule = new Rule({ source: own, comment }, target);
          dispatch.push(rule);
          toHost.push(rule);
        }
      }
    }
    for (const name of [...filter.keys()]) if (OWN.test(name) && !kept.has(name)) netfilter.deleteChain('filter', name);
    netfilter.chain('filter', FORWARD).rules = [...dispatch, ...arriving];
    netfilter.chain('filter', TO_HOST).rules = toHost;
    for (const [hook, chain] of [
      ['FORWARD', FORWARD],
      ['INPUT', TO_HOST],
    ] as const) {
      const { rules } = netfilter.chain('filter', hook);
      if (!rules.some(({ target }) => target.kind === 'jump' && target.chain === chain)) {
        netfilter.chain('filter', hook).prepend(new Rule({}, { kind: 'jump', chain }));
      }
    }
  }

  podInformer.addHandler({
    added: changed,
    deleted: changed,
    updated: (pod, old) => {
      const relabelled = pod.metadata.labels !== old.metadata.labels;
      if (relabelled || pod.status.podIP !== old.status.podIP || connected(pod) !== connected(old)) changed();
    },
  });
  policyInformer.addHandler({ added: changed, updated: changed, deleted: changed });
  namespaceInformer.addHandler({
    added: changed,
    deleted: changed,
    updated: (object, old) => {
      if (object.metadata.labels !== old.metadata.labels) changed();
    },
  });
  informers.start();
  changed();
  return () => {
    stopped = true;
    engine.cancel(timer);
    informers.stop();
  };
}

/** Whether a pod has an address of its own now. */
function connected({ spec, status }: Pod): boolean {
  const ended = status.phase === 'Succeeded' || status.phase === 'Failed';
  return spec.hostNetwork !== true && !ended && (status.podIP ?? '') !== '';
}
