import type { AnyObject } from '../api/objects.ts';
import { qualified, StatusError } from '../api/status.ts';
import type { Client, DeleteOptions, ListOptions, PatchType } from '../client/index.ts';
import type { ResourceDefinition } from '../resources/resource.ts';

/** The longest request that an API server takes (`MaxRequestBodyBytes`). */
const LONGEST = 3 * 1024 * 1024;
/** More than any manifest needs; deeper ones are refused before anything walks them. */
const DEEPEST = 200;

/** Reads what a component sent. Throws a StatusError for what no API server would read. */
export function parseRequest(text: string): Record<string, unknown> {
  if (text.length > LONGEST)
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LONGEST}`);
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 0x5c) index++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > DEEPEST) throw badRequest('exceeded max depth');
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return {};
  return value as Record<string, unknown>;
}

function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** The kind that a component names as kubectl does: `pods`, `replicasets.apps`, `websites.example.com`. */
export function resourceNamed(name: unknown, served: readonly ResourceDefinition[]): ResourceDefinition {
  const wanted = String(name);
  const found =
    served.find((resource) => qualified(resource) === wanted) ??
    served.find((resource) => resource.plural === wanted || resource.shortNames?.includes(wanted) === true);
  if (found === undefined) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
  return found;
}

/** Carries out a request of a component's through its client; undefined: no request has that name. */
export function answerRequest(
  client: Client,
  served: readonly ResourceDefinition[],
  operation: string,
  request: Record<string, unknown>,
): { value: unknown } | undefined {
  const resource = () => resourceNamed(request.resource, served);
  const namespace = request.namespace === undefined ? undefined : String(request.namespace);
  const name = String(request.name);
  const subresource = request.subresource === undefined ? undefined : String(request.subresource);
  switch (operation) {
    case 'get':
      return { value: client.get(resource(), namespace, name) };
    case 'list':
      return { value: client.list(resource(), listOptions(request.options)).items };
    case 'create':
      return { value: client.create(resource(), objectIn(request)) };
    case 'update':
      return {
        value:
          subresource === 'status'
            ? client.updateStatus(resource(), objectIn(request))
            : client.update(resource(), objectIn(request)),
      };
    case 'patch': {
      const type = String(request.type);
      if (!['json', 'merge', 'strategic', 'apply'].includes(type))
        throw badRequest(`the patch type must be one of json, merge, strategic, apply, not ${type}`);
      return { value: client.patch(resource(), namespace, name, type as PatchType, request.patch, subresource) };
    }
    case 'delete':
      client.delete(resource(), namespace, name, deleteOptions(request.options));
      return { value: null };
    case 'bind':
      client.createSubresource(resourceNamed('pods', served), namespace, name, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace },
        target: { apiVersion: 'v1', kind: 'Node', name: String(request.nodeName) },
      } as unknown as AnyObject);
      return { value: null };
    case 'evict':
      client.createSubresource(resourceNamed('pods', served), namespace, name, 'eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
      } as unknown as AnyObject);
      return { value: null };
    default:
      return undefined;
  }
}

function objectIn(request: Record<string, unknown>): AnyObject {
  const object = request.object as AnyObject | undefined;
  if (typeof object !== 'object' || object === null || typeof object.metadata !== 'object' || object.metadata === null)
    throw badRequest('the object has no metadata');
  return object;
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function listOptions(value: unknown): ListOptions {
  const options = (value ?? {}) as Record<string, unknown>;
  return present({
    namespace: text(options.namespace),
    labelSelector: text(options.labelSelector),
    fieldSelector: text(options.fieldSelector),
  });
}

function deleteOptions(value: unknown): DeleteOptions {
  const options = (value ?? {}) as Record<string, unknown>;
  const seconds = options.gracePeriodSeconds;
  return present({
    gracePeriodSeconds: typeof seconds === 'number' ? seconds : undefined,
    propagationPolicy: text(options.propagationPolicy) as DeleteOptions['propagationPolicy'],
    uid: text(options.uid),
    resourceVersion: text(options.resourceVersion),
  });
}

function present<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
