import { goQuote } from '../api/go-format.ts';
import { type Call, type Transport, Unreachable } from '../client/index.ts';
import { MILLISECOND, SECOND } from '../engine/index.ts';
import type { Remark } from '../node/kubelet/configuration.ts';
import { goDuration } from '../node/kubelet/go-duration.ts';

/** Where a kubelet looks for the API server in vain. */
export interface LostWay {
  /** `https://10.0.0.10:6553` */
  readonly server: string;
  /** `dial tcp 10.0.0.10:6553: connect: connection refused` */
  readonly why: string;
  /** The kubelet's node. */
  readonly node: string;
  /** The kubelet writes down what came of its requests. */
  write(remark: Remark): void;
}

/** A kubelet's way to an API server that is not where its kubeconfig says: every request fails, and it writes that down. */
export function connectInVain(way: LostWay): Transport & { cut(): void } {
  const lease = new LeaseComplaints(way);
  const fail = (call: Call): never => {
    const message = `${METHODS[call.verb] ?? 'Get'} "${urlOf(way.server, call)}": ${way.why}`;
    if (call.resource.plural === 'leases' || isForLease(call)) lease.failed();
    else way.write(['E', complaint(call, message, way.node)]);
    throw new Unreachable(message);
  };
  return { call: fail, watch: fail, cut() {} };
}

/** The lease's owner is asked for first; what else asks for the node says nothing of its own. */
const isForLease = ({ resource, verb }: Call) => resource.plural === 'nodes' && verb === 'get';

/** Complaints that there is no lease: at first at every failure, then, as upstream's back-off grows to 7 s, at fewer of them. */
class LeaseComplaints {
  private readonly way: LostWay;
  private interval = 200 * MILLISECOND;
  private silent = 0;

  constructor(way: LostWay) {
    this.way = way;
  }

  failed(): void {
    if (this.silent-- > 0) return;
    const { server, why, node } = this.way;
    const url = `${server}/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}?timeout=10s`;
    const about = `err=${goQuote(`Get "${url}": ${why}`)} interval="${goDuration(this.interval)}"`;
    this.way.write(['E', `controller.go:145] "Failed to ensure lease exists, will retry" ${about}`]);
    this.silent = Math.floor(this.interval / SECOND);
    this.interval = Math.min(2 * this.interval, 7 * SECOND);
  }
}

const METHODS: Readonly<Partial<Record<Call['verb'], string>>> = {
  create: 'Post',
  update: 'Put',
  patch: 'Patch',
  delete: 'Delete',
};

function urlOf(server: string, { verb, resource, subresource, namespace, name, options }: Call): string {
  const { group, version, plural } = resource;
  const parts = [
    group === '' ? `api/${version}` : `apis/${group}/${version}`,
    ...(namespace === undefined || namespace === '' ? [] : ['namespaces', namespace]),
    plural,
    ...(name === undefined || verb === 'create' ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  const selector = options?.fieldSelector;
  const query =
    verb === 'list' || verb === 'watch'
      ? `?${selector === undefined ? '' : `fieldSelector=${encodeURIComponent(selector)}&`}limit=500&resourceVersion=0`
      : '';
  return `${server}/${parts.join('/')}${query}`;
}

/** What the part of the kubelet that asked says of it. */
function complaint({ verb, resource, name = '' }: Call, message: string, node: string): string {
  const { plural, kind, version } = resource;
  const err = `err=${goQuote(message)}`;
  if (verb === 'list' || verb === 'watch') {
    const said = `k8s.io/client-go/informers/factory.go:160: Failed to watch *${version}.${kind}: failed to list *${version}.${kind}: ${message}`;
    return `reflector.go:200] "Unhandled Error" err=${goQuote(said)} logger="UnhandledError"`;
  }
  if (plural === 'nodes' && verb === 'create')
    return `kubelet_node_status.go:108] "Unable to register node with API server" ${err} node=${goQuote(node)}`;
  if (plural === 'nodes')
    return `kubelet_node_status.go:549] "Error updating node status, will retry" err=${goQuote(`error getting node ${goQuote(name)}: ${message}`)}`;
  if (plural === 'events') return `event.go:368] "Unable to write event (may retry after sleeping)" ${err}`;
  return `status_manager.go:1020] "Failed to get status for pod" ${err}`;
}
