/** metav1.StatusCause: one thing that is wrong, and where. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** metav1.Status, as the API server answers when it does not answer with an object. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: StatusCause[];
    retryAfterSeconds?: number;
  };
  /** Successes leave it out. */
  code?: number;
}

/** A request that the API server refused. Thrown by every client call; `status` is what goes over the wire. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    super(message);
    // In Go's order, as `kubectl --raw` shows it.
    const about = details === undefined ? {} : { details };
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...about,
      code,
    };
  }

  get code(): number {
    return this.status.code!;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

/** Group and plural name of a resource: `deployments` in `apps`. */
export interface GroupResource {
  readonly group: string;
  readonly plural: string;
}

/** `deployments.apps`; `pods` for the core group (schema.GroupResource.String). */
export function qualified(resource: GroupResource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function details(resource: GroupResource, name: string): Status['details'] {
  const result: Status['details'] = {};
  if (name !== '') result.name = name;
  if (resource.group !== '') result.group = resource.group;
  result.kind = resource.plural;
  return result;
}

// The constructors below follow k8s.io/apimachinery/pkg/api/errors, function for function.

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, details(resource, name));
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    details(resource, name),
  );
}

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    details(resource, name),
  );
}

/** The conflict of optimistic concurrency (registry.OptimisticLockErrorMsg). */
export function staleConflict(resource: GroupResource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(resource: GroupResource, name: string, why: string): StatusError {
  const subject = name === '' ? `${qualified(resource)} is forbidden` : `${qualified(resource)} "${name}" is forbidden`;
  return new StatusError(403, 'Forbidden', `${subject}: ${why}`, details(resource, name));
}

export function badRequest(why: string): StatusError {
  return new StatusError(400, 'BadRequest', why);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

/** There is no route for the method (go-restful's answer as the API server words it). */
export function methodNotSupported(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 504 (storage.NewTooLargeResourceVersionError): a revision that is still to come. */
export function tooLargeResourceVersion(asked: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** 410: the revision asked for has been compacted away. */
export function expired(why: string): StatusError {
  return new StatusError(410, 'Expired', why);
}

export function unsupportedMediaType(why: string): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', why);
}

export function tooManyRequests(why: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, 'TooManyRequests', why, { retryAfterSeconds });
}

export function internalError(why: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
}

export function serviceUnavailable(why: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', why);
}

/** The answer to a successful deletion of what left nothing behind. */
export function success(resource: GroupResource, name: string, uid: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...details(resource, name), uid },
  };
}

export function isStatus(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

export const isNotFound = (error: unknown): boolean => isStatus(error, 'NotFound');
export const isConflict = (error: unknown): boolean => isStatus(error, 'Conflict');
export const isAlreadyExists = (error: unknown): boolean => isStatus(error, 'AlreadyExists');
