/**
 * The same story in one program and in a divided one: clusters come up, are looked at, then everything is loaded, and much is done to them.
 * Prints what came of it, to be compared.
 */
import { createHash } from 'node:crypto';
import { SECOND } from '../../../../sim-core/engine/index.ts';
import { bringUp, FIRST_CLUSTERS } from '../first-minutes.ts';

const PODS = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'a', image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '64Mi' } } }] },
};
const ONCE = {
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'a', image: 'busybox:1.36', command: ['sh', '-c', 'echo done; sleep 2'] }],
  },
};
const SELECTOR = { matchLabels: { app: 'a' } };

/** What is written, in this order: collection, and object. */
const WRITTEN: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ['/api/v1/namespaces', 'Namespace', {}],
  ['/api/v1/namespaces/story/configmaps', 'ConfigMap', { data: { a: 'b' } }],
  ['/api/v1/namespaces/story/secrets', 'Secret', { stringData: { a: 'b' } }],
  ['/api/v1/namespaces/story/resourcequotas', 'ResourceQuota', { spec: { hard: { pods: '30' } } }],
  [
    '/api/v1/namespaces/story/limitranges',
    'LimitRange',
    { spec: { limits: [{ type: 'Container', default: { cpu: '200m' } }] } },
  ],
  [
    '/apis/apps/v1/namespaces/story/deployments',
    'Deployment',
    { spec: { replicas: 3, selector: SELECTOR, template: PODS } },
  ],
  ['/apis/apps/v1/namespaces/story/daemonsets', 'DaemonSet', { spec: { selector: SELECTOR, template: PODS } }],
  [
    '/apis/apps/v1/namespaces/story/statefulsets',
    'StatefulSet',
    {
      spec: {
        replicas: 2,
        serviceName: 'story',
        selector: SELECTOR,
        template: PODS,
        volumeClaimTemplates: [
          {
            metadata: { name: 'd' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  ],
  ['/apis/batch/v1/namespaces/story/jobs', 'Job', { spec: { completions: 2, template: ONCE } }],
  [
    '/apis/batch/v1/namespaces/story/cronjobs',
    'CronJob',
    { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: ONCE } } } },
  ],
  [
    '/api/v1/namespaces/story/services',
    'Service',
    { spec: { type: 'LoadBalancer', selector: { app: 'a' }, ports: [{ port: 80 }] } },
  ],
  [
    '/apis/autoscaling/v2/namespaces/story/horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    {
      spec: {
        minReplicas: 2,
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'story' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
    },
  ],
  [
    '/apis/policy/v1/namespaces/story/poddisruptionbudgets',
    'PodDisruptionBudget',
    { spec: { minAvailable: 1, selector: SELECTOR } },
  ],
  [
    '/apis/networking.k8s.io/v1/namespaces/story/networkpolicies',
    'NetworkPolicy',
    { spec: { podSelector: {}, policyTypes: ['Ingress'] } },
  ],
  [
    '/apis/networking.k8s.io/v1/namespaces/story/ingresses',
    'Ingress',
    {
      spec: {
        rules: [
          {
            host: 'a.b',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'story', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/namespaces/story/roles',
    'Role',
    { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  ],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', 'PriorityClass', { value: 1000 }],
  [
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    'CustomResourceDefinition',
    {
      metadata: { name: 'tales.story.io' },
      spec: {
        group: 'story.io',
        scope: 'Namespaced',
        names: { plural: 'tales', kind: 'Tale' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    properties: { size: { type: 'integer' } },
                    'x-kubernetes-validations': [{ rule: 'self.size > 1' }],
                  },
                },
              },
            },
          },
        ],
      },
    },
  ],
  [
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    'ValidatingAdmissionPolicy',
    {
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: "object.metadata.name != 'no'" }],
      },
    },
  ],
  ['/api/v1/namespaces/story/pods', 'Pod', { spec: { containers: [{ name: 'bad name', image: '' }] } }],
  [
    '/api/v1/namespaces/story/pods',
    'Pod',
    {
      spec: {
        priorityClassName: 'story',
        containers: [
          {
            name: 'a',
            image: 'busybox:1.36',
            command: ['sh', '-c', 'ls /proc /etc; cat /etc/resolv.conf; sleep 1000'],
          },
        ],
      },
    },
  ],
];

