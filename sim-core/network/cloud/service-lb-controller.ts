import { type Node, objectKey, type Service, splitKey } from '../../api/objects.ts';
import type { ControllerContext, ControllerDefinition } from '../../controllers/controller.ts';
import { nodes } from '../../resources/node.ts';
import { services } from '../../resources/service.ts';
import type { Fabric } from '../fabric.ts';
import { formatIPv4, type IPv4, parseIPv4, prefix } from '../ipv4.ts';
import { TCP, UDP } from '../packet.ts';
import type { ProcessStack } from '../stack.ts';
import { AddressPool } from './address-pool.ts';
import { NetworkLoadBalancer } from './network-load-balancer.ts';

const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const KUBE_PROXY_HEALTH = { port: 10_256, path: '/healthz' };

/**
 * Public addresses of load balancers: TEST-NET-3 (RFC 5737), which is set aside for documentation, so that no address in the book is
 * anybody's. The first hundred are left for other examples.
 */
const PUBLIC = '203.0.113.0/24';
const RESERVED = 100;

export interface CloudOptions {
  readonly fabric: Fabric;
  /** Where the cloud's health checks come from. */
  readonly stack: ProcessStack;
  /** The addresses it can give. Default: from 203.0.113.100 on. */
  readonly addresses?: string;
}

/**
 * The service controller of a cloud controller manager: makes a load balancer for each Service of type LoadBalancer, says its address in
 * the Service's status, and takes it away with the Service. Clusters without a cloud do not run it, and their Services stay pending.
 */
export function serviceLoadBalancers(options: CloudOptions): ControllerDefinition {
  const pool = new AddressPool(prefix(options.addresses ?? PUBLIC), options.addresses === undefined ? RESERVED : 1);
  const balancers = new Map<string, NetworkLoadBalancer>();
  return {
    name: 'service-lb-controller',
    serviceAccount: 'service-controller',
    eventSource: 'service-controller',
    setUp: (context) => setUp(context, options, pool, balancers),
  };
}

function setUp(
  { client, events, informers, queue }: ControllerContext,
  { fabric, stack }: CloudOptions,
  pool: AddressPool,
  balancers: Map<string, NetworkLoadBalancer>,
): void {
  const serviceInformer = informers.for(services);
  const nodeInformer = informers.for(nodes);
  const work = queue({ reconcile });
  serviceInformer.addHandler({
    added: (service) => consider(service),
    updated: (service) => consider(service),
    deleted: (service) => consider(service),
  });
  const nodesChanged = () => {
    for (const key of balancers.keys()) work.add(key);
  };
  nodeInformer.addHandler({
    added: nodesChanged,
    deleted: nodesChanged,
    updated: (node, old) => {
      if (balanced(node) !== balanced(old)) nodesChanged();
    },
  });

  function consider(service: Service): void {
    if (wanted(service) || service.metadata.finalizers?.includes(FINALIZER) === true) work.add(objectKey(service));
  }

  function reconcile(key: string): void {
    const { namespace, name } = splitKey(key);
    const service = serviceInformer.get(namespace, name);
    if (service === undefined || service.metadata.deletionTimestamp !== undefined || !wanted(service)) {
      release(key, service);
      return;
    }
    const finalizers = service.metadata.finalizers ?? [];
    let current = service;
    if (!finalizers.includes(FINALIZER)) {
      events.normal(service, 'EnsuringLoadBalancer', 'Ensuring load balancer');
      // By way of the status, which carries metadata too: the controller may not update Services themselves.
      current = client.updateStatus(services, {
        ...service,
        metadata: { ...service.metadata, finalizers: [...finalizers, FINALIZER] },
      });
    }
    const balancer = balancers.get(key) ?? make(key, current);
    balancer.configure(
      (current.spec.ports ?? []).flatMap(({ port, protocol }) =>
        protocol === 'SCTP' ? [] : [{ port, protocol: protocol === 'UDP' ? UDP : TCP }],
      ),
      [...nodeInformer.list()].filter(balanced).map(({ metadata }) => metadata.name),
      current.spec.externalTrafficPolicy === 'Local' && (current.spec.healthCheckNodePort ?? 0) > 0
        ? { port: current.spec.healthCheckNodePort!, path: '/' }
        : KUBE_PROXY_HEALTH,
    );
    const ip = formatIPv4(balancer.address);
    if (current.status.loadBalancer?.ingress?.[0]?.ip === ip) return;
    const loadBalancer = { ingress: [{ ip, ipMode: 'VIP' }] };
    client.updateStatus(services, { ...current, status: { ...current.status, loadBalancer } });
    events.normal(current, 'EnsuredLoadBalancer', 'Ensured load balancer');
  }

  /** A load balancer at the address that the Service has had, or wishes for, or else at any. */
  function make(key: string, { metadata, spec, status }: Service): NetworkLoadBalancer {
    const had = parseIPv4(status.loadBalancer?.ingress?.[0]?.ip ?? '');
    const wish: IPv4 | undefined = had ?? parseIPv4(spec.loadBalancerIP ?? '');
    const address = pool.take(wish);
    if (address === undefined) {
      const why = wish === undefined ? 'no addresses are left' : `address ${formatIPv4(wish)} is not available`;
      const service = serviceInformer.getByKey(key)!;
      events.warning(
        service,
        'SyncLoadBalancerFailed',
        `Error syncing load balancer: failed to ensure load balancer: ${why}`,
      );
      throw new Error(`failed to ensure load balancer: ${why}`);
    }
    const made = new NetworkLoadBalancer(fabric, stack, `${metadata.namespace}/${metadata.name}`, address);
    balancers.set(key, made);
    return made;
  }

  function release(key: string, service: Service | undefined): void {
    const balancer = balancers.get(key);
    const finalizers = service?.metadata.finalizers ?? [];
    const held = finalizers.includes(FINALIZER);
    if (service !== undefined && held) events.normal(service, 'DeletingLoadBalancer', 'Deleting load balancer');
    if (balancer !== undefined) {
      balancer.remove();
      pool.free(balancer.address);
      balancers.delete(key);
    }
    if (service === undefined || !held) return;
    let current = service;
    if (current.status.loadBalancer?.ingress !== undefined) {
      current = client.updateStatus(services, { ...current, status: { ...current.status, loadBalancer: {} } });
    }
    events.normal(service, 'DeletedLoadBalancer', 'Deleted load balancer');
    client.updateStatus(services, {
      ...current,
      metadata: { ...current.metadata, finalizers: finalizers.filter((one) => one !== FINALIZER) },
    });
  }
}

function wanted({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined;
}

/** Whether load balancers send to a node: not to those that are excluded or about to be removed. */
function balanced({ metadata }: Node): boolean {
  return metadata.labels?.[EXCLUDED] === undefined && metadata.deletionTimestamp === undefined;
}
