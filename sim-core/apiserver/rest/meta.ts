import { StatusError } from '../../api/status.ts';
import { KUBERNETES_VERSION } from '../../api/version.ts';
import type { RestResponse } from '../../client/rest.ts';
import type { ApiServer } from '../server.ts';
import { aggregatedDiscovery, apiGroup, groupList, groupVersions, resourceList } from './discovery.ts';
import { answerHealth } from './health.ts';
import type { Accepted } from './negotiation.ts';
import type { ParsedUrl } from './path.ts';

/** Parts of the API server that are loaded only where they are needed: they are large, and most pages do without. */
export interface MetaProvider {
  /** `/openapi/v3` and what is below it; undefined when there is no such document. */
  openApiV3?(server: ApiServer, path: string): unknown;
  /** `/openapi/v2`, as JSON or in the gnostic protobuf encoding (a Uint8Array). */
  openApiV2?(server: ApiServer, protobuf: boolean): unknown;
  /** Pages that hardly anyone opens: metrics, and what service-account tokens are known by. */
  page?(server: ApiServer, path: string): RestResponse | undefined;
  /** A request body in Kubernetes' protobuf encoding (bytes as code units 0–255) as a JSON object. */
  decodeProtobuf?(bytes: string): unknown;
}

const JSON_HEADERS = { 'content-type': 'application/json' };

export const VERSION = {
  major: '1',
  minor: '33',
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '74cdb4273d8e3ee5f7f8a0f2fd1e0b2f0a1cf5b1',
  gitTreeState: 'clean',
  buildDate: '2025-08-12T12:00:00Z',
  goVersion: 'go1.24.5',
  compiler: 'gc',
  platform: 'linux/amd64',
};

/** Answers what is not a resource: discovery, version, health, OpenAPI. Undefined: no such page. */
export function answerMeta(
  server: ApiServer,
  url: ParsedUrl,
  accepted: Accepted | undefined,
  provider: MetaProvider = {},
): RestResponse | undefined {
  const { resources } = server;
  const { segments } = url;
  const json = (body: unknown): RestResponse | undefined =>
    body === undefined ? undefined : { status: 200, headers: JSON_HEADERS, body };
  const [root, first, second, third] = segments;
  switch (root) {
    case undefined:
      return json({ paths: rootPaths(server) });
    case 'version':
      return segments.length === 1 ? json(VERSION) : undefined;
    case 'healthz':
    case 'livez':
    case 'readyz':
      return answerHealth(server, url);
    case 'api':
    case 'apis': {
      const core = root === 'api';
      const { discovery } = accepted ?? {};
      if (first === undefined) {
        if (discovery !== undefined) {
          const type = `application/json;g=apidiscovery.k8s.io;v=${discovery};as=APIGroupDiscoveryList`;
          return {
            status: 200,
            headers: { 'content-type': type, vary: 'Accept' },
            body: aggregatedDiscovery(resources, core, discovery),
          };
        }
        return json(core ? coreVersions() : groupList(resources));
      }
      const group = core ? '' : first;
      const version = core ? first : second;
      if ((core ? second : third) !== undefined) return undefined;
      if (version === undefined) {
        const found = apiGroup(resources, group);
        return json(found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...found });
      }
      return groupVersions(resources).get(group)?.includes(version) === true
        ? json(resourceList(resources, group, version))
        : undefined;
    }
    case 'openapi':
      if (first === 'v3') return json(provider.openApiV3?.(server, segments.slice(2).join('/')));
      if (first === 'v2' && second === undefined) return openApiV2(server, accepted, provider);
      return undefined;
    default:
      return provider.page?.(server, url.path);
  }
}

function coreVersions(): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.10:6443' }],
  };
}

function rootPaths({ resources }: ApiServer): string[] {
  const paths = ['/.well-known/openid-configuration', '/api', '/api/v1', '/apis'];
  const groups = [...groupVersions(resources)].filter(([group]) => group !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [group, versions] of groups)
    paths.push(`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`));
  return [...paths, '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/readyz', '/version'];
}

function openApiV2(
  server: ApiServer,
  accepted: Accepted | undefined,
  provider: MetaProvider,
): RestResponse | undefined {
  const protobuf = accepted?.protobuf === true;
  const body = provider.openApiV2?.(server, protobuf);
  if (body === undefined) {
    throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
  }
  const type = protobuf ? 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' : 'application/json';
  return { status: 200, headers: { 'content-type': type }, body };
}
