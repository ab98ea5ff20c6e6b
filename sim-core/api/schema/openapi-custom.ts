import { type ServedResource, schemaName } from './openapi-paths.ts';
import { type Dialect, type Json, refTo } from './openapi-schema.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The schemas that custom resources bring, and the generic ones beside the type table. */
export function customSchemas(resources: readonly ServedResource[], dialect: Dialect): Json {
  const schemas: Json = {
    [`${META}.Patch`]: {
      description: 'Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.',
      type: 'object',
    },
  };
  for (const resource of resources) {
    if (resource.schema === undefined) continue;
    const { group, version, kind } = resource;
    const name = schemaName(group, version, kind);
    const about = (suffix: string) => ({
      'x-kubernetes-group-version-kind': [{ group, kind: `${kind}${suffix}`, version }],
    });
    const open = dialect === 'v2' && (resource.schema as Json)['x-kubernetes-preserve-unknown-fields'] === true;
    const published = dialect === 'v2' ? toV2(resource.schema) : (resource.schema as Json);
    const properties = {
      ...(published.properties as Json | undefined),
      apiVersion: { description: 'The version of the schema of this object.', type: 'string' },
      kind: { description: 'The REST resource that this object represents.', type: 'string' },
      metadata: metadataSchema(dialect, 'ObjectMeta'),
    };
    // Clients that check by OpenAPI 2 would take every property that is not listed for a mistake: so none is.
    schemas[name] = open
      ? { type: 'object', ...about('') }
      : { ...published, type: 'object', properties, ...about('') };
    schemas[`${name}List`] = {
      description: `${kind}List is a list of ${kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: properties.apiVersion,
        items: { description: `List of ${resource.plural}.`, type: 'array', items: { $ref: refTo(dialect, name) } },
        kind: properties.kind,
        metadata: metadataSchema(dialect, 'ListMeta'),
      },
      ...about('List'),
    };
  }
  return schemas;
}

function metadataSchema(dialect: Dialect, type: 'ObjectMeta' | 'ListMeta'): Json {
  const description = `Standard ${type === 'ObjectMeta' ? "object's" : 'list'} metadata.`;
  const ref = { $ref: refTo(dialect, `${META}.${type}`) };
  return dialect === 'v2' ? { description, ...ref } : { description, allOf: [ref] };
}

/** What OpenAPI 2 can say of a schema: no nullable values, no alternatives (builder.ToStructuralOpenAPIV2). */
function toV2(schema: unknown): Json {
  const { nullable, oneOf, anyOf, allOf, not, default: _default, ...rest } = schema as Json;
  void [oneOf, anyOf, allOf, not, _default];
  if (nullable === true) {
    const { type, items, properties, additionalProperties, ...untyped } = rest;
    void [type, items, properties, additionalProperties];
    return untyped;
  }
  const result: Json = { ...rest };
  if (result['x-kubernetes-preserve-unknown-fields'] === true) {
    delete result.items;
    delete result.properties;
  }
  if (result.items !== undefined) result.items = toV2(result.items);
  if (typeof result.additionalProperties === 'object') result.additionalProperties = toV2(result.additionalProperties);
  if (result.properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(result.properties as Json).map(([name, inner]) => [name, toV2(inner)]),
    );
  }
  return result;
}
