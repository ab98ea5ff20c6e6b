import type { IncludeObject } from './table.ts';

/** What the client wants an answer to look like, from its Accept header. */
export interface Accepted {
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata';
  /** For discovery: the version of the aggregated form asked for, if it is. */
  readonly discovery?: 'v2' | 'v2beta1';
  /** For OpenAPI v2. */
  readonly protobuf: boolean;
}

/**
 * The first of the media types offered that the server can give. Protobuf answers are never given (but for OpenAPI v2): every
 * client that offers protobuf first offers JSON next.
 */
export function negotiate(accept: string | undefined): Accepted | undefined {
  if (accept === undefined || accept.trim() === '') return { as: 'object', protobuf: false };
  let protobufOnly = false;
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    if (type.includes('protobuf')) {
      protobufOnly = true;
      continue;
    }
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*' && type !== 'application/yaml')
      continue;
    const values = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
    const as = values.get('as');
    if (as === 'Table' && values.get('v') === 'v1') return { as, protobuf: false };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
      return { as: 'PartialObjectMetadata', protobuf: false };
    if (as === 'APIGroupDiscoveryList') {
      const discovery = values.get('v');
      if (discovery === 'v2' || discovery === 'v2beta1') return { as: 'object', discovery, protobuf: false };
      continue;
    }
    if (as !== undefined) continue;
    return { as: 'object', protobuf: false };
  }
  return protobufOnly ? { as: 'object', protobuf: true } : undefined;
}

/** The `includeObject` parameter of Table requests. */
export function includeObject(value: string | undefined): IncludeObject {
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
