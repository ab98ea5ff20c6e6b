import { describe, expect, it } from 'vitest';
import type { SetupManifest } from '../../cluster/cluster.ts';
import { Lab, pod } from '../testing/lab.ts';

const API = 'admissionregistration.k8s.io/v1';

function lab(): Lab {
  const made = new Lab();
  return made;
}

const policy = (spec: Record<string, unknown>, resources = ['pods'], groups = ['']): SetupManifest => ({
  apiVersion: API,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p.example.com' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: groups, apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources }],
    },
    ...spec,
  },
});

const binding = (spec: Record<string, unknown> = {}): SetupManifest => ({
  apiVersion: API,
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'b' },
  spec: { policyName: 'p.example.com', validationActions: ['Deny'], ...spec },
});

const latest = {
  expression: "object.spec.containers.all(c, !c.image.endsWith(':latest'))",
  message: 'images need a tag',
};

describe('ValidatingAdmissionPolicy', () => {
  it('denies what its expressions do not hold for, once it is bound', () => {
    const it = lab();
    it.create(policy({ validations: [latest] }));
    expect(it.post(pod('unbound', {}, { image: 'nginx:latest' })).status).toBe(201);
    it.create(binding());
    expect(it.post(pod('good')).status).toBe(201);
    expect(it.post(pod('bad', {}, { image: 'nginx:latest' }))).toMatchObject({
      status: 422,
      body: {
        reason: 'Invalid',
        message:
          "pods \"bad\" is forbidden: ValidatingAdmissionPolicy 'p.example.com' with binding 'b' denied request: images need a tag",
      },
    });
    it.send('DELETE', `/apis/${API}/validatingadmissionpolicies/p.example.com`);
    expect(it.post(pod('bad', {}, { image: 'nginx:latest' })).status).toBe(201);
  });

  it('warns instead where the binding says so, with the message that an expression makes', () => {
    const it = lab();
    const messageExpression = "'no tag: ' + object.spec.containers[0].image";
    it.create(policy({ validations: [{ ...latest, messageExpression }] }), binding({ validationActions: ['Warn'] }));
    expect(it.post(pod('bad', {}, { image: 'nginx:latest' }))).toMatchObject({
      status: 201,
      headers: {
        warning:
          "299 - \"Validation failed for ValidatingAdmissionPolicy 'p.example.com' with binding 'b': no tag: nginx:latest\"",
      },
    });
  });

  it('reads parameters, variables, the namespace, the request and what was before', () => {
    const it = lab();
    it.create(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'limits' }, data: { max: '3' } },
      policy(
        {
          paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
          matchConditions: [{ name: 'not-mine', expression: "request.userInfo.username != 'root'" }],
          variables: [
            { name: 'max', expression: 'int(params.data.max)' },
            { name: 'fits', expression: 'object.spec.replicas <= variables.max' },
          ],
          validations: [
            {
              expression: 'variables.fits',
              reason: 'Forbidden',
              messageExpression: "'at most ' + string(variables.max)",
            },
            { expression: 'oldObject == null || object.spec.replicas >= oldObject.spec.replicas' },
            { expression: "namespaceObject.metadata.name == 'default'" },
          ],
        },
        ['deployments'],
        ['apps'],
      ),
      binding({ paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } }),
    );
    const deployment = (replicas: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
      },
    });
    expect(it.post(deployment(4))).toMatchObject({
      status: 403,
      body: { message: expect.stringMatching(/: at most 3$/) },
    });
    expect(it.post(deployment(3)).status).toBe(201);
    const path = '/apis/apps/v1/namespaces/default/deployments/web';
    expect(it.send('PATCH', path, { spec: { replicas: 2 } })).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('failed expression: oldObject == null') },
    });
    it.send('DELETE', '/api/v1/namespaces/default/configmaps/limits');
    expect(it.send('PATCH', path, { metadata: { labels: { x: 'y' } } }).body.message).toContain(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
  });

  it('fails as its failurePolicy says where an expression cannot be evaluated', () => {
    const it = lab();
    const broken = { expression: "object.metadata.labels['team'] == 'a'" };
    it.create(policy({ validations: [broken] }), binding());
    expect(it.post(pod('a', {})).body.message).toContain(
      `expression '${broken.expression}' resulted in error: no such key`,
    );
    it.send('PATCH', `/apis/${API}/validatingadmissionpolicies/p.example.com`, { spec: { failurePolicy: 'Ignore' } });
    expect(it.post(pod('a', {})).status).toBe(201);
  });

  it('is about the namespaces, objects and resources that are selected', () => {
    const it = lab();
    it.create(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod', labels: { environment: 'prod' } } },
      policy({ validations: [{ expression: 'false', message: 'no' }] }),
      binding({ matchResources: { namespaceSelector: { matchLabels: { environment: 'prod' } } } }),
    );
    it.settle();
    expect(it.post(pod('a')).status).toBe(201);
    expect(it.post(pod('a', {}, {}, 'prod')).status).toBe(422);
  });

  it('is refused when an expression cannot be read', () => {
    expect(lab().post(policy({ validations: [{ expression: 'object.spec.' }] }))).toMatchObject({
      status: 422,
      body: {
        message: expect.stringMatching(
          /^ValidatingAdmissionPolicy\.admissionregistration\.k8s\.io "p\.example\.com" is invalid: spec\.validations\[0\]\.expression: Invalid value: "object\.spec\.": compilation failed: ERROR: /,
        ),
      },
    });
  });

  it('asks the authorizers whether the user may do something else', () => {
    const it = lab();
    const may = "authorizer.group('').resource('secrets').namespace(request.namespace).check('get').allowed()";
    const own = "authorizer.requestResource.check('delete').allowed()";
    const robot = "!authorizer.serviceAccount('default', 'default').group('').resource('pods').check('list').allowed()";
    it.create(
      policy({ validations: [{ expression: `${may} && ${own} && ${robot}`, message: 'not for you' }] }),
      binding(),
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'editors' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'vera' }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'starts', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }],
      },
    );
    it.settle();
    expect(it.post(pod('mine')).status).toBe(201);
    expect(it.post(pod('hers'), 'vera').body.message).toContain('not for you');
  });

  it('refuses what its audit annotations cannot be made of, whatever the binding asks for', () => {
    const it = lab();
    const annotation = (valueExpression: string) => ({ key: 'who', valueExpression });
    it.create(
      policy({
        auditAnnotations: [annotation('request.userInfo.username'), annotation('object.spec.containers[0].ports')],
      }),
      binding({ validationActions: ['Audit'] }),
    );
    expect(it.post(pod('web', {}, { ports: [{ containerPort: 80 }] })).body.message).toContain(
      "valueExpression 'object.spec.containers[0].ports' resulted in unsupported return type: list. Return type must be either string or null.",
    );
  });
});
