import { expect, test } from 'vitest';
import type { Pod } from '../../api/objects.ts';
import { Lab, pod } from '../testing/lab.ts';

const PODS = '/api/v1/namespaces/default/pods';
const read = (lab: Lab, name: string) => lab.get(`${PODS}/${name}`) as unknown as Pod;

test('a pod gets its account, a token volume, a priority and five minutes on a lost node', () => {
  const lab = new Lab();
  lab.create(pod('web', { initContainers: [{ name: 'setup', image: 'busybox' }] }));
  const { spec, metadata } = read(lab, 'web');
  expect(spec.serviceAccountName).toBe('default');
  expect(spec.serviceAccount).toBe('default');
  expect(spec.priority).toBe(0);
  expect(spec.preemptionPolicy).toBe('PreemptLowerPriority');
  expect(spec.tolerations).toEqual([
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]);
  const [volume] = spec.volumes!;
  expect(volume!.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volume!.projected!.sources![0]).toEqual({ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } });
  for (const container of [...spec.containers, ...spec.initContainers!]) {
    expect(container.volumeMounts).toEqual([
      { name: volume!.name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
    ]);
  }
  // Fields that admission set belong to nobody.
  expect(JSON.stringify(metadata.managedFields)).not.toContain('tolerations');
});

test('an account may go without a token, and hands down its pull secrets', () => {
  const lab = new Lab();
  lab.create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'quiet' },
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: 'registry' }],
  });
  lab.create(pod('web', { serviceAccountName: 'quiet' }));
  const { spec } = read(lab, 'web');
  expect(spec.volumes).toBeUndefined();
  expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  const { body, status } = lab.post(pod('lost', { serviceAccountName: 'nobody' }));
  expect(status).toBe(403);
  expect(body.message).toBe(
    'pods "lost" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
  );
});

test('priority classes become numbers', () => {
  const lab = new Lab();
  const priorityClass = (name: string, value: number, globalDefault = false) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    globalDefault,
  });
  lab.create(priorityClass('high', 1000), priorityClass('usual', 5, true));
  lab.create(pod('a', { priorityClassName: 'high' }), pod('b'));
  expect(read(lab, 'a').spec.priority).toBe(1000);
  expect(read(lab, 'b').spec).toMatchObject({ priority: 5, priorityClassName: 'usual' });
  expect(lab.post(pod('c', { priorityClassName: 'none' })).body.message).toBe(
    'pods "c" is forbidden: no PriorityClass with name none was found',
  );
  expect(lab.post(pod('d', { priority: 7 })).body.message).toBe(
    'pods "d" is forbidden: the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 5 from the given PriorityClass name',
  );
  expect(lab.post(priorityClass('other', 6, true)).body.message).toBe(
    'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
});

test('LimitRanger fills in and refuses', () => {
  const lab = new Lab();
  lab.create({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'lr' },
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '300m', memory: '128Mi' },
          defaultRequest: { cpu: '100m' },
          max: { cpu: '1', memory: '512Mi' },
          min: { cpu: '50m' },
          maxLimitRequestRatio: { cpu: '4' },
        },
        { type: 'Pod', max: { cpu: '1' } },
      ],
    },
  });
  lab.create(pod('l', {}, { resources: { limits: { cpu: '200m' } } }));
  expect(read(lab, 'l').spec.containers[0]!.resources).toEqual({
    limits: { cpu: '200m', memory: '128Mi' },
    requests: { cpu: '200m', memory: '128Mi' },
  });
  const why = (name: string, resources: unknown) => lab.post(pod(name, {}, { resources })).body.message;
  expect(why('b', { limits: { cpu: '2' } })).toBe(
    'pods "b" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum cpu usage per Pod is 1, but limit is 2]',
  );
  expect(why('s', { requests: { cpu: '10m' } })).toBe(
    'pods "s" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, cpu max limit to request ratio per Container is 4, but provided ratio is 30.000000]',
  );
});

test('quotas are enforced and booked at once', () => {
  const lab = new Lab();
  lab.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard: { pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi', 'count/deployments.apps': '1' } },
  });
  lab.settle();
  const resources = (cpu: string) => ({ resources: { requests: { cpu }, limits: { memory: '256Mi', cpu: '1' } } });
  expect(lab.post(pod('none')).body.message).toBe(
    'pods "none" is forbidden: failed quota: q: must specify limits.memory for: main; requests.cpu for: main',
  );
  lab.create(pod('a', {}, resources('400m')));
  expect(lab.post(pod('b', {}, resources('700m'))).body.message).toBe(
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=700m, used: requests.cpu=400m, limited: requests.cpu=1',
  );
  lab.create(pod('b2', {}, resources('100m')));
  expect(lab.post(pod('b3', {}, resources('100m'))).body.message).toBe(
    'pods "b3" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
  );
  expect(lab.get('/api/v1/namespaces/default/resourcequotas/q').status).toMatchObject({
    used: { pods: '2', 'requests.cpu': '500m', 'limits.memory': '512Mi' },
  });
  lab.send('DELETE', `${PODS}/a`);
  lab.settle();
  expect(lab.post(pod('b4', {}, resources('100m'))).status).toBe(201);
});

