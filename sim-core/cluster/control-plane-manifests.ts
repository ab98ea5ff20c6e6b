import { KUBERNETES_VERSION } from '../api/version.ts';
import type { ControlPlaneParts } from './control-plane.ts';

export const ETCD_VERSION = '3.5.21-0';
const ETCD_DATA = '/var/lib/etcd';

/** The manifests of the control plane's static pods, by file name, as kubeadm writes them into /etc/kubernetes/manifests. */
export function controlPlaneManifests({
  preset,
  address,
}: Pick<ControlPlaneParts, 'preset' | 'address'>): Readonly<Record<string, object>> {
  const pod = (
    name: string,
    imageName: string,
    command: string[],
    port: number,
    path: string,
    cpu: string,
    memory?: string,
  ) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: { component: name, tier: 'control-plane' },
      ...(name === 'kube-apiserver'
        ? { annotations: { 'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${address}:6443` } }
        : {}),
      ...(name === 'etcd'
        ? { annotations: { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${address}:2379` } }
        : {}),
    },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name,
          image: imageName,
          imagePullPolicy: 'IfNotPresent',
          command,
          resources: { requests: { cpu, ...(memory === undefined ? {} : { memory }) } },
          livenessProbe: {
            httpGet: { path, port, host: '127.0.0.1', scheme: name === 'etcd' ? 'HTTP' : 'HTTPS' },
            initialDelaySeconds: 10,
            timeoutSeconds: 15,
            periodSeconds: 10,
            failureThreshold: 8,
          },
          ...(name === 'etcd' ? { volumeMounts: [{ mountPath: ETCD_DATA, name: 'etcd-data' }] } : {}),
        },
      ],
      ...(name === 'etcd'
        ? { volumes: [{ hostPath: { path: ETCD_DATA, type: 'DirectoryOrCreate' }, name: 'etcd-data' }] }
        : {}),
    },
  });
  const ours = (name: string) => `registry.k8s.io/${name}:${KUBERNETES_VERSION}`;
  return {
    'etcd.yaml': pod(
      'etcd',
      `registry.k8s.io/etcd:${ETCD_VERSION}`,
      [
        'etcd',
        `--advertise-client-urls=https://${address}:2379`,
        `--data-dir=${ETCD_DATA}`,
        '--listen-metrics-urls=http://127.0.0.1:2381',
        `--name=${preset.nodes[0]!.name}`,
      ],
      2381,
      '/livez',
      '100m',
      '100Mi',
    ),
    'kube-apiserver.yaml': pod(
      'kube-apiserver',
      ours('kube-apiserver'),
      [
        'kube-apiserver',
        `--advertise-address=${address}`,
        '--authorization-mode=Node,RBAC',
        '--etcd-servers=https://127.0.0.1:2379',
        '--secure-port=6443',
        `--service-cluster-ip-range=${preset.serviceCidr}`,
      ],
      6443,
      '/livez',
      '250m',
    ),
    'kube-controller-manager.yaml': pod(
      'kube-controller-manager',
      ours('kube-controller-manager'),
      [
        'kube-controller-manager',
        '--allocate-node-cidrs=true',
        '--bind-address=127.0.0.1',
        `--cluster-cidr=${preset.podCidr}`,
        '--leader-elect=true',
      ],
      10_257,
      '/healthz',
      '200m',
    ),
    'kube-scheduler.yaml': pod(
      'kube-scheduler',
      ours('kube-scheduler'),
      ['kube-scheduler', '--bind-address=127.0.0.1', '--leader-elect=true'],
      10_259,
      '/livez',
      '100m',
    ),
  };
}
