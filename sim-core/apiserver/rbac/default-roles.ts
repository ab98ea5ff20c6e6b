import { deepFreeze } from '../../api/equality.ts';
import type { PolicyRule, Subject } from './rule.ts';

/** A role as the API server makes it when it starts. */
export interface DefaultRole {
  readonly name: string;
  /** Where it stands; clusterwide roles have none. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The roles whose rules it gathers: those labelled `aggregate-to-…`. */
  readonly aggregates?: string;
  readonly rules: readonly PolicyRule[];
}

/** A binding as the API server makes it when it starts; it has the name of its role unless it says otherwise. */
export interface DefaultBinding {
  readonly name: string;
  readonly namespace?: string;
  readonly role: string;
  readonly subjects: readonly Subject[];
}

const READ = 'get list watch';
const WRITE = 'create delete deletecollection patch update';
const READ_WRITE = `${READ} ${WRITE}`;
const CERTIFICATES = 'certificates.k8s.io';
const STORAGE = 'storage.k8s.io';
const APPS = 'apps extensions';
const LEASES = 'coordination.k8s.io';
const SIGNERS = [
  'kubernetes.io/kube-apiserver-client',
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/legacy-unknown',
];

const words = (text: string): string[] => text.split(' ').sort();

/** A rule from words: verbs, groups (`core` for the group without a name), resources, names. Lists are sorted, as upstream's builder does. */
function rule(verbs: string, groups: string, resources: string, ...resourceNames: readonly string[]): PolicyRule {
  const apiGroups = groups
    .split(' ')
    .map((group) => (group === 'core' ? '' : group))
    .sort();
  return {
    apiGroups,
    ...(resourceNames.length === 0 ? {} : { resourceNames: [...resourceNames].sort() }),
    resources: words(resources),
    verbs: words(verbs),
  };
}

function paths(verbs: string, urls: string): PolicyRule {
  return { nonResourceURLs: words(urls), verbs: words(verbs) };
}

const EVENTS = rule('create update patch', 'core events.k8s.io', 'events');
const TOKEN_REVIEWS = rule('create', 'authentication.k8s.io', 'tokenreviews');
const ACCESS_REVIEWS = rule('create', 'authorization.k8s.io', 'subjectaccessreviews');

/** What a kubelet may do, as far as it is not confined to its own objects (NodeRules). */
export const NODE_RULES: readonly PolicyRule[] = deepFreeze([
  TOKEN_REVIEWS,
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  rule(READ, 'core', 'services'),
  rule(`create ${READ}`, 'core', 'nodes'),
  rule('patch update', 'core', 'nodes/status'),
  rule('patch update', 'core', 'nodes'),
  rule('create patch update', 'core', 'events'),
  rule(READ, 'core', 'pods'),
  rule('create delete', 'core', 'pods'),
  rule('patch update', 'core', 'pods/status'),
  rule('create', 'core', 'pods/eviction'),
  rule(READ, 'core', 'configmaps secrets'),
  rule('get', 'core', 'persistentvolumeclaims persistentvolumes'),
  rule('get', 'core', 'endpoints'),
  rule(`create ${READ}`, CERTIFICATES, 'certificatesigningrequests'),
  rule('create delete get patch update', LEASES, 'leases'),
  rule('get', STORAGE, 'volumeattachments'),
  rule('get patch update', 'core', 'persistentvolumeclaims/status'),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(READ, STORAGE, 'csidrivers'),
  rule('create delete get patch update', STORAGE, 'csinodes'),
  rule(READ, 'node.k8s.io', 'runtimeclasses'),
  rule(READ, CERTIFICATES, 'clustertrustbundles'),
]);

