import { decodeProtobufBody } from '../../api/protobuf/decode-body.ts';
import { ProtoError } from '../../api/protobuf/reader.ts';
import { DESCRIPTIONS } from '../../api/schema/descriptions.gen.ts';
import type { ServedResource } from '../../api/schema/openapi-paths.ts';
import { describeFrom } from '../../api/schema/openapi-schema.ts';
import { openApiV2 } from '../../api/schema/openapi-v2.ts';
import { encodeOpenApiV2 } from '../../api/schema/openapi-v2-proto.ts';
import { type OpenApiSource, openApiV3, openApiV3Index } from '../../api/schema/openapi-v3.ts';
import { badRequest } from '../../api/status.ts';
import { connectSubresources } from '../connect.ts';
import type { ApiServer } from '../server.ts';
import { subresources } from '../subresources/index.ts';
import { ALL_VERBS } from './discovery.ts';
import { type MetaProvider, VERSION } from './meta.ts';
import { page } from './pages.ts';

const describe = describeFrom(DESCRIPTIONS);

/** What the server serves, as the OpenAPI documents are made from. */
function sourceOf({ resources }: ApiServer): OpenApiSource {
  const served = resources.served().map(({ resource, group, version, kind, conversion }): ServedResource => {
    const schema = conversion === undefined ? resource.schema : conversion.schema;
    const nested = [...subresources, ...connectSubresources].filter((subresource) => subresource.serves(resource));
    return {
      group,
      version,
      kind,
      plural: resource.plural,
      namespaced: resource.namespaced,
      verbs: resource.verbs ?? ALL_VERBS,
      ...(schema === undefined ? {} : { schema: schema as ServedResource['schema'] }),
      subresources: nested.map(({ name, verbs, kind: own }) => ({
        name,
        verbs,
        ...(own === undefined ? {} : { kind: own }),
      })),
    };
  });
  return { resources: served, serverVersion: VERSION.gitVersion, describe };
}

/**
 * The large parts of the API server's face: OpenAPI documents with their descriptions, and protobuf bodies. Documents are made when they
 * are first asked for and kept until what is served changes.
 */
export function apiDocuments(): MetaProvider {
  const kept = new Map<string, { hash: string; document: unknown }>();
  const keep = (name: string, hash: string, make: () => unknown): unknown => {
    const found = kept.get(name);
    if (found?.hash === hash) return found.document;
    const document = make();
    kept.set(name, { hash, document });
    return document;
  };
  const state = ({ resources }: ApiServer) => String(resources.generation);
  return {
    openApiV3(server, path) {
      if (path === '') return keep('v3', state(server), () => openApiV3Index(sourceOf(server)));
      return keep(`v3/${path}`, state(server), () => openApiV3(sourceOf(server), path));
    },
    openApiV2(server, protobuf) {
      const document = keep('v2', state(server), () => openApiV2(sourceOf(server)));
      if (!protobuf) return document;
      return keep('v2 protobuf', state(server), () =>
        encodeOpenApiV2(document as Parameters<typeof encodeOpenApiV2>[0]),
      );
    },
    page,
    decodeProtobuf(bytes) {
      const data = new Uint8Array(bytes.length);
      for (let at = 0; at < bytes.length; at++) data[at] = bytes.charCodeAt(at);
      try {
        return decodeProtobufBody(data);
      } catch (error) {
        if (error instanceof ProtoError) throw badRequest(error.message);
        throw error;
      }
    },
  };
}
