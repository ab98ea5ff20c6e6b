import { withAuthenticatedGroup } from '../../sim-core/apiserver/authentication.ts';
import type { UserInfo } from '../../sim-core/apiserver/request.ts';
import type { Cluster } from '../../sim-core/cluster/cluster.ts';
import type { AuthorizationTest } from '../format/tests.ts';
import { failed, notRun, type Outcome, PASSED, type TestContext } from './context.ts';

/** Who may do what, as the API server decides it (SubjectAccessReview): only that counts, not how it was granted. */
export function testAuthorization(test: AuthorizationTest, { cluster, view }: TestContext): Outcome {
  if (view !== undefined) return notRun('authorization is not asked of the past');
  const { namespace = 'default', can = [], cannot = [] } = test;
  const user = subjectOf(test, namespace);
  if (user === undefined) return notRun('authorization: name a user or a serviceAccount');
  for (const [words, wanted] of [...can.map((each) => [each, true]), ...cannot.map((each) => [each, false])] as [
    string,
    boolean,
  ][]) {
    const decision = decide(cluster, user, namespace, words);
    if (typeof decision === 'string') return notRun(decision);
    if (decision.allowed === wanted) continue;
    const flag =
      user.groups.includes('system:authenticated') && test.groups !== undefined
        ? test.groups.map((group) => ` --as-group=${group}`).join('')
        : '';
    const [verb = '', what = ''] = words.split(' ');
    const look = `kubectl auth can-i ${verb} ${what} -n ${namespace} --as=${user.username}${flag}`;
    return failed(wanted ? 'authorization-cannot' : 'authorization-can', {
      user: user.username,
      what: words,
      namespace,
      look,
      reason: decision.reason === '' ? '—' : decision.reason,
    });
  }
  return PASSED;
}

function subjectOf({ user, groups = [], serviceAccount }: AuthorizationTest, namespace: string): UserInfo | undefined {
  if (serviceAccount !== undefined) {
    return withAuthenticatedGroup({
      username: `system:serviceaccount:${namespace}:${serviceAccount}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, ...groups],
    });
  }
  return user === undefined ? undefined : withAuthenticatedGroup({ username: user, groups: [...groups] });
}

function decide(
  cluster: Cluster,
  user: UserInfo,
  namespace: string,
  words: string,
): { allowed: boolean; reason: string } | string {
  const [verb = '', what = ''] = words.split(' ');
  if (what.startsWith('/')) return answer(cluster.server.decide({ user, verb, path: what }));
  const [typed = '', after, more] = what.split('/');
  const dot = typed.indexOf('.');
  const plural = dot < 0 ? typed : typed.slice(0, dot);
  const group = dot < 0 ? undefined : typed.slice(dot + 1);
  const served = cluster.server.resources
    .all()
    .find((resource) => resource.plural === plural && (group === undefined || resource.group === group));
  if (served === undefined) return `authorization: the cluster serves no ${typed}`;
  // `pods/log` is a part of every pod; `secrets/db` is one secret.
  const isPart = [
    'log',
    'exec',
    'attach',
    'portforward',
    'status',
    'scale',
    'eviction',
    'binding',
    'token',
    'proxy',
  ].includes(after ?? '');
  const name = isPart ? more : after;
  return answer(
    cluster.server.decide({
      user,
      verb,
      group: served.group,
      version: served.version,
      resource: plural,
      ...(served.namespaced ? { namespace } : {}),
      ...(name === undefined ? {} : { name }),
      ...(isPart ? { subresource: after! } : {}),
    }),
  );
}

function answer({ verdict, reason }: { verdict: string; reason: string }): { allowed: boolean; reason: string } {
  return { allowed: verdict === 'allow', reason };
}