const TO_VIEW: readonly PolicyRule[] = [
  rule(
    READ,
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
  ),
  rule(
    READ,
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  rule(READ, 'core', 'namespaces'),
  rule(READ, 'discovery.k8s.io', 'endpointslices'),
  rule(
    READ,
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
  ),
  rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
  rule(
    READ,
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
  ),
  rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
];

const TO_EDIT: readonly PolicyRule[] = [
  rule(READ, 'core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
  rule('impersonate', 'core', 'serviceaccounts'),
  rule(WRITE, 'core', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
  rule('create', 'core', 'pods/eviction'),
  rule(
    WRITE,
    'core',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
  ),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(
    WRITE,
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
  ),
  rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
  rule(WRITE, 'batch', 'cronjobs jobs'),
  rule(
    WRITE,
    'extensions',
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
  ),
  rule(WRITE, 'policy', 'poddisruptionbudgets'),
  rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
  rule(`${READ} ${WRITE}`, LEASES, 'leases'),
];

const TO_ADMIN: readonly PolicyRule[] = [
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
  rule(READ_WRITE, 'rbac.authorization.k8s.io', 'rolebindings roles'),
];

const aggregateTo = (name: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' });

const CLUSTER_ROLES: readonly DefaultRole[] = [
  { name: 'cluster-admin', rules: [rule('*', '*', '*'), paths('*', '*')] },
  {
    name: 'system:discovery',
    rules: [paths('get', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/')],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  { name: 'system:public-info-viewer', rules: [paths('get', '/healthz /livez /readyz /version /version/')] },
  {
    name: 'system:monitoring',
    rules: [paths('get', '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*')],
  },
  { name: 'admin', aggregates: 'admin', rules: [...TO_ADMIN, ...TO_EDIT, ...TO_VIEW] },
  { name: 'edit', labels: aggregateTo('admin'), aggregates: 'edit', rules: [...TO_EDIT, ...TO_VIEW] },
  { name: 'view', labels: aggregateTo('edit'), aggregates: 'view', rules: TO_VIEW },
  { name: 'system:aggregate-to-admin', labels: aggregateTo('admin'), rules: TO_ADMIN },
  { name: 'system:aggregate-to-edit', labels: aggregateTo('edit'), rules: TO_EDIT },
  { name: 'system:aggregate-to-view', labels: aggregateTo('view'), rules: TO_VIEW },
  {
    name: 'system:heapster',
    rules: [rule(READ, 'core', 'events namespaces nodes pods'), rule(READ, 'extensions', 'deployments')],
  },
  { name: 'system:node', rules: NODE_RULES },
  {
    name: 'system:node-problem-detector',
    rules: [rule('get', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), EVENTS],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule(READ, 'core', 'nodes'),
      rule('proxy', 'core', 'nodes'),
      rule('*', 'core', 'nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats'),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule(`create ${READ}`, CERTIFICATES, 'certificatesigningrequests')],
  },
  { name: 'system:auth-delegator', rules: [TOKEN_REVIEWS, ACCESS_REVIEWS] },
  { name: 'system:kube-aggregator', rules: [rule(READ, 'core', 'endpoints services')] },
  {
    name: 'system:kube-controller-manager',
    rules: [
      EVENTS,
      rule('create', LEASES, 'leases'),
      rule('get update', LEASES, 'leases', 'kube-controller-manager'),
      rule('create', 'core', 'secrets serviceaccounts'),
      rule('delete', 'core', 'secrets'),
      rule('get', 'core', 'configmaps namespaces secrets serviceaccounts'),
      rule('update', 'core', 'secrets serviceaccounts'),
      TOKEN_REVIEWS,
      ACCESS_REVIEWS,
      rule('list watch', '*', '*'),
      rule('create', 'core', 'serviceaccounts/token'),
    ],
  },
  { name: 'system:kube-dns', rules: [rule('list watch', 'core', 'endpoints services')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule('create delete get list watch', 'core', 'persistentvolumes'),
      rule('get list update watch', 'core', 'persistentvolumeclaims'),
      rule(READ, STORAGE, 'storageclasses'),
      rule('watch', 'core', 'events'),
      EVENTS,
    ],
  },
  ...['nodeclient', 'selfnodeclient'].map((kind) => ({
    name: `system:certificates.k8s.io:certificatesigningrequests:${kind}`,
    rules: [rule('create', CERTIFICATES, `certificatesigningrequests/${kind}`)],
  })),
  {
    name: 'system:volume-scheduler',
    rules: [
      rule('get list patch update watch', 'core', 'persistentvolumes'),
      rule(READ, STORAGE, 'storageclasses'),
      rule('get list patch update watch', 'core', 'persistentvolumeclaims'),
    ],
  },
  ...SIGNERS.map((signer) => ({
    name: `system:certificates.k8s.io:${signer.slice('kubernetes.io/'.length)}-approver`,
    rules: [rule('approve', CERTIFICATES, 'signers', signer)],
  })),
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      paths(
        'get',
        '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      rule('list watch', 'core', 'endpoints services'),
      rule(READ, 'core', 'nodes'),
      EVENTS,
      rule('list watch', 'discovery.k8s.io', 'endpointslices'),
      rule('list watch', 'networking.k8s.io', 'servicecidrs'),
    ],
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      EVENTS,
      rule('create', LEASES, 'leases'),
      rule('get list update watch', LEASES, 'leases', 'kube-scheduler'),
      rule('create', LEASES, 'leasecandidates'),
      rule('delete get list patch update watch', LEASES, 'leasecandidates'),
      rule(READ, 'core', 'nodes'),
      rule('delete get list watch', 'core', 'pods'),
      rule('create', 'core', 'bindings pods/binding'),
      rule('patch update', 'core', 'pods/status'),
      rule(READ, 'core', 'replicationcontrollers services'),
      rule(READ, APPS, 'replicasets'),
      rule(READ, 'apps', 'statefulsets'),
      rule(READ, 'policy', 'poddisruptionbudgets'),
      rule(READ, 'core', 'persistentvolumeclaims persistentvolumes'),
      TOKEN_REVIEWS,
      ACCESS_REVIEWS,
      rule(READ, STORAGE, 'csinodes'),
      rule(READ, 'core', 'namespaces'),
      rule(READ, STORAGE, 'csidrivers'),
      rule(READ, STORAGE, 'csistoragecapacities'),
      rule(READ, STORAGE, 'volumeattachments'),
    ],
  },
];

const WORKLOAD_PODS = rule('create delete list patch watch', 'core', 'pods');

/** Each controller acts under a service account of its own, bound to a role of its own (buildControllerRoles). */
const CONTROLLERS: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    rule('list watch', 'core', 'persistentvolumeclaims persistentvolumes'),
    rule(READ, 'core', 'nodes'),
    rule('patch update', 'core', 'nodes/status'),
    rule('list watch', 'core', 'pods'),
    EVENTS,
    rule('create delete get list watch', STORAGE, 'volumeattachments'),
    rule(READ, STORAGE, 'csidrivers'),
    rule(READ, STORAGE, 'csinodes'),
  ],
  'clusterrole-aggregation-controller': [
    rule('escalate get list patch update watch', 'rbac.authorization.k8s.io', 'clusterroles'),
  ],
  'cronjob-controller': [
    rule('get list update watch', 'batch', 'cronjobs'),
    rule('create delete get list patch update watch', 'batch', 'jobs'),
    rule('update', 'batch', 'cronjobs/status'),
    rule('update', 'batch', 'cronjobs/finalizers'),
    rule('delete list watch', 'core', 'pods'),
    EVENTS,
  ],
  'daemon-set-controller': [
    rule(READ, APPS, 'daemonsets'),
    rule('update', APPS, 'daemonsets/status'),
    rule('update', APPS, 'daemonsets/finalizers'),
    rule('list watch', 'core', 'nodes'),
    WORKLOAD_PODS,
    rule('create', 'core', 'pods/binding'),
    rule('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    EVENTS,
  ],
  'deployment-controller': [
    rule('get list update watch', APPS, 'deployments'),
    rule('update', APPS, 'deployments/status'),
    rule('update', APPS, 'deployments/finalizers'),
    rule('create delete get list patch update watch', APPS, 'replicasets'),
    rule('get list update watch', 'core', 'pods'),
    EVENTS,
  ],
  'disruption-controller': [
    rule(READ, APPS, 'deployments'),
    rule(READ, APPS, 'replicasets'),
    rule(READ, 'core', 'replicationcontrollers'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(READ, 'apps', 'statefulsets'),
    rule('update', 'policy', 'poddisruptionbudgets/status'),
    rule('patch update', 'core', 'pods/status'),
    rule('get', '*', '*/scale'),
    EVENTS,
  ],
  'endpoint-controller': [
    rule(READ, 'core', 'pods services'),
    rule('create delete get list update watch', 'core', 'endpoints'),
    rule('create', 'core', 'endpoints/restricted'),
    EVENTS,
  ],
  'endpointslice-controller': [
    rule(READ, 'core', 'nodes pods services'),
    rule('update', 'core', 'services/finalizers'),
    rule('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ],
  'endpointslicemirroring-controller': [
    rule(READ, 'core', 'endpoints services'),
    rule('update', 'core', 'services/finalizers'),
    rule('update', 'core', 'endpoints/finalizers'),
    rule('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ],
  'expand-controller': [
    rule('get list patch update watch', 'core', 'persistentvolumes'),
    rule('patch update', 'core', 'persistentvolumeclaims/status'),
    rule(READ, 'core', 'persistentvolumeclaims'),
    EVENTS,
    rule('get', 'core', 'services'),
  ],
  'ephemeral-volume-controller': [
    rule(READ, 'core', 'pods'),
    rule('update', 'core', 'pods/finalizers'),
    rule('create get list watch', 'core', 'persistentvolumeclaims'),
    EVENTS,
  ],
  'generic-garbage-collector': [rule('delete get list patch update watch', '*', '*'), EVENTS],
  'horizontal-pod-autoscaler': [
    rule(READ, 'autoscaling', 'horizontalpodautoscalers'),
    rule('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    rule('get update', '*', '*/scale'),
    rule('list watch', 'core', 'pods'),
    rule('list watch', 'metrics.k8s.io', 'pods'),
    rule(READ, 'custom.metrics.k8s.io', '*'),
    rule(READ, 'external.metrics.k8s.io', '*'),
    EVENTS,
  ],
  'job-controller': [
    rule('get list patch update watch', 'batch', 'jobs'),
    rule('update', 'batch', 'jobs/status'),
    rule('update', 'batch', 'jobs/finalizers'),
    WORKLOAD_PODS,
    EVENTS,
  ],
  'namespace-controller': [
    rule('delete get list watch', 'core', 'namespaces'),
    rule('update', 'core', 'namespaces/finalize namespaces/status'),
    rule('delete deletecollection get list watch', '*', '*'),
  ],
  'node-controller': [
    rule('delete get list patch update watch', 'core', 'nodes'),
    rule('patch update', 'core', 'nodes/status'),
    rule('patch update', 'core', 'pods/status'),
    rule('delete get list watch', 'core', 'pods'),
    EVENTS,
  ],
  'persistent-volume-binder': [
    rule('create delete get list update watch', 'core', 'persistentvolumes'),
    rule('update', 'core', 'persistentvolumes/status'),
    rule('get list update watch', 'core', 'persistentvolumeclaims'),
    rule('update', 'core', 'persistentvolumeclaims/status'),
    rule('create delete get list watch', 'core', 'pods'),
    rule(READ, STORAGE, 'storageclasses'),
    rule('list watch', 'core', 'nodes'),
    EVENTS,
    rule('watch', 'core', 'events'),
    rule('get', 'core', 'services'),
  ],
  'pod-garbage-collector': [
    rule('delete list watch', 'core', 'pods'),
    rule(READ, 'core', 'nodes'),
    rule('patch', 'core', 'pods/status'),
  ],
  'replicaset-controller': [
    rule('get list update watch', APPS, 'replicasets'),
    rule('update', APPS, 'replicasets/status'),
    rule('update', APPS, 'replicasets/finalizers'),
    WORKLOAD_PODS,
    EVENTS,
  ],
  'replication-controller': [
    rule('get list update watch', 'core', 'replicationcontrollers'),
    rule('update', 'core', 'replicationcontrollers/status'),
    rule('update', 'core', 'replicationcontrollers/finalizers'),
    WORKLOAD_PODS,
    EVENTS,
  ],
  'resourcequota-controller': [rule('list watch', '*', '*'), rule('update', 'core', 'resourcequotas/status'), EVENTS],
  'route-controller': [rule('list watch', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), EVENTS],
  'service-account-controller': [rule('create', 'core', 'serviceaccounts'), EVENTS],
  'service-controller': [
    rule(READ, 'core', 'services'),
    rule('patch update', 'core', 'services/status'),
    rule('list watch', 'core', 'nodes'),
    EVENTS,
  ],
  'service-cidrs-controller': [
    rule('get list patch update watch', 'networking.k8s.io', 'servicecidrs'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/status'),
    rule(READ, 'networking.k8s.io', 'ipaddresses'),
    EVENTS,
  ],
  'statefulset-controller': [
    rule('list watch', 'core', 'pods'),
    rule(READ, 'apps', 'statefulsets'),
    rule('update', 'apps', 'statefulsets/status'),
    rule('update', 'apps', 'statefulsets/finalizers'),
    rule('create delete get patch update', 'core', 'pods'),
    rule('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    rule('create get list watch', 'core', 'persistentvolumeclaims'),
    rule('delete update', 'core', 'persistentvolumeclaims'),
    rule('update', 'core', 'pods/finalizers'),
    EVENTS,
  ],
  'ttl-controller': [rule('list patch update watch', 'core', 'nodes'), EVENTS],
  'certificate-controller': [
    rule('delete get list watch', CERTIFICATES, 'certificatesigningrequests'),
    rule('update', CERTIFICATES, 'certificatesigningrequests/approval certificatesigningrequests/status'),
    rule('approve', CERTIFICATES, 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    rule('sign', CERTIFICATES, 'signers', ...SIGNERS),
    ACCESS_REVIEWS,
    EVENTS,
  ],
  'pvc-protection-controller': [
    rule('get list update watch', 'core', 'persistentvolumeclaims'),
    rule(READ, 'core', 'pods'),
    EVENTS,
  ],
  'pv-protection-controller': [rule('get list update watch', 'core', 'persistentvolumes'), EVENTS],
  'ttl-after-finished-controller': [rule('delete get list watch', 'batch', 'jobs'), EVENTS],
  'root-ca-cert-publisher': [rule('create update', 'core', 'configmaps'), EVENTS],
  'validatingadmissionpolicy-status-controller': [
    rule(READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    EVENTS,
  ],
  'legacy-service-account-token-cleaner': [
    rule('get', 'core', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
    rule('delete patch', 'core', 'secrets'),
  ],
};

const group = (name: string): Subject => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name });
const user = (name: string): Subject => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

const AUTHENTICATED = group('system:authenticated');
const SCHEDULER = user('system:kube-scheduler');
const CONTROLLER_MANAGER = user('system:kube-controller-manager');

const CLUSTER_BINDINGS: Readonly<Record<string, readonly Subject[]>> = {
  'cluster-admin': [group('system:masters')],
  'system:monitoring': [group('system:monitoring')],
  'system:discovery': [AUTHENTICATED],
  'system:basic-user': [AUTHENTICATED],
  'system:public-info-viewer': [AUTHENTICATED, group('system:unauthenticated')],
  'system:node-proxier': [user('system:kube-proxy')],
  'system:kube-controller-manager': [CONTROLLER_MANAGER],
  'system:kube-dns': [account('kube-dns')],
  'system:kube-scheduler': [SCHEDULER],
  'system:volume-scheduler': [SCHEDULER],
  'system:node': [],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
};

const NAMESPACED_ROLES: readonly DefaultRole[] = [
  {
    name: 'extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    rules: [rule(READ, 'core', 'configmaps', 'extension-apiserver-authentication')],
  },
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-system',
    rules: [rule(READ, 'core', 'secrets')],
  },
  {
    name: 'system:controller:cloud-provider',
    namespace: 'kube-system',
    rules: [rule('create get list watch', 'core', 'configmaps')],
  },
  {
    name: 'system:controller:token-cleaner',
    namespace: 'kube-system',
    rules: [rule('delete get list watch', 'core', 'secrets'), EVENTS],
  },
  ...['kube-controller-manager', 'kube-scheduler'].map((component) => ({
    name: `system::leader-locking-${component}`,
    namespace: 'kube-system',
    rules: [rule('watch', 'core', 'configmaps'), rule('get update', 'core', 'configmaps', component)],
  })),
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-public',
    rules: [rule(READ, 'core', 'configmaps'), rule('update', 'core', 'configmaps', 'cluster-info'), EVENTS],
  },
];

const SIGNER_ACCOUNT = account('bootstrap-signer');
const NAMESPACED_BINDINGS: readonly DefaultBinding[] = [
  {
    name: 'system::extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    role: 'extension-apiserver-authentication-reader',
    subjects: [CONTROLLER_MANAGER, SCHEDULER],
  },
  ...[
    { component: 'kube-controller-manager', user: CONTROLLER_MANAGER },
    { component: 'kube-scheduler', user: SCHEDULER },
  ].map((one) => ({
    name: `system::leader-locking-${one.component}`,
    namespace: 'kube-system',
    role: `system::leader-locking-${one.component}`,
    subjects: [one.user, account(one.component)],
  })),
  ...['bootstrap-signer', 'cloud-provider', 'token-cleaner'].map((name) => ({
    name: `system:controller:${name}`,
    namespace: 'kube-system',
    role: `system:controller:${name}`,
    subjects: [account(name)],
  })),
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-public',
    role: 'system:controller:bootstrap-signer',
    subjects: [SIGNER_ACCOUNT],
  },
];

/** All roles of v1.33 (plugin/pkg/auth/authorizer/rbac/bootstrappolicy). */
export const DEFAULT_ROLES: readonly DefaultRole[] = deepFreeze([
  ...CLUSTER_ROLES,
  ...Object.entries(CONTROLLERS).map(([name, rules]) => ({ name: `system:controller:${name}`, rules })),
  ...NAMESPACED_ROLES,
]);

/** All bindings of v1.33. */
export const DEFAULT_BINDINGS: readonly DefaultBinding[] = deepFreeze([
  ...Object.entries(CLUSTER_BINDINGS).map(([name, subjects]) => ({ name, role: name, subjects })),
  ...Object.keys(CONTROLLERS).map((name) => ({
    name: `system:controller:${name}`,
    role: `system:controller:${name}`,
    subjects: [account(name)],
  })),
  ...NAMESPACED_BINDINGS,
]);
