import type { SetupManifest } from './cluster.ts';

/** Networks that an administrator installs on a cluster that came without, as their own projects' manifests do. */

export const FLANNEL_IMAGE = 'ghcr.io/flannel-io/flannel:v0.26.7';
export const FLANNEL_PLUGIN_IMAGE = 'ghcr.io/flannel-io/flannel-cni-plugin:v1.6.2-flannel1';
export const CALICO_IMAGE = 'docker.io/calico/node:v3.30.0';
export const CALICO_CNI_IMAGE = 'docker.io/calico/cni:v3.30.0';

const RBAC = 'rbac.authorization.k8s.io';

interface Access {
  readonly name: string;
  readonly namespace: string;
  readonly rules: readonly Record<string, unknown>[];
}

/** A service account, and the ClusterRole that it is bound to. */
function account({ name, namespace, rules }: Access): SetupManifest[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: { 'k8s-app': name } } },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

const EVERYWHERE = [{ operator: 'Exists', effect: 'NoSchedule' }];
const host = (name: string, path: string, type?: string) => ({
  name,
  hostPath: { path, ...(type === undefined ? {} : { type }) },
});

/** Flannel, as kube-flannel.yml has it. */
export function flannelManifests(podCidr: string, backend: 'vxlan' | 'host-gw' = 'vxlan'): SetupManifest[] {
  const namespace = 'kube-flannel';
  const labels = { app: 'flannel', 'k8s-app': 'flannel', tier: 'node' };
  const cni = {
    name: 'cbr0',
    cniVersion: '0.3.1',
    plugins: [
      { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  const network = { Network: podCidr, EnableNFTables: false, Backend: { Type: backend } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: { 'k8s-app': 'flannel', 'pod-security.kubernetes.io/enforce': 'privileged' },
      },
    },
    ...account({
      name: 'flannel',
      namespace,
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
      ],
    }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-flannel-cfg', namespace, labels },
      data: {
        'cni-conf.json': `${JSON.stringify(cni, undefined, 2)}\n`,
        'net-conf.json': `${JSON.stringify(network, undefined, 2)}\n`,
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kube-flannel-ds', namespace, labels },
      spec: {
        selector: { matchLabels: { app: 'flannel' } },
        template: {
          metadata: { labels },
          spec: {
            hostNetwork: true,
            priorityClassName: 'system-node-critical',
            tolerations: EVERYWHERE,
            serviceAccountName: 'flannel',
            initContainers: [
              {
                name: 'install-cni-plugin',
                image: FLANNEL_PLUGIN_IMAGE,
                command: ['cp'],
                args: ['-f', '/flannel', '/opt/cni/bin/flannel'],
                volumeMounts: [{ name: 'cni-plugin', mountPath: '/opt/cni/bin' }],
              },
              {
                name: 'install-cni',
                image: FLANNEL_IMAGE,
                command: ['cp'],
                args: ['-f', '/etc/kube-flannel/cni-conf.json', '/etc/cni/net.d/10-flannel.conflist'],
                volumeMounts: [
                  { name: 'cni', mountPath: '/etc/cni/net.d' },
                  { name: 'flannel-cfg', mountPath: '/etc/kube-flannel/' },
                ],
              },
            ],
            containers: [
              {
                name: 'kube-flannel',
                image: FLANNEL_IMAGE,
                command: ['/opt/bin/flanneld'],
                args: ['--ip-masq', '--kube-subnet-mgr'],
                resources: { requests: { cpu: '100m', memory: '50Mi' } },
                securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } },
                env: [
                  { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                  { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
                ],
                volumeMounts: [
                  { name: 'run', mountPath: '/run/flannel' },
                  { name: 'flannel-cfg', mountPath: '/etc/kube-flannel/' },
                ],
              },
            ],
            volumes: [
              host('run', '/run/flannel'),
              host('cni-plugin', '/opt/cni/bin'),
              host('cni', '/etc/cni/net.d'),
              { name: 'flannel-cfg', configMap: { name: 'kube-flannel-cfg' } },
            ],
          },
        },
      },
    },
  ];
}

/** Calico's node agents, as calico.yaml has them: routes over BGP, IP-in-IP between nodes unless `ipip` says `Never`, network policies. */
export function calicoManifests(podCidr: string, ipip: 'Always' | 'Never' = 'Always'): SetupManifest[] {
  const namespace = 'kube-system';
  const labels = { 'k8s-app': 'calico-node' };
  return [
    ...account({
      name: 'calico-node',
      namespace,
      rules: [
        {
          apiGroups: [''],
          resources: ['pods', 'nodes', 'namespaces', 'serviceaccounts'],
          verbs: ['get', 'list', 'watch'],
        },
        { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['nodes/status', 'pods/status'], verbs: ['patch', 'update'] },
      ],
    }),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'calico-config', namespace },
      data: { calico_backend: 'bird', veth_mtu: '0' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'calico-node', namespace, labels },
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            hostNetwork: true,
            tolerations: [
              ...EVERYWHERE,
              { key: 'CriticalAddonsOnly', operator: 'Exists' },
              { effect: 'NoExecute', operator: 'Exists' },
            ],
            serviceAccountName: 'calico-node',
            terminationGracePeriodSeconds: 0,
            priorityClassName: 'system-node-critical',
            initContainers: [
              {
                name: 'install-cni',
                image: CALICO_CNI_IMAGE,
                imagePullPolicy: 'IfNotPresent',
                command: ['/opt/cni/bin/install'],
                volumeMounts: [{ name: 'cni-bin-dir', mountPath: '/host/opt/cni/bin' }],
              },
            ],
            containers: [
              {
                name: 'calico-node',
                image: CALICO_IMAGE,
                imagePullPolicy: 'IfNotPresent',
                env: [
                  { name: 'DATASTORE_TYPE', value: 'kubernetes' },
                  { name: 'NODENAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                  { name: 'CALICO_IPV4POOL_CIDR', value: podCidr },
                  { name: 'CALICO_IPV4POOL_IPIP', value: ipip },
                ],
                securityContext: { privileged: true },
                resources: { requests: { cpu: '250m' } },
              },
            ],
            volumes: [host('cni-bin-dir', '/opt/cni/bin', 'DirectoryOrCreate')],
          },
        },
      },
    },
  ];
}
