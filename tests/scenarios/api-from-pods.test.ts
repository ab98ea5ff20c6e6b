import { expect, test } from 'vitest';
import { Scenario } from './scenario.ts';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

test('a pod asks the API server as its service account, and trusts it by its ca.crt', () => {
  const cluster = new Scenario('one-worker');
  cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: curl}
spec:
  containers:
  - {name: curl, image: curlimages/curl:8.12.1, command: [sleep, infinity]}
`);
  cluster.untilReady('curl');
  const ask = (path: string, more = '') =>
    cluster.exec(
      'curl',
      `curl -sS ${more} -H "Authorization: Bearer $(cat ${ACCOUNT}/token)" https://kubernetes.default.svc${path}`,
    );
  expect(ask('/version', '-k').stdout).toContain('"gitVersion": "v1.33');
  const untrusted = ask('/version');
  expect(untrusted.code).toBe(60);
  expect(untrusted.stderr).toContain('SSL certificate problem: unable to get local issuer certificate');
  const denied = ask('/api/v1/namespaces/default/pods', `--cacert ${ACCOUNT}/ca.crt`).stdout;
  expect(denied).toContain('pods is forbidden: User \\"system:serviceaccount:default:default\\" cannot list resource');

  cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
`);
  expect(ask('/api/v1/namespaces/default/pods', `--cacert ${ACCOUNT}/ca.crt`).stdout).toContain('"name": "curl"');
  expect(cluster.exec('curl', 'curl -s http://kubernetes.default.svc:443/').stdout).toContain(
    'Client sent an HTTP request to an HTTPS server.',
  );
});
