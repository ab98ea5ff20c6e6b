/**
 * The course: its modules and lessons in reading order. A lesson is named here, lies in `lessons/<module>/<lesson>/` and
 * takes its title from its own front matter. The sidebar and the order of "next" follow from this list.
 */
export interface Module {
  /** The folder below `lessons/`, and the second part of the address. */
  slug: string;
  title: { en: string; ko: string };
  lessons: readonly string[];
}

export const MODULES: readonly Module[] = [
  {
    slug: 'start',
    title: { en: 'Getting started', ko: '시작하기' },
    lessons: ['why-orchestration', 'name-and-history', 'first-cluster', 'objects-and-yaml', 'namespaces'],
  },
  {
    slug: 'architecture',
    title: { en: 'Architecture', ko: '마스터와 워커 노드' },
    lessons: ['cluster-anatomy', 'api-server', 'etcd', 'controllers', 'scheduler', 'worker-node', 'life-of-a-request'],
  },
  {
    slug: 'containers',
    title: { en: 'Containers', ko: '컨테이너' },
    lessons: ['images', 'container-environment', 'lifecycle-hooks'],
  },
  {
    slug: 'pods',
    title: { en: 'Pods', ko: '파드' },
    lessons: ['pod-basics', 'pod-lifecycle', 'probes', 'labels-and-annotations', 'config-and-secrets'],
  },
  {
    slug: 'workloads',
    title: { en: 'Workloads', ko: '워크로드' },
    lessons: ['replicaset', 'deployment', 'statefulset', 'daemonset', 'jobs-and-cronjobs'],
  },
  {
    slug: 'scheduling',
    title: { en: 'Scheduling', ko: '파드 스케줄링' },
    lessons: ['resources-and-bin-packing', 'affinity-and-taints'],
  },
  {
    slug: 'networking',
    title: { en: 'Networking', ko: '네트워크' },
    lessons: [
      'network-model',
      'cni',
      'services',
      'kube-proxy',
      'dns',
      'ingress',
      'network-policy',
      'network-debugging',
    ],
  },
  {
    slug: 'storage',
    title: { en: 'Storage', ko: '스토리지' },
    lessons: ['container-files', 'volumes', 'persistent-volumes', 'storage-classes'],
  },
  {
    slug: 'security',
    title: { en: 'Authentication and permissions', ko: '인증과 권한' },
    lessons: ['rbac', 'service-accounts', 'quotas-and-pod-security'],
  },
  {
    slug: 'operations',
    title: { en: 'Operations', ko: '운영' },
    lessons: ['self-healing', 'autoscaling'],
  },
  {
    slug: 'build-your-own',
    title: { en: 'Build your own Kubernetes', ko: '직접 만드는 쿠버네티스' },
    lessons: ['write-a-controller', 'write-a-scheduler'],
  },
];
