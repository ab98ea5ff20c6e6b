import type { Service } from '../../api/objects.ts';
import type { Informer } from '../../client/index.ts';
import type { KeyValue } from '../cri/container.ts';

const MASTER_NAMESPACE = 'default';
const MASTER_SERVICES = ['kubernetes'];

/**
 * The variables that tell containers of Services, as Docker's links did (envvars.FromServices): those of the pod's own
 * namespace, if it wants them, and always that of the API server. The lists are shared by all containers that see the same.
 */
export class ServiceEnvironment {
  private readonly services: Informer<Service>;
  private readonly lists = new Map<string, readonly KeyValue[]>();

  constructor(services: Informer<Service>) {
    this.services = services;
    const forget = () => this.lists.clear();
    services.addHandler({ added: forget, updated: forget, deleted: forget });
  }

  /** Whether Services have been read at least once. */
  get synced(): boolean {
    return this.services.synced;
  }

  variables(namespace: string, links: boolean): readonly KeyValue[] {
    const key = `${links ? '+' : '-'}${namespace}`;
    let list = this.lists.get(key);
    if (list === undefined) {
      list = this.make(namespace, links);
      this.lists.set(key, list);
    }
    return list;
  }

  private make(namespace: string, links: boolean): KeyValue[] {
    const chosen = new Map<string, Service>();
    for (const service of this.services.list()) {
      const { name } = service.metadata;
      const clusterIp = service.spec.clusterIP ?? '';
      if (clusterIp === '' || clusterIp === 'None') continue;
      const from = service.metadata.namespace;
      if (from === MASTER_NAMESPACE && MASTER_SERVICES.includes(name)) {
        if (!chosen.has(name)) chosen.set(name, service);
      } else if (links && from === namespace) chosen.set(name, service);
    }
    return [...chosen.values()].flatMap(variablesOf);
  }
}

function variablesOf({ metadata, spec }: Service): KeyValue[] {
  const prefix = variableName(metadata.name);
  const host = spec.clusterIP!;
  const ports = spec.ports ?? [];
  const first = ports[0];
  const result: KeyValue[] = [{ key: `${prefix}_SERVICE_HOST`, value: host }];
  if (first === undefined) return result;
  const add = (key: string, value: string | number) => result.push({ key, value: String(value) });
  add(`${prefix}_SERVICE_PORT`, first.port);
  for (const { name, port } of ports) {
    if (name !== undefined && name !== '') add(`${prefix}_SERVICE_PORT_${variableName(name)}`, port);
  }
  for (const [index, { protocol = 'TCP', port }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    if (index === 0) add(`${prefix}_PORT`, url);
    const portPrefix = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    add(portPrefix, url);
    add(`${portPrefix}_PROTO`, protocol.toLowerCase());
    add(`${portPrefix}_PORT`, port);
    add(`${portPrefix}_ADDR`, host);
  }
  return result;
}

function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
