import { customSchemas } from './openapi-custom.ts';
import { resourcePaths } from './openapi-paths.ts';
import { collectSchemas, type Json } from './openapi-schema.ts';
import { type OpenApiSource, sorted } from './openapi-v3.ts';

/** The document at `/openapi/v2`: everything in one. */
export function openApiV2(source: OpenApiSource): Json {
  const paths: Json = {};
  for (const resource of source.resources) Object.assign(paths, resourcePaths(resource, 'v2'));
  const describe = source.describe ?? (() => undefined);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: source.serverVersion },
    paths: sorted(paths),
    definitions: collectSchemas(paths, 'v2', describe, customSchemas(source.resources, 'v2')),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}
