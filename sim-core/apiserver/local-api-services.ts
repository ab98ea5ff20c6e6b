import type { CustomResourceDefinition } from '../api/objects.ts';
import { formatTime } from '../engine/index.ts';
import { splitGroupVersion } from '../resources/registry.ts';
import { storeOwn } from './own-objects.ts';
import type { ApiServer } from './server.ts';

const TABLE = 'apiservices.apiregistration.k8s.io';
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';
const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';
/** Of custom resources (crdregistration). */
const CUSTOM_GROUP = 1000;
const CUSTOM_VERSION = 100;

/** How early clients are to try each group, and each version in it (apiVersionPriorities of cmd/kube-apiserver). */
const PRIORITIES: readonly (readonly [groupVersion: string, group: number, version: number])[] = [
  ['v1', 18_000, 1],
  ['apps/v1', 17_800, 15],
  ['events.k8s.io/v1', 17_750, 15],
  ['authentication.k8s.io/v1', 17_700, 15],
  ['authorization.k8s.io/v1', 17_600, 15],
  ['autoscaling/v1', 17_500, 15],
  ['autoscaling/v2', 17_500, 30],
  ['batch/v1', 17_400, 15],
  ['certificates.k8s.io/v1', 17_300, 15],
  ['networking.k8s.io/v1', 17_200, 15],
  ['policy/v1', 17_100, 15],
  ['rbac.authorization.k8s.io/v1', 17_000, 15],
  ['storage.k8s.io/v1', 16_800, 15],
  ['admissionregistration.k8s.io/v1', 16_700, 15],
  ['apiextensions.k8s.io/v1', 16_700, 15],
  ['scheduling.k8s.io/v1', 16_600, 15],
  ['coordination.k8s.io/v1', 16_500, 15],
  ['node.k8s.io/v1', 16_300, 15],
  ['discovery.k8s.io/v1', 16_200, 15],
  ['flowcontrol.apiserver.k8s.io/v1', 16_100, 21],
];

/** Makes the APIServices of the groups that the server serves itself, when it starts. */
export function registerLocalApiServices(server: ApiServer): void {
  for (const [groupVersion, groupPriority, versionPriority] of PRIORITIES) {
    const { group, version } = splitGroupVersion(groupVersion);
    add(server, group, version, groupPriority, versionPriority, 'onstart');
  }
}

/** Keeps an APIService for each version that CustomResourceDefinitions serve (the crd-autoregister controller). */
export function followDefinitions(server: ApiServer): void {
  server.watchCache.watch({
    table: DEFINITIONS,
    filter: {},
    actor: 'kube-apiserver',
    since: server.store.revision,
    handle: ({ object, type }) => {
      const { group, versions } = (object as unknown as CustomResourceDefinition).spec;
      for (const { name, served } of versions) {
        if (type !== 'DELETED' && served) add(server, group, name, CUSTOM_GROUP, CUSTOM_VERSION, 'true');
        else if (!isServed(server, group, name)) remove(server, `${name}.${group}`);
      }
    },
  });
}

function isServed({ store }: ApiServer, group: string, version: string): boolean {
  const definitions = store.list(DEFINITIONS) as unknown as CustomResourceDefinition[];
  return definitions.some(
    ({ spec }) => spec.group === group && spec.versions.some(({ name, served }) => name === version && served),
  );
}

function add(
  server: ApiServer,
  group: string,
  version: string,
  groupPriorityMinimum: number,
  versionPriority: number,
  managed: 'onstart' | 'true',
): void {
  const lastTransitionTime = formatTime(server.engine.now);
  const message = 'Local APIServices are always available';
  storeOwn(server, TABLE, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [AUTOMANAGED]: managed } },
    spec: { ...(group === '' ? {} : { group }), groupPriorityMinimum, version, versionPriority },
    status: { conditions: [{ lastTransitionTime, message, reason: 'Local', status: 'True', type: 'Available' }] },
  });
}

function remove({ store }: ApiServer, name: string): void {
  const found = store.get(TABLE, name);
  if (found?.metadata.labels?.[AUTOMANAGED] === 'true') store.delete(TABLE, name, found);
}
