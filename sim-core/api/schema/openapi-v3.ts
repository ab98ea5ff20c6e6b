import { customSchemas } from './openapi-custom.ts';
import { hashText } from './openapi-hash.ts';
import { resourcePaths, rootOf, type ServedResource } from './openapi-paths.ts';
import { collectSchemas, type Describe, type Json } from './openapi-schema.ts';

/** What both documents are made from. */
export interface OpenApiSource {
  readonly resources: readonly ServedResource[];
  /** `v1.33.0` */
  readonly serverVersion: string;
  /** Descriptions, when they are loaded. */
  readonly describe?: Describe;
}

/** `api/v1`, `apis/apps/v1`: how the index of /openapi/v3 calls a group's version. */
export function openApiV3Path(group: string, version: string): string {
  return rootOf(group, version).slice(1);
}

/** The document of one group's version, as `/openapi/v3/apis/apps/v1` serves it; undefined when nothing is served there. */
export function openApiV3(source: OpenApiSource, path: string): Json | undefined {
  const resources = source.resources.filter((one) => openApiV3Path(one.group, one.version) === path);
  if (resources.length === 0) return undefined;
  const paths: Json = {};
  for (const resource of resources) Object.assign(paths, resourcePaths(resource, 'v3'));
  const describe = source.describe ?? (() => undefined);
  const known = customSchemas(resources, 'v3');
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: source.serverVersion },
    paths: sorted(paths),
    components: {
      schemas: collectSchemas(paths, 'v3', describe, known),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
    security: [{ BearerToken: [] }],
  };
}

/**
 * The index at `/openapi/v3`: where the document of each group's version is. The URL holds a hash of its content, so that clients may
 * keep what they have read.
 */
export function openApiV3Index(source: OpenApiSource): Json {
  const names = new Set(source.resources.map((one) => openApiV3Path(one.group, one.version)));
  const paths: Json = {};
  for (const name of [...names].sort()) {
    paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${openApiV3Hash(source, name)}` };
  }
  return { paths };
}

/** A hash of what a group's version serves, for URLs and ETags: of the resources and the version, which all else follows from. */
export function openApiV3Hash(source: OpenApiSource, path: string): string {
  const resources = source.resources.filter((one) => openApiV3Path(one.group, one.version) === path);
  return hashText(JSON.stringify([source.serverVersion, source.describe !== undefined, resources]));
}

export function sorted(object: Json): Json {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
