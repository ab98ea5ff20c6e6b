import { expect, test } from 'vitest';
import { Lab, pod } from '../testing/lab.ts';

const RBAC = 'rbac.authorization.k8s.io';
const PODS = '/api/v1/namespaces/default/pods';

function bind(lab: Lab, name: string, role: string, user: string, kind = 'RoleBinding'): void {
  lab.create({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
  });
}

test('nobody may do what no binding gives', () => {
  const lab = new Lab();
  const list = (as: string) => lab.send('GET', PODS, undefined, as);
  expect(list('alice').body.message).toBe(
    'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  // A subresource is named in what was asked for, not in front.
  expect(lab.send('GET', `${PODS}/web/log`, undefined, 'alice').body.message).toBe(
    'pods "web" is forbidden: User "alice" cannot get resource "pods/log" in API group "" in the namespace "default"',
  );
  bind(lab, 'v', 'view', 'alice');
  expect(list('alice').status).toBe(200);
  expect(lab.send('GET', '/api/v1/namespaces/default/secrets', undefined, 'alice').status).toBe(403);
  expect(lab.send('GET', '/api/v1/pods', undefined, 'alice').status).toBe(403);
  expect(lab.post(pod('p'), 'alice').status).toBe(403);
  bind(lab, 'e', 'edit', 'ed');
  expect(lab.post(pod('p'), 'ed').status).toBe(201);
  lab.send('DELETE', `/apis/${RBAC}/v1/namespaces/default/rolebindings/v`);
  expect(list('alice').status).toBe(403);
});

test('the trace says which rule decided', () => {
  const lab = new Lab();
  bind(lab, 'nodes', 'view', 'alice', 'ClusterRoleBinding');
  lab.send('GET', '/api/v1/pods', undefined, 'alice');
  const last = lab.cluster.engine.trace
    .since(0)
    .filter((event) => event.kind === 'request')
    .at(-1)!;
  const { stages } = last.data as { stages: { stage: string; by: string; detail?: string }[] };
  expect(stages.find(({ stage }) => stage === 'authorization')).toMatchObject({
    by: 'RBAC',
    detail: 'RBAC: allowed by ClusterRoleBinding "nodes" of ClusterRole "view" to User "alice"',
  });
});

test('rights that one does not have cannot be given away', () => {
  const lab = new Lab();
  bind(lab, 'ad', 'admin', 'boss');
  const role = (name: string, rules: unknown[]) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name },
    rules,
  });
  const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
  expect(lab.post(role('esc', [all]), 'boss').body.message).toBe(
    'roles.rbac.authorization.k8s.io "esc" is forbidden: user "boss" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
  );
  expect(lab.post(role('ok', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]), 'boss').status).toBe(201);
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'up' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'alice' }],
  };
  expect(lab.post(binding, 'boss').body.message).toBe(
    'rolebindings.rbac.authorization.k8s.io "up" is forbidden: user "boss" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
  );
});

test('aggregated roles gather their parts', () => {
  const lab = new Lab();
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }];
  const metadata = { name: 'part', labels: { 'golden/agg': 'yes' } };
  lab.create({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'agg' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'golden/agg': 'yes' } }] },
  });
  lab.create({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules });
  lab.settle();
  expect(lab.get(`/apis/${RBAC}/v1/clusterroles/agg`).rules).toEqual(rules);
  const { rules: view } = lab.get(`/apis/${RBAC}/v1/clusterroles/view`);
  expect((view as unknown[]).length).toBe(10);
});

test('who acts for others names each group of theirs, whatever it holds, and their uid', () => {
  const lab = new Lab();
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const whoami = (headers: Record<string, string>) =>
    lab.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review, undefined, '', headers).body;
  const alice = { 'impersonate-user': 'alice', 'impersonate-group': 'b\n,,,a', 'impersonate-uid': '7' };
  expect(whoami(alice).status).toEqual({
    userInfo: { username: 'alice', uid: '7', groups: ['b', ',,,a', 'system:authenticated'] },
  });
  expect(whoami({ 'impersonate-uid': '7' }).message).toContain('without impersonating a user');
  const scopes = { 'impersonate-user': 'alice', 'impersonate-extra-example.com%2fscopes': 'view\ndevelop' };
  expect(whoami(scopes).status).toEqual({
    userInfo: {
      username: 'alice',
      groups: ['system:authenticated'],
      extra: { 'example.com/scopes': ['view', 'develop'] },
    },
  });
  const unheard = { 'impersonate-user': 'system:anonymous', 'impersonate-group': 'system:masters' };
  expect(whoami(unheard).status).toEqual({
    userInfo: { username: 'system:anonymous', groups: ['system:masters', 'system:unauthenticated'] },
  });
});

test('each value of what is said of a user besides must be allowed', () => {
  const lab = new Lab();
  const rules = [
    { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
    {
      apiGroups: ['authentication.k8s.io'],
      resources: ['userextras/scopes'],
      resourceNames: ['view'],
      verbs: ['impersonate'],
    },
  ];
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: 'proxy' };
  lab.create(
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'proxy' }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'proxy' },
      roleRef,
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
    },
  );
  const token = lab.send('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  }).body.status as { token: string };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const whoami = (scope: string) =>
    lab.send('POST', path, review, 'alice', '', {
      authorization: `Bearer ${token.token}`,
      'impersonate-extra-scopes': scope,
    }).body;
  expect(whoami('view').status).toMatchObject({ userInfo: { extra: { scopes: ['view'] } } });
  expect(whoami('view\nadmin').message).toBe(
    'userextras.authentication.k8s.io "admin" is forbidden: User "system:serviceaccount:default:default" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
  );
});
