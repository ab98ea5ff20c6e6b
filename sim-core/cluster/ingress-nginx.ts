import { INGRESS_NGINX_VERSION } from './agents.ts';
import type { SetupManifest } from './cluster.ts';

export const INGRESS_NGINX_IMAGE = `registry.k8s.io/ingress-nginx/controller:${INGRESS_NGINX_VERSION}`;

const NAMESPACE = 'ingress-nginx';
const LABELS = { 'app.kubernetes.io/instance': 'ingress-nginx', 'app.kubernetes.io/name': 'ingress-nginx' };
const CONTROLLER = { ...LABELS, 'app.kubernetes.io/component': 'controller' };
const RBAC = 'rbac.authorization.k8s.io';

/**
 * ingress-nginx with its IngressClass `nginx`, as its own deploy.yaml installs it, but for the admission webhook. `type` is that of its Service:
 * LoadBalancer where there is a cloud, NodePort where there is none.
 */
export function ingressNginxManifests(type: 'LoadBalancer' | 'NodePort'): SetupManifest[] {
  const name = 'ingress-nginx-controller';
  const balanced = type === 'LoadBalancer';
  const subject = { kind: 'ServiceAccount', name: 'ingress-nginx', namespace: NAMESPACE };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: LABELS } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'ingress-nginx', namespace: NAMESPACE, labels: CONTROLLER },
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'ingress-nginx', labels: LABELS },
      rules: [
        {
          apiGroups: [''],
          resources: ['configmaps', 'endpoints', 'nodes', 'pods', 'secrets', 'namespaces'],
          verbs: ['list', 'watch'],
        },
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
        { apiGroups: [''], resources: ['services'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingressclasses'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch', 'get'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'ingress-nginx', labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'ingress-nginx' },
      subjects: [subject],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE, labels: CONTROLLER } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx', labels: CONTROLLER },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: NAMESPACE, labels: CONTROLLER },
      spec: {
        type,
        ...(balanced ? { externalTrafficPolicy: 'Local' } : {}),
        ports: [
          { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http', appProtocol: 'http' },
          { name: 'https', port: 443, protocol: 'TCP', targetPort: 'https', appProtocol: 'https' },
        ],
        selector: CONTROLLER,
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: NAMESPACE, labels: CONTROLLER },
      spec: {
        minReadySeconds: 0,
        revisionHistoryLimit: 10,
        selector: { matchLabels: CONTROLLER },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: {
          metadata: { labels: CONTROLLER },
          spec: {
            containers: [controllerContainer(balanced)],
            dnsPolicy: 'ClusterFirst',
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            serviceAccountName: 'ingress-nginx',
            terminationGracePeriodSeconds: 300,
          },
        },
      },
    },
  ];
}

function controllerContainer(balanced: boolean): Record<string, unknown> {
  const probe = {
    httpGet: { path: '/healthz', port: 10_254, scheme: 'HTTP' },
    initialDelaySeconds: 10,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
  };
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    name: 'controller',
    image: INGRESS_NGINX_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    args: [
      '/nginx-ingress-controller',
      ...(balanced ? ['--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller'] : []),
      '--election-id=ingress-nginx-leader',
      '--controller-class=k8s.io/ingress-nginx',
      '--ingress-class=nginx',
      '--configmap=$(POD_NAMESPACE)/ingress-nginx-controller',
    ],
    env: [field('POD_NAME', 'metadata.name'), field('POD_NAMESPACE', 'metadata.namespace')],
    ports: [
      { name: 'http', containerPort: 80, protocol: 'TCP' },
      { name: 'https', containerPort: 443, protocol: 'TCP' },
    ],
    lifecycle: { preStop: { exec: { command: ['/wait-shutdown'] } } },
    livenessProbe: { ...probe, failureThreshold: 5 },
    readinessProbe: { ...probe, failureThreshold: 3 },
    resources: { requests: { cpu: '100m', memory: '90Mi' } },
  };
}
