import { formatTime } from '../engine/index.ts';
import { storeOwn } from './own-objects.ts';
import type { ApiServer } from './server.ts';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const ANNOTATIONS = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

/** name, nominal shares, how many percent of them may be lent, and for those that queue: queues, hand size, length. */
const LEVELS: readonly (readonly [name: string, shares: number, lendable: number, queues?: number, hand?: number])[] = [
  ['exempt', 0, 0],
  ['catch-all', 5, 0],
  ['system', 30, 33, 64, 6],
  ['node-high', 40, 25, 64, 6],
  ['leader-election', 10, 0, 16, 4],
  ['workload-high', 40, 50, 128, 6],
  ['workload-low', 100, 90, 128, 6],
  ['global-default', 20, 50, 128, 6],
];
const QUEUE_LENGTH = 50;

const group = (name: string) => ({ kind: 'Group', group: { name } });
const user = (name: string) => ({ kind: 'User', user: { name } });
const account = (name: string) => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } });
const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const resources = (verbs: string[], apiGroup: string, names: string[], clusterScope = false) => ({
  verbs,
  apiGroups: [apiGroup],
  resources: names,
  ...(clusterScope ? { clusterScope } : {}),
  namespaces: ['*'],
});
const ELECTION = ['get', 'create', 'update'];
const LEASES = { resourceRules: [resources(ELECTION, 'coordination.k8s.io', ['leases'])] };
const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')];

type Schema = readonly [
  name: string,
  level: string,
  precedence: number,
  by: '' | 'ByUser' | 'ByNamespace',
  rule: object,
];

/** The mandatory and the suggested schemas (flowcontrol/bootstrap of k8s.io/apiserver). */
const SCHEMAS: readonly Schema[] = [
  ['exempt', 'exempt', 1, '', { subjects: [group('system:masters')], ...everything }],
  [
    'probes',
    'exempt',
    2,
    '',
    {
      subjects: EVERYBODY,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    },
  ],
  [
    'system-leader-election',
    'leader-election',
    100,
    'ByUser',
    { subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), account('*')], ...LEASES },
  ],
  [
    'endpoint-controller',
    'workload-high',
    150,
    'ByUser',
    {
      subjects: [
        user('system:kube-controller-manager'),
        account('endpoint-controller'),
        account('endpointslicemirroring-controller'),
      ],
      resourceRules: [resources(ELECTION, '', ['endpoints'])],
    },
  ],
  ['workload-leader-election', 'leader-election', 200, 'ByUser', { subjects: [account('*')], ...LEASES }],
  [
    'system-node-high',
    'node-high',
    400,
    'ByUser',
    {
      subjects: [group('system:nodes')],
      resourceRules: [
        resources(['*'], '', ['nodes', 'nodes/status'], true),
        resources(['*'], 'coordination.k8s.io', ['leases']),
      ],
    },
  ],
  ['system-nodes', 'system', 500, 'ByUser', { subjects: [group('system:nodes')], ...everything }],
  [
    'kube-controller-manager',
    'workload-high',
    800,
    'ByNamespace',
    { subjects: [user('system:kube-controller-manager')], ...everything },
  ],
  ['kube-scheduler', 'workload-high', 800, 'ByNamespace', { subjects: [user('system:kube-scheduler')], ...everything }],
  ['kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', { subjects: [account('*')], ...everything }],
  ['service-accounts', 'workload-low', 9000, 'ByUser', { subjects: [group('system:serviceaccounts')], ...everything }],
  ['global-default', 'global-default', 9900, 'ByUser', { subjects: EVERYBODY, ...everything }],
  ['catch-all', 'catch-all', 10_000, 'ByUser', { subjects: EVERYBODY, ...everything }],
];

/** Makes the objects of API priority and fairness that every API server has. Here they are to be read: requests do not queue. */
export function makeFlowControl(server: ApiServer): void {
  for (const [name, shares, lendable, queues, handSize] of LEVELS) {
    const limits = { nominalConcurrencyShares: shares, lendablePercent: lendable };
    const limitResponse =
      queues === undefined
        ? { type: 'Reject' }
        : { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: QUEUE_LENGTH } };
    storeOwn(server, 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', {
      apiVersion: API_VERSION,
      kind: 'PriorityLevelConfiguration',
      metadata: { name, generation: 1, annotations: ANNOTATIONS },
      spec:
        name === 'exempt'
          ? { type: 'Exempt', exempt: limits }
          : { type: 'Limited', limited: { ...limits, limitResponse } },
      status: {},
    });
  }
  const lastTransitionTime = formatTime(server.engine.now);
  for (const [name, level, matchingPrecedence, by, rule] of SCHEMAS) {
    const message = `This FlowSchema references the PriorityLevelConfiguration object named "${level}" and it exists`;
    storeOwn(server, 'flowschemas.flowcontrol.apiserver.k8s.io', {
      apiVersion: API_VERSION,
      kind: 'FlowSchema',
      metadata: { name, generation: 1, annotations: ANNOTATIONS },
      spec: {
        priorityLevelConfiguration: { name: level },
        matchingPrecedence,
        ...(by === '' ? {} : { distinguisherMethod: { type: by } }),
        rules: [rule],
      },
      status: { conditions: [{ type: 'Dangling', status: 'False', lastTransitionTime, reason: 'Found', message }] },
    });
  }
}
