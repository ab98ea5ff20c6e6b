import type { SetupManifest } from './cluster.ts';
import { METRICS_SERVER_PORT, METRICS_SERVER_VERSION } from './metrics-server.ts';

const NAME = 'metrics-server';
const NAMESPACE = 'kube-system';
const GROUP = 'metrics.k8s.io';

/** metrics-server as its own components.yaml installs it. */
export function metricsServerManifests(): SetupManifest[] {
  const labels = { 'k8s-app': NAME };
  const RBAC = 'rbac.authorization.k8s.io';
  const subject = { kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE };
  const role = (name: string, rules: object[], more: Record<string, string> = {}) => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...labels, ...more } },
    rules,
  });
  const binding = (kind: string, name: string, roleKind: string, roleName: string, namespace?: string) => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name, labels, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: RBAC, kind: roleKind, name: roleName },
    subjects: [subject],
  });
  const aggregate = ['admin', 'edit', 'view'].map((to) => [`${RBAC}/aggregate-to-${to}`, 'true']);
  const probe = (path: string, more: object) => ({
    httpGet: { path, port: 'https', scheme: 'HTTP' },
    periodSeconds: 10,
    failureThreshold: 3,
    ...more,
  });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE, labels } },
    role(
      'system:aggregated-metrics-reader',
      [{ apiGroups: [GROUP], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
      Object.fromEntries(aggregate),
    ),
    role('system:metrics-server', [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ]),
    binding(
      'RoleBinding',
      'metrics-server-auth-reader',
      'Role',
      'extension-apiserver-authentication-reader',
      NAMESPACE,
    ),
    binding('ClusterRoleBinding', 'metrics-server:system:auth-delegator', 'ClusterRole', 'system:auth-delegator'),
    binding('ClusterRoleBinding', 'system:metrics-server', 'ClusterRole', 'system:metrics-server'),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: { selector: labels, ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: {
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxUnavailable: 0 } },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: NAME,
            priorityClassName: 'system-cluster-critical',
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            containers: [
              {
                name: NAME,
                image: `registry.k8s.io/metrics-server/metrics-server:${METRICS_SERVER_VERSION}`,
                imagePullPolicy: 'IfNotPresent',
                args: [
                  '--cert-dir=/tmp',
                  `--secure-port=${METRICS_SERVER_PORT}`,
                  '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
                  '--kubelet-use-node-status-port',
                  '--metric-resolution=15s',
                ],
                ports: [{ containerPort: METRICS_SERVER_PORT, name: 'https', protocol: 'TCP' }],
                livenessProbe: probe('/livez', {}),
                readinessProbe: probe('/readyz', { initialDelaySeconds: 20 }),
                resources: { requests: { cpu: '100m', memory: '200Mi' } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ['ALL'] },
                  readOnlyRootFilesystem: true,
                  runAsNonRoot: true,
                  runAsUser: 1000,
                  seccompProfile: { type: 'RuntimeDefault' },
                },
                volumeMounts: [{ mountPath: '/tmp', name: 'tmp-dir' }],
              },
            ],
            volumes: [{ emptyDir: {}, name: 'tmp-dir' }],
          },
        },
      },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1beta1.${GROUP}`, labels },
      spec: {
        group: GROUP,
        groupPriorityMinimum: 100,
        insecureSkipTLSVerify: true,
        service: { name: NAME, namespace: NAMESPACE },
        version: 'v1beta1',
        versionPriority: 100,
      },
    },
  ];
}