/** Of a kind that must be there first. */
const THEN: typeof WRITTEN = [
  ['/apis/story.io/v1/namespaces/story/tales', 'Tale', { spec: { size: 2 } }],
  ['/apis/story.io/v1/namespaces/story/tales', 'Tale', { metadata: { name: 'small' }, spec: { size: 1 } }],
];

/** In these much happens, in the others nothing more. */
const LIVED_IN: readonly string[] = ['three-workers', 'cloud'];

const versionOf = (path: string) => (path.startsWith('/api/') ? 'v1' : path.split('/').slice(2, 4).join('/'));
const hash = (value: unknown) =>
  createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 16);

const load = () => import('../../../../sim-core/host/programs.ts');
async function main(): Promise<void> {
  for (const [index, { door, said, token, pass }] of bringUp(FIRST_CLUSTERS, load).entries()) {
    const preset = FIRST_CLUSTERS[index]!;
    console.log(preset, 'before', said.length, hash(said));
    if (!LIVED_IN.includes(preset)) continue;
    const send = (
      method: 'POST' | 'PATCH' | 'DELETE' | 'GET',
      path: string,
      body?: object,
      type = 'application/json',
    ) =>
      door.receive({
        type: 'input',
        input: {
          type: 'request',
          id: 1e6,
          request: {
            method,
            path,
            headers: { authorization: `Bearer ${token}`, 'content-type': type },
            ...(body === undefined ? {} : { body }),
          },
        },
      });
    const write = (written: typeof WRITTEN) => {
      for (const [path, kind, rest] of written)
        send('POST', path, { apiVersion: versionOf(path), kind, metadata: { name: 'story' }, ...rest });
    };
    write(WRITTEN);
    await load();
    await new Promise((resolve) => setTimeout(resolve, 0));
    const { engine, store } = door.host.cluster!;
    const look = (what: string) => {
      pass(60 * SECOND);
      console.log(
        preset,
        what,
        engine.now,
        engine.executed,
        hash(said),
        hash(store.tableNames().map((table) => store.list(table))),
        engine.trace.lastId,
      );
    };
    look('written');
    write(THEN);
    send(
      'PATCH',
      '/apis/apps/v1/namespaces/story/deployments/story',
      { spec: { template: { spec: { containers: [{ name: 'a', image: 'nginx:1.28' }] } } } },
      'application/strategic-merge-patch+json',
    );
    send(
      'PATCH',
      '/apis/apps/v1/namespaces/story/deployments/story?fieldManager=a',
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'story' }, spec: { replicas: 4 } },
      'application/apply-patch+yaml',
    );
    send(
      'PATCH',
      '/api/v1/namespaces/story/configmaps/story',
      [{ op: 'replace', path: '/data/a', value: 'c' }] as object,
      'application/json-patch+json',
    );
    send('GET', '/api/v1/namespaces/story/pods/story/log');
    send('GET', '/api/v1/namespaces/story/events');
    door.receive({ type: 'explain', id: 1, pod: 'story/story' });
    look('patched');
    door.receive({
      type: 'input',
      input: { type: 'fault', fault: { type: 'node-power', node: 'worker-1', on: false } },
    });
    look('broken');
    send('DELETE', '/apis/apps/v1/namespaces/story/deployments/story', { propagationPolicy: 'Foreground' });
    send('DELETE', '/api/v1/namespaces/story');
    look('deleted');
    console.log(
      preset,
      'answers',
      said
        .flatMap((one) =>
          one.type === 'output' && one.output.type === 'response' && one.output.id === 1e6
            ? [one.output.response.status]
            : [],
        )
        .join(),
    );
  }
}

// Not waited for here: the second script imports the first.
void main();
