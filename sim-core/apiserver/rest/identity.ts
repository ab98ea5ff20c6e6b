import { badRequest, forbidden, unauthorized } from '../../api/status.ts';
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

/** `--as`, `--as-group` and `--as-uid`: acting for someone else, for those who may (filters.WithImpersonation). */
function impersonated(server: ApiServer, user: UserInfo, headers: Readonly<Record<string, string>>): UserInfo {
  const username = headers['impersonate-user'];
  const groups = headers['impersonate-group']?.split('\n') ?? [];
  const uid = headers['impersonate-uid'];
  if (username === undefined) {
    if (groups.length > 0)
      throw badRequest(`requested [{Group  ${groups[0]}  authentication.k8s.io/v1  }] without impersonating a user`);
    if (uid !== undefined)
      throw badRequest(`requested [{UID  ${uid}  authentication.k8s.io/v1  }] without impersonating a user`);
    return user;
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  const check = (resource: string, name: string, namespace?: string, group = '') => {
    const decision = server.decide({
      user,
      verb: 'impersonate',
      group,
      version: 'v1',
      resource,
      name,
      namespace,
    });
    if (decision.verdict === 'allow') return;
    const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    throw forbidden(
      { group, plural: resource },
      name,
      `User "${user.username}" cannot impersonate resource "${resource}" in API group "${group}" ${where}`,
    );
  };
  if (account === null) check('users', username);
  else check('serviceaccounts', account[2]!, account[1]!);
  for (const group of groups) check('groups', group);
  if (uid !== undefined) check('uids', uid, undefined, 'authentication.k8s.io');
  const identity = uid === undefined ? {} : { uid };
  if (account !== null && groups.length === 0) {
    return withAuthenticatedGroup({
      username,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`],
      ...identity,
    });
  }
  return username === ANONYMOUS.username ? ANONYMOUS : withAuthenticatedGroup({ username, groups, ...identity });
}