test('what ends or goes is free again, of kinds that are only counted too', () => {
  const lab = new Lab();
  lab.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard: { 'count/roles.rbac.authorization.k8s.io': '1', 'count/pods': '2', pods: '2' } },
  });
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules: [] };
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
  const used = () => (lab.get('/api/v1/namespaces/default/resourcequotas/q').status as { used: unknown }).used;
  lab.create(role);
  lab.create(pod('a'));
  lab.settle();
  expect(used()).toEqual({ 'count/roles.rbac.authorization.k8s.io': '1', 'count/pods': '1', pods: '1' });
  lab.send('DELETE', `${roles}/r`);
  lab.send('PATCH', `${PODS}/a/status`, { status: { phase: 'Succeeded' } });
  lab.settle();
  // A pod that has ended is still an object.
  expect(used()).toEqual({ 'count/roles.rbac.authorization.k8s.io': '0', 'count/pods': '1', pods: '0' });
});

test('a quota counts from the start, before its controller has seen it', () => {
  const lab = new Lab();
  lab.create(pod('before'));
  lab.create({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard: { pods: '2', configmaps: '9' } },
  });
  lab.create(pod('a'));
  expect(lab.post(pod('b')).body.message).toBe(
    'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
  );
  lab.settle();
  expect(lab.get('/api/v1/namespaces/default/resourcequotas/q').status).toMatchObject({
    used: { pods: '2' },
  });
});

test('Pod Security Standards hold a namespace to its labels', () => {
  const lab = new Lab();
  const namespace = (name: string, labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });
  lab.create(namespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' }));
  lab.create(
    namespace('lenient', {
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/warn': 'restricted',
    }),
  );
  lab.settle();
  expect(lab.post(pod('web', {}, {}, 'strict')).body.message).toBe(
    'pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  expect(
    lab.post(pod('web', { hostNetwork: true }, { securityContext: { privileged: true } }, 'lenient')).body.message,
  ).toBe(
    'pods "web" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), privileged (container "main" must not set securityContext.privileged=true)',
  );
  const fine = lab.post(pod('web', {}, {}, 'lenient'));
  expect(fine.status).toBe(201);
  expect(fine.headers.warning).toContain('would violate PodSecurity');
  const tightened = lab.send('PATCH', '/api/v1/namespaces/lenient', {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  expect(tightened.headers.warning).toContain('existing pods in namespace');
  const wrong = lab.post(namespace('odd', { 'pod-security.kubernetes.io/enforce': 'strictest' }));
  expect(wrong.body.message).toBe(
    'Namespace "odd" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strictest": must be one of privileged, baseline, restricted',
  );
  const good = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  expect(lab.post(pod('good', {}, { securityContext: good }, 'strict')).status).toBe(201);
});

test('claims: default class, protection, growth', () => {
  const lab = new Lab();
  const storageClass = (name: string, isDefault: boolean) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': String(isDefault) } },
    provisioner: 'example.com/none',
  });
  lab.create(storageClass('plain', false), storageClass('usual', true));
  lab.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const at = '/api/v1/namespaces/default/persistentvolumeclaims/data';
  expect(lab.get(at)).toMatchObject({
    metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
    spec: { storageClassName: 'usual' },
  });
});

test('a runtime class brings its overhead', () => {
  const lab = new Lab();
  lab.create({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'vm' },
    handler: 'kata',
    overhead: { podFixed: { memory: '64Mi' } },
    scheduling: { nodeSelector: { vm: 'yes' } },
  });
  lab.create(pod('a', { runtimeClassName: 'vm' }));
  expect(read(lab, 'a').spec).toMatchObject({ overhead: { memory: '64Mi' }, nodeSelector: { vm: 'yes' } });
  expect(lab.post(pod('b', { runtimeClassName: 'none' })).body.message).toBe(
    'pods "b" is forbidden: pod rejected: RuntimeClass "none" not found',
  );
});

test('a kubelet may not touch what is not its own', () => {
  const lab = new Lab();
  const as = (method: 'PATCH' | 'GET', path: string, body?: unknown) =>
    lab.send(method, path, body, 'system:node:worker-1', 'system:nodes').body.message;
  lab.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'x' } });
  expect(as('PATCH', '/api/v1/nodes/worker-2', { metadata: { labels: { a: 'b' } } })).toBe(
    'nodes "worker-2" is forbidden: node "worker-1" is not allowed to modify node "worker-2"',
  );
  expect(
    as('PATCH', '/api/v1/nodes/worker-1', { metadata: { labels: { 'node-restriction.kubernetes.io/a': 'b' } } }),
  ).toBe('nodes "worker-1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/a');
  expect(as('GET', '/api/v1/namespaces/default/secrets/db')).toBe(
    `secrets "db" is forbidden: User "system:node:worker-1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node 'worker-1' and this object`,
  );
  lab.create(pod('a', { nodeName: 'worker-1' }, { envFrom: [{ secretRef: { name: 'db' } }] }));
  expect(as('GET', '/api/v1/namespaces/default/secrets/db')).toBeUndefined();
});
