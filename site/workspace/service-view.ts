import type { EndpointSlice, Service } from '../../sim-core/api/objects.ts';
import type { Mirror } from './mirror.ts';
import { isSystemNamespace } from './system-namespaces.ts';
import type { PodView, ServiceView } from './view.ts';

/** The learner's Services with the pods behind them, by their EndpointSlices. */
export function serviceViews(mirror: Mirror, pods: ReadonlyMap<string, PodView>): ServiceView[] {
  const services = (mirror.list('services') as unknown as Service[]).filter(
    ({ metadata }) =>
      !isSystemNamespace(metadata.namespace) && !(metadata.namespace === 'default' && metadata.name === 'kubernetes'),
  );
  const slices = mirror.list('endpointslices.discovery.k8s.io') as unknown as EndpointSlice[];
  return services.map((service) => {
    const { uid, name, namespace = '' } = service.metadata;
    const endpoints = slices
      .filter(
        ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
      )
      .flatMap((slice) => slice.endpoints ?? []);
    const targets = (ready: boolean) =>
      endpoints
        .filter(({ conditions }) => (conditions?.ready !== false) === ready)
        .map(({ targetRef }) => targetRef?.uid ?? '')
        .filter((target) => pods.has(target));
    return {
      uid,
      name,
      namespace,
      type: service.spec.type ?? 'ClusterIP',
      ports: portsOf(service),
      readyPods: targets(true),
      waitingPods: targets(false),
    };
  });
}

function portsOf({ spec }: Service): string {
  return (spec.ports ?? [])
    .map(({ port, nodePort, protocol = 'TCP' }) =>
      nodePort === undefined ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
    )
    .join(',');
}
