import { isObject } from '../../api/equality.ts';
import { badRequest } from '../../api/status.ts';
import type { RestRequest } from '../../client/rest.ts';
import type { RequestOptions } from '../request.ts';
import type { MetaProvider } from './meta.ts';

/** The kind that a body must be of. */
export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Reads a request's body. */
export function readBody(
  request: RestRequest,
  expected: ExpectedKind | undefined,
  _options: RequestOptions,
  _warnings: string[],
  _meta: MetaProvider | undefined,
): unknown {
  const body = typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : request.body;
  if (expected !== undefined && !isObject(body)) throw badRequest('the body must be an object');
  return body;
}
