import { forbidden, StatusError, unauthorized } from '../../api/status.ts';
import type { RestRequest } from '../../client/rest.ts';
import { ANONYMOUS, type Credentials, withAuthenticatedGroup } from '../authentication.ts';
import type { UserInfo } from '../request.ts';
import type { ApiServer } from '../server.ts';

/** Who makes a request: as whom they are known, or act. Throws 401 for credentials of nobody's, 403 for acting without leave. */
export function identify(server: ApiServer, { headers = {} }: RestRequest, credentials: Credentials): UserInfo {
  const authorization = headers.authorization ?? '';
  const given = /^Bearer +(.+)$/i.exec(authorization)?.[1];
  const presented = given === undefined ? credentials : { ...credentials, bearerToken: given };
  let user: UserInfo | undefined;
  for (const authenticator of server.authenticators) user ??= authenticator.authenticate(presented);
  if (user === undefined && (presented.bearerToken !== undefined || presented.certificate === 'rejected'))
    throw unauthorized();
  const actual = user === undefined ? ANONYMOUS : withAuthenticatedGroup(user);
  return impersonated(server, actual, headers);
}

/** One thing that a request asks to act as (an ObjectReference upstream, which its messages print). */
interface Claim {
  readonly kind: 'ServiceAccount' | 'User' | 'Group' | 'UserExtra' | 'UID';
  readonly name: string;
  readonly namespace?: string;
  /** Of a UserExtra. */
  readonly key?: string;
}

const RESOURCES = {
  ServiceAccount: ['', 'serviceaccounts'],
  User: ['', 'users'],
  Group: ['', 'groups'],
  UserExtra: ['authentication.k8s.io', 'userextras'],
  UID: ['authentication.k8s.io', 'uids'],
} as const;

/**
 * Acting for someone else, for those who may (filters.WithImpersonation): `--as`, `--as-group`, `--as-uid` and `as-user-extra` in kubeconfig.
 * Each group, and each value of what is said besides, must be allowed.
 */
function impersonated(server: ApiServer, user: UserInfo, headers: Readonly<Record<string, string>>): UserInfo {
  const claims = claimsOf(headers);
  if (claims.length === 0) return user;
  for (const claim of claims) checkClaim(server, user, claim);
  const [who] = claims;
  const named = (kind: Claim['kind']) => claims.filter((claim) => claim.kind === kind);
  const groups = named('Group').map(({ name }) => name);
  if (who?.kind === 'ServiceAccount' && groups.length === 0)
    groups.push('system:serviceaccounts', `system:serviceaccounts:${who.namespace}`);
  const username = headers['impersonate-user']!;
  const everyone = username === ANONYMOUS.username ? 'system:unauthenticated' : 'system:authenticated';
  if (!groups.includes(everyone) && !groups.includes('system:unauthenticated')) groups.push(everyone);
  const extra = new Map<string, string[]>();
  for (const { key = '', name } of named('UserExtra')) extra.set(key, [...(extra.get(key) ?? []), name]);
  const [uid] = named('UID');
  return {
    username,
    groups,
    ...(uid === undefined ? {} : { uid: uid.name }),
    ...(extra.size === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
}

/** What the headers of a request claim, the user first. Throws when there is no user among them. */
function claimsOf(headers: Readonly<Record<string, string>>): readonly Claim[] {
  const claims: Claim[] = [];
  const username = headers['impersonate-user'] ?? '';
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  if (account !== undefined) claims.push({ kind: 'ServiceAccount', name: account, namespace });
  else if (username !== '') claims.push({ kind: 'User', name: username });
  for (const name of headers['impersonate-group']?.split('\n') ?? []) claims.push({ kind: 'Group', name });
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(EXTRA)) continue;
    const key = unescaped(header.slice(EXTRA.length));
    for (const name of headers[header]!.split('\n')) claims.push({ kind: 'UserExtra', name, key });
  }
  const uid = headers['impersonate-uid'] ?? '';
  if (uid !== '') claims.push({ kind: 'UID', name: uid });
  if (username === '' && claims.length > 0) {
    const list = claims.map(({ kind, name, key = '' }) => {
      const version = RESOURCES[kind][0] === '' ? '' : 'authentication.k8s.io/v1';
      return `{${kind}  ${name}  ${version}  ${key}}`;
    });
    const problem = `requested [${list.join(' ')}] without impersonating a user`;
    throw new StatusError(500, 'InternalError', `Internal error occurred: ${problem}`);
  }
  return claims;
}

const EXTRA = 'impersonate-extra-';

/** Keys may have characters that headers cannot have: those are written as in URLs. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function checkClaim(server: ApiServer, user: UserInfo, { kind, name, namespace, key }: Claim): void {
  const [group, resource] = RESOURCES[kind];
  const version = 'v1';
  const decision = server.decide({
    user,
    verb: 'impersonate',
    group,
    version,
    resource,
    ...(key === undefined ? {} : { subresource: key }),
    name,
    namespace,
  });
  if (decision.verdict === 'allow') return;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const what = key === undefined ? resource : `${resource}/${key}`;
  throw forbidden(
    { group, plural: resource },
    name,
    `User "${user.username}" cannot impersonate resource "${what}" in API group "${group}" ${where}`,
  );
}
