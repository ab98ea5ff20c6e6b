import { invalid } from '../../api/field-error.ts';
import type { AnyObject } from '../../api/objects.ts';
import { badRequest, conflict, notFound } from '../../api/status.ts';
import { formatTime, SECOND } from '../../engine/index.ts';
import { type BoundObject, ISSUER } from '../account-tokens.ts';
import { admit } from '../admission-chain.ts';
import type { ApiServer } from '../server.ts';
import { invalidObject } from '../validation.ts';
import { bodyOf, type Subresource } from './subresource.ts';

interface TokenRequest extends AnyObject {
  spec: {
    audiences?: string[] | null;
    expirationSeconds?: number;
    boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string };
  };
}

const DEFAULT_EXPIRATION = 3600;
const LEAST = 600;
const MOST = 2 ** 32;

/** `serviceaccounts/token`: a token that expires, perhaps bound to a pod or secret (registry/core/serviceaccount/storage.TokenREST). */
export const token: Subresource = {
  name: 'token',
  verbs: ['create'],
  kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  serves: (resource) => resource.group === '' && resource.plural === 'serviceaccounts',
  handle(server, request, stages) {
    const body = bodyOf(request) as TokenRequest;
    const spec = body.spec ?? {};
    const seconds = spec.expirationSeconds ?? DEFAULT_EXPIRATION;
    admit(server.storage, { operation: 'CREATE', request, object: body, old: undefined }, stages, 'validate');
    check(body, seconds);
    const account = server.storage.find(request);
    const audiences = (spec.audiences ?? []).length === 0 ? [ISSUER] : spec.audiences!;
    const issuedAt = Math.floor(server.engine.now / SECOND);
    const { name, uid, namespace } = account.metadata;
    const bound = boundObject(server, request.namespace!, name, spec.boundObjectRef);
    const text = server.accountTokens.sign({
      namespace: namespace!,
      account: { name, uid },
      audiences,
      issuedAt,
      expiresAt: issuedAt + seconds,
      id: server.engine.random('apiserver/tokens').uuid(),
      ...bound,
    });
    return {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name, namespace, creationTimestamp: formatTime(server.engine.now) },
      spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token: text, expirationTimestamp: formatTime((issuedAt + seconds) * SECOND) },
    } as unknown as AnyObject;
  },
};

function check(body: TokenRequest, seconds: number): void {
  const path = 'spec.expirationSeconds';
  const errors = [
    ...(seconds < LEAST ? [invalid(path, seconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(seconds > MOST ? [invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds')] : []),
  ];
  if (errors.length > 0) {
    throw invalidObject({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, body.metadata?.name ?? '', errors);
  }
}

const BINDABLE: Readonly<Record<string, { plural: string; claim: 'pod' | 'secret' }>> = {
  'v1/Pod': { plural: 'pods', claim: 'pod' },
  'v1/Secret': { plural: 'secrets', claim: 'secret' },
};

function boundObject(
  server: ApiServer,
  namespace: string,
  account: string,
  wanted: TokenRequest['spec']['boundObjectRef'],
): { pod?: BoundObject; secret?: BoundObject } {
  if (wanted === undefined || wanted === null) return {};
  const kind = `${wanted.apiVersion}/${wanted.kind}`;
  const found = Object.hasOwn(BINDABLE, kind) ? BINDABLE[kind]! : undefined;
  if (found === undefined) {
    throw badRequest(
      `cannot bind token for serviceaccount "${account}" to object of type ${wanted.apiVersion}, Kind=${wanted.kind}`,
    );
  }
  const { plural, claim } = found;
  const resource = { group: '', plural };
  const object = server.store.get(plural, `${namespace}/${wanted.name}`);
  if (object === undefined) throw notFound(resource, wanted.name ?? '');
  const { name, uid } = object.metadata;
  if (wanted.uid !== undefined && wanted.uid !== '' && wanted.uid !== uid) {
    throw conflict(
      resource,
      name,
      `the UID in the bound object reference (${wanted.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { [claim]: { name, uid } };
}
